"""What an operator does for a further server key, with the root key on another machine."""

from pathlib import Path

from site_of_processes import Site, muster


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
