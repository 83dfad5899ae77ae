"""What an operator does for a further server key, with the root key on another machine."""

from pathlib import Path
from uuid import uuid4

import httpx

from bin.key_directory import KeyDirectory
from site_of_processes import Site, muster
from wire.certificates import root_signed_bytes
from wire.keys import sign


def new_generation(site: Site, directory: Path, version: int, *options: str) -> None:
    """Make server key ``version``, have it signed elsewhere, certify and activate it."""
    request, certificate = directory / "request.json", directory / "certificate.json"
    done = [site.people("keys", "create", *options), site.people("keys", "request", str(version))]
    request.write_text(done[-1].stdout)
    done.append(muster("root", "sign", "--root-key", str(site.data / "keys" / "root.key"), str(request)))
    certificate.write_text(done[-1].stdout)
    done.append(site.people("keys", "certify", str(certificate)))
    done.append(site.people("keys", "activate", str(version)))
    assert [each.returncode for each in done] == [0] * len(done), done


def rotate_at_once(site: Site, version: int) -> None:
    """The same without a command line, for tests that make many or have little time."""
    root = KeyDirectory(site.data / "keys").root()
    with site.api as api:
        _order(api, "/server-keys", {"algorithm": "ed25519"})
        statement = bytes.fromhex(api.get(f"/server-keys/{version}").raise_for_status().json()["request"])
        signature = sign(root, root_signed_bytes(statement))
        certificate = {"statement": statement.hex(), "signature": signature.hex()}
        _order(api, f"/server-keys/{version}/certificate", certificate)
        _order(api, f"/server-keys/{version}/activate", {"reason": "rotation"})


def _order(api: httpx.Client, path: str, body: dict[str, str]) -> None:
    api.post(path, json=body, headers={"Idempotency-Key": str(uuid4())}).raise_for_status()
