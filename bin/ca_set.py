"""Publishing CA sets: certificates from the key directory, orders through the API, the root key where it is at hand."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509

from bin.bootstrap_file import renew_authorities
from bin.key_directory import KeyDirectory
from console.api_client import ApiClient
from wire.authorities import root_signed_bytes
from wire.keys import sign

_PATH = "/authorities"


class NotPublished(Exception):
    """The CA set was not published; agents believe what they believed before."""


class CaSetDesk:
    """One deployment's CA set; every verb returns what to print."""

    def __init__(self, keys: KeyDirectory, bootstrap: Path, api: Callable[[], ApiClient]) -> None:
        """``bootstrap`` is the file that agents installed from now on get."""
        self._keys = keys
        self._bootstrap = bootstrap
        self._api = api

    def publish(self, names: Sequence[str], reason: str, *, force: bool) -> str:
        """Propose a set of these; sign it where the root key lies in the key directory."""
        if not force:
            self._check_handlers(names)
        body = {"certificates": [self._pem(name) for name in names], "reason": reason}
        with self._api() as api:
            etag = api.get(_PATH).headers["ETag"]
            proposed = api.order("PUT", _PATH, body, etag)
            found = _authorities(proposed)
            if found["request"] and (self._keys.path / "root.key").exists():
                found = _authorities(api.order("POST", f"{_PATH}/signature", self._signed(found["request"])))
        if found["request"]:
            return "It waits for the root key: muster ca request, muster root sign, muster ca certify."
        told = self._published(found, names)
        return told if proposed["outcome"] == "done" else f"Nothing changed. {told}"

    def request(self) -> str:
        """What the root key is to sign, for ``muster root sign``."""
        found = self._found()
        if not found["request"]:
            raise NotPublished("No CA set waits for the root key.")
        return json.dumps({"kind": "authorities", "statement": found["request"]})

    def certify(self, signed: str) -> str:
        """Install what ``muster root sign`` printed."""
        try:
            document = json.loads(signed)
        except (ValueError, RecursionError) as error:
            raise NotPublished(f"This is nothing that `muster root sign` printed: {error}") from error
        with self._api() as api:
            return self._published(_authorities(api.order("POST", f"{_PATH}/signature", document)))

    def show(self) -> str:
        """The set, and how many agents hold it."""
        found = self._found()
        if not found["ca_version"]:
            return "No CA set was published: agents believe the CAs of their bootstrap file."
        names = ", ".join(f"{each['name']} until {each['until'][:10]}" for each in found["certificates"])
        waits = "\nAnother set waits for the root key." if found["request"] else ""
        return f"{_told(found)}: {names}; {found['agents']} of {found['agents_in_all']} agents hold it.{waits}"

    def _found(self) -> dict[str, Any]:
        with self._api() as api:
            found: dict[str, Any] = api.get(_PATH).json()
        return found

    def _published(self, found: dict[str, Any], names: Sequence[str] = ()) -> str:
        serials = {each["serial"] for each in found["certificates"]}
        names = names or self._keys.authority_names()
        pinned = [name for name in names if f"{self._keys.authority(name).serial_number:x}" in serials]
        signed = found["signed"]
        self._keys.pin(pinned, (bytes.fromhex(signed["statement"]), bytes.fromhex(signed["signature"])))
        renew_authorities(self._bootstrap, self._keys)
        return f"{_told(found)}: agents believe {', '.join(pinned)} once they have called in; the bootstrap file too."

    def _signed(self, request: str) -> dict[str, str]:
        statement = bytes.fromhex(request)
        return {"statement": request, "signature": sign(self._keys.root(), root_signed_bytes(statement)).hex()}

    def _pem(self, name: str) -> str:
        self._keys.authority(name)
        return (self._keys.path / f"{name}.pem").read_text()

    def _check_handlers(self, names: Sequence[str]) -> None:
        """A handler whose CA goes would lose its agents at their next call-in but one."""
        issuers = {self._keys.authority(name).subject for name in names}
        for path in sorted(self._keys.path.glob("handler-*.pem")):
            found = x509.load_pem_x509_certificate(path.read_bytes())
            if found.issuer not in issuers:
                name, issuer = path.stem.removeprefix("handler-"), found.issuer.rfc4514_string()
                raise NotPublished(
                    f"the certificate of handler {name} is by {issuer}, which this set leaves out:"
                    f" muster ca renew --handler {name}, wait until it shows the new one, then publish; or --force"
                )


def _authorities(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] | None = document["authorities"]
    if found is None or document.get("stale"):
        raise NotPublished("It is in the log, but the reports do not show it yet: muster ca show, and publish again.")
    return found


def _told(found: dict[str, Any]) -> str:
    return f"CA set {found['ca_version']}"
