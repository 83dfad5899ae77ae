"""`muster ca`: certificates that end are told early; a renewed handler is the same to agents, by either CA."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from bin.ca import is_due
from bin.key_directory import KeyDirectory, TlsCertificate
from bin.muster import run


@pytest.fixture
def keys(tmp_path: Path) -> KeyDirectory:
    directory = KeyDirectory(tmp_path / "keys")
    directory.prepare()
    directory.handler("muster", "site-a")
    return directory


def _uri(pem: bytes) -> list[str]:
    names = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return list(names.value.get_values_for_type(x509.UniformResourceIdentifier))


@pytest.mark.parametrize("authority", ["ca-1", "ca-2"])
def test_a_renewed_handler_has_a_new_key_the_same_name_and_a_pinned_issuer(
    keys: KeyDirectory, tmp_path: Path, authority: str
) -> None:
    before = keys.handler("muster", "site-a")

    assert run(["ca", "renew", "--data", str(tmp_path), "--handler", "site-a", "--authority", authority]) == 0

    after = keys.handler("muster", "site-a")
    assert after.key_pem != before.key_pem
    assert _uri(after.certificate_pem) == _uri(before.certificate_pem) == ["muster://muster/handler/site-a"]
    issuer = x509.load_pem_x509_certificate(keys.authorities()[int(authority[-1]) - 1].encode())
    x509.load_pem_x509_certificate(after.certificate_pem).verify_directly_issued_by(issuer)
    assert (keys.path / "handler-site-a.key").stat().st_mode & 0o077 == 0


def test_every_certificate_is_listed_with_its_end(
    keys: KeyDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ca", "list", "--data", str(tmp_path)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["ca-1", "ca-2", "handler-site-a"]


@pytest.mark.parametrize(("days", "due"), [(61, False), (59, True), (-1, True)])
def test_a_certificate_is_due_sixty_days_before_its_end(days: int, due: bool) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert is_due(TlsCertificate("handler-a", now + timedelta(days=days), "Muster ca-1"), now) is due


def test_a_handler_nobody_made_is_told(keys: KeyDirectory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ca", "renew", "--data", str(tmp_path), "--handler", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err
