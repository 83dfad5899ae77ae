"""`muster ca`: a further CA, its set signed by the root key here or elsewhere, and nothing that locks agents out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from agents.bootstrap import read_bootstrap
from bin.bootstrap_file import HandlerAddress, write_bootstrap
from bin.ca_set import CaSetDesk, NotPublished
from bin.key_directory import KeyDirectory
from bin.muster import run
from console.api_client import ApiClient
from console.exit_code import CommandFailed
from console.server_address import ServerAddress
from tests.console.conftest import founded, site
from tests.console.site import URL, Site, secret_of
from wire.authorities import read_ca_set
from wire.msgspec_codec import MsgspecCodec

__all__ = ["founded", "site"]


@pytest.fixture
def keys(site: Site) -> KeyDirectory:
    directory = site.room.keys
    directory.handler("muster", "site-a")
    write_bootstrap(_bootstrap(site), "muster", directory, [HandlerAddress("site-a", "127.0.0.1", 7443)])
    return directory


@pytest.fixture
def desk(site: Site, keys: KeyDirectory) -> CaSetDesk:
    return CaSetDesk(keys, _bootstrap(site), _api(site))


def _bootstrap(site: Site) -> Path:
    return site.room.directory / "bootstrap.json"


def _api(site: Site) -> Callable[[], ApiClient]:
    return lambda: ApiClient(ServerAddress(URL, secret_of("admin")), site.transport)


def published(site: Site) -> list[str]:
    return [each["name"] for each in site.client().get("/authorities").json()["certificates"]]


def test_a_further_ca_is_believed_once_its_set_is_published(site: Site, keys: KeyDirectory, desk: CaSetDesk) -> None:
    made = keys.create_authority()
    assert (made.name, keys.pinned()) == ("ca-3", ["ca-1", "ca-2"])
    keys.renew_handler("site-a", "ca-2")

    told = desk.publish(["ca-2", "ca-3"], "ca-1 ends", force=False)

    assert told == "CA set 1: agents believe ca-2, ca-3 once they have called in; the bootstrap file too."
    assert published(site) == ["CN=Muster ca-2", "CN=Muster ca-3"]
    assert keys.pinned() == ["ca-2", "ca-3"]
    bootstrap = json.loads(_bootstrap(site).read_text())
    assert bootstrap["ca"] == keys.authorities()
    assert "0 of 0 agents hold it" in desk.show()


def test_a_ca_that_was_replaced_and_removed_is_not_made_anew(keys: KeyDirectory, desk: CaSetDesk) -> None:
    keys.create_authority()
    keys.renew_handler("site-a", "ca-2")
    desk.publish(["ca-2", "ca-3"], "", force=False)
    for kind in ("key", "pem"):
        (keys.path / f"ca-1.{kind}").unlink()

    keys.prepare(founded=True)

    assert keys.authority_names() == ["ca-2", "ca-3"]
    assert [each.name for each in keys.tls_certificates()] == ["ca-2", "ca-3", "handler-site-a"]


def test_a_set_without_the_ca_of_a_handler_in_use_is_refused_unless_forced(site: Site, desk: CaSetDesk) -> None:
    with pytest.raises(NotPublished, match="handler site-a is by CN=Muster ca-1"):
        desk.publish(["ca-2"], "", force=False)
    assert published(site) == []

    desk.publish(["ca-2"], "ca-1 was stolen", force=True)

    assert published(site) == ["CN=Muster ca-2"]


def test_the_same_set_again_changes_nothing(site: Site, desk: CaSetDesk) -> None:
    first = desk.publish(["ca-1", "ca-2"], "", force=False)

    assert desk.publish(["ca-1", "ca-2"], "", force=False) == f"Nothing changed. {first}"
    assert site.room.topics().count("CaSet.Published") == 1


def test_the_bootstrap_file_carries_the_published_set_as_the_root_key_signed_it(
    site: Site, keys: KeyDirectory, desk: CaSetDesk
) -> None:
    assert read_bootstrap(_bootstrap(site).read_text()).ca_set is None

    desk.publish(["ca-2", "ca-1"], "", force=False)

    bootstrap = read_bootstrap(_bootstrap(site).read_text())
    assert bootstrap.ca_set is not None
    found = read_ca_set(MsgspecCodec(), bootstrap.ca_set, bootstrap.root)
    assert (found.version, [*map(x509.load_der_x509_certificate, found.certificates)]) == (
        1,
        [keys.authority("ca-2"), keys.authority("ca-1")],
    )
    write_bootstrap(_bootstrap(site), "muster", keys, [HandlerAddress("site-a", "127.0.0.1", 7443)])
    assert read_bootstrap(_bootstrap(site).read_text()).ca_set == bootstrap.ca_set, "a further start keeps it"


def test_where_the_root_key_is_elsewhere_it_signs_there(
    site: Site, keys: KeyDirectory, desk: CaSetDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = keys.root_public()
    offline = tmp_path / "offline.key"
    (keys.path / "root.key").rename(offline)
    site.room.deployment = site.room.deployment._replace(root_sign=None)
    site.room.shift = site.room.new_shift("worker-1")

    told = desk.publish(["ca-2", "ca-1"], "", force=False)
    (tmp_path / "request.json").write_text(desk.request())
    assert run(["root", "sign", "--root-key", str(offline), str(tmp_path / "request.json")]) == 0
    printed = capsys.readouterr()
    done = desk.certify(printed.out)

    assert told.startswith("It waits for the root key")
    assert "signing CA set 1: agents then believe these CAs and no others: CN=Muster ca-2 until" in printed.err
    assert done.startswith("CA set 1: agents believe ca-1, ca-2")
    pair = (bytes.fromhex(json.loads(printed.out)["statement"]), bytes.fromhex(json.loads(printed.out)["signature"]))
    assert read_ca_set(MsgspecCodec(), pair, root).version == 1
    with pytest.raises(NotPublished):
        desk.request()


def test_a_set_that_another_key_signed_is_refused(site: Site, keys: KeyDirectory, desk: CaSetDesk) -> None:
    site.room.deployment = site.room.deployment._replace(root_sign=None)
    site.room.shift = site.room.new_shift("worker-1")
    (keys.path / "root.key").rename(keys.path / "root.away")
    desk.publish(["ca-2", "ca-1"], "", force=False)
    request = json.loads(desk.request())["statement"]

    with pytest.raises(CommandFailed, match="authorities_refused"):
        desk.certify(json.dumps({"statement": request, "signature": "00" * 64}))

    assert published(site) == []


def test_no_handler_is_renewed_by_a_ca_that_agents_do_not_believe(
    site: Site, keys: KeyDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.create_authority()
    data = ["--data", str(site.room.directory)]

    assert run(["ca", "renew", *data, "--handler", "site-a", "--authority", "ca-3"]) == 1

    assert "agents do not believe ca-3" in capsys.readouterr().err
    found = x509.load_pem_x509_certificate((keys.path / "handler-site-a.pem").read_bytes())
    assert found.issuer == keys.authority("ca-1").subject


@pytest.mark.parametrize("pem", ["", "no PEM", "HANDLER"])
def test_what_is_no_ca_certificate_is_refused(site: Site, keys: KeyDirectory, pem: str) -> None:
    pem = (keys.path / "handler-site-a.pem").read_text() if pem == "HANDLER" else pem

    answer = site.client().put("/authorities", json={"certificates": [pem]}, headers={"If-Match": '"0"'})

    assert answer.status_code == 422
