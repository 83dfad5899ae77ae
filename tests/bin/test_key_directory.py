"""Secrets of a deployment: made once, their owner's alone; a second start finds them as they were."""

from pathlib import Path

import pytest
from cryptography import x509

from bin.data_directory import AlreadyRunning, DataDirectory, Ports
from bin.key_directory import KeyDirectory, UnusableSecret
from wire.keys import public_der


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()
    first = {path.name: path.read_bytes() for path in keys.path.iterdir()}

    KeyDirectory(tmp_path / "keys").prepare()

    assert {path.name: path.read_bytes() for path in keys.path.iterdir()} == first
    assert {path.stat().st_mode & 0o777 for path in keys.path.iterdir()} == {0o600}
    assert keys.path.stat().st_mode & 0o777 == 0o700
    assert len({keys.secret(name) for name in ("wrapping", "order", "reply")}) == 3


def test_the_public_half_of_the_root_key_stays_when_the_key_is_kept_elsewhere(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()
    public = public_der(keys.root().public_key())
    (keys.path / "root.key").unlink()

    keys.prepare()

    assert keys.root_public().der == public
    assert not (keys.path / "root.key").exists()


def test_a_founded_deployment_goes_on_without_its_root_key_but_not_without_both_halves(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()
    (keys.path / "root.key").unlink()

    keys.prepare(founded=True)

    assert keys.root_here() is None
    (keys.path / "root.pub").unlink()
    with pytest.raises(UnusableSecret, match=r"root\.key is missing"):
        keys.prepare(founded=True)


def test_a_deployment_from_before_gets_the_public_half_of_the_key_it_has(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()
    public = keys.root_public().der
    (keys.path / "root.pub").unlink()

    KeyDirectory(keys.path).prepare()

    assert keys.root_public().der == public == public_der(keys.root().public_key())


def test_a_handlers_certificate_names_deployment_and_handler_and_stays(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()

    made = keys.handler("acme", "site-a")

    certificate = x509.load_pem_x509_certificate(made.certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.UniformResourceIdentifier) == ["muster://acme/handler/site-a"]
    assert not names.critical
    authority = x509.load_pem_x509_certificate(keys.authorities()[0].encode())
    certificate.verify_directly_issued_by(authority)
    assert keys.handler("acme", "site-a") == made


def test_two_authorities_are_pinned_and_differ(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()

    assert len(set(keys.authorities())) == 2
    assert public_der(keys.root().public_key())


@pytest.mark.parametrize("content", ["", "00" * 31, "zz" * 32])
def test_a_damaged_secret_is_named(tmp_path: Path, content: str) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    keys.prepare()
    (keys.path / "order.key").write_text(content)

    with pytest.raises(UnusableSecret, match=r"order\.key"):
        keys.secret("order")


def test_a_second_server_on_one_directory_is_refused(tmp_path: Path) -> None:
    DataDirectory(tmp_path / "data").open()

    with pytest.raises(AlreadyRunning):
        DataDirectory(tmp_path / "data").open()


def test_ports_of_the_first_start_are_kept_until_others_are_asked_for(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    data.open()
    assert data.ports(Ports(0, 0)) == Ports(0, 0)

    data.keep_ports(Ports(7443, 8443))

    assert data.ports(Ports(0, 0)) == Ports(7443, 8443)
    assert data.ports(Ports(9000, 0)) == Ports(9000, 8443)
