"""The way back for an agent that believes none of today's CAs: a bootstrap file, on its machine, by who owns it."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from agents.codec import MsgpackCodec
from agents.home import Home
from agents.main import main
from agents.wiring import authorities_of, bootstrap_of
from tests.agents.authority import Authority
from tests.agents.loopback import Loopback
from wire import keys
from wire.authorities import CaSet, Pair, content_plain, root_signed_bytes, statement_of
from wire.held import Item, digest_of

ONE, TWO, THREE, FOUR = (Authority(name) for name in ("one", "two", "three", "four"))
Agent = Callable[..., int]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def agent(home: Path) -> Agent:
    return lambda *said: main(["--home", str(home), *map(str, said)])


def signed(loopback: Loopback, version: int, *authorities: Authority, by: keys.PrivateKey | None = None) -> Pair:
    ders = tuple(each.certificate.public_bytes(serialization.Encoding.DER) for each in authorities)
    statement = statement_of(loopback.server.codec, CaSet(version, ders))
    return statement, keys.sign(by or loopback.server.root, root_signed_bytes(statement))


def publish(loopback: Loopback, version: int, *authorities: Authority) -> None:
    content = loopback.server.codec.encode(content_plain(signed(loopback, version, *authorities)))
    item = Item(b"ca-set".ljust(16), "authorities", "", "authorities", version, digest_of(content))
    loopback.server.assign(version, item, contents=[content])


def file_of(
    loopback: Loopback, port: Any, *authorities: Authority, signed_set: Pair | None = None, **more: Any
) -> Path:
    if signed_set is not None:
        statement, signature = (base64.b64encode(each).decode() for each in signed_set)
        more["ca_set"] = {"statement": statement, "signature": signature}
    return loopback.bootstrap(port, ca=[each.pem for each in authorities], **more)


def believed(home: Path) -> int:
    return authorities_of(Home(home), bootstrap_of(Home(home)), MsgpackCodec()).version


def lives_with_set_one(loopback: Loopback, agent: Agent) -> bytes:
    """An agent that holds CA set 1 of ONE and TWO, and was away from then on; its id."""
    with loopback.listener(authority=ONE) as listener:
        assert agent("install", "--bootstrap", file_of(loopback, listener, ONE, TWO), "--name", "pc-1") == 0
        publish(loopback, 1, ONE, TWO)
        assert agent("call-in") == 0
    assert agent("event", "DiskReplaced") == 0
    return loopback.server.only.agent_id


def test_an_agent_that_missed_two_ca_replacements_comes_back_with_its_id_and_all_it_had_to_tell(
    home: Path, loopback: Loopback, agent: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    known = lives_with_set_one(loopback, agent)
    key = (home / "key.pem").read_bytes()
    publish(loopback, 2, TWO, THREE)
    publish(loopback, 3, THREE, FOUR)

    with loopback.listener(authority=FOUR) as listener:
        agent("bootstrap", file_of(loopback, listener, ONE, TWO))  # where to go, with the CAs of old
        locked_out = agent("call-in")
        new = file_of(loopback, listener, THREE, FOUR, signed_set=signed(loopback, 3, THREE, FOUR))
        told = capsys.readouterr().out
        taken = agent("bootstrap", new)
        back = agent("call-in")

    assert (locked_out, taken, back) == (6, 0, 0)
    assert "muster agent bootstrap FILE" in told
    assert "CA set 3 of the bootstrap file is believed now, 1 no more" in capsys.readouterr().out
    assert (loopback.server.only.agent_id, (home / "key.pem").read_bytes()) == (known, key)
    assert "DiskReplaced" in [event["type"] for event in loopback.server.only.events]
    assert believed(home) == 3


def test_installing_over_takes_the_newer_set_too_and_settings_stay(
    home: Path, loopback: Loopback, agent: Agent
) -> None:
    lives_with_set_one(loopback, agent)
    new = file_of(loopback, 1, THREE, FOUR, signed_set=signed(loopback, 3, THREE, FOUR))

    assert agent("install", "--bootstrap", new, "--name", "pc-1") == 0

    assert believed(home) == 3


def test_a_bootstrap_file_alone_keeps_what_was_allowed_at_install(home: Path, loopback: Loopback, agent: Agent) -> None:
    agent("install", "--bootstrap", file_of(loopback, 1, ONE), "--name", "pc-1", "--allow-path", "/etc/motd")
    before = (home / "install.json").read_bytes()

    assert agent("bootstrap", file_of(loopback, 2, ONE)) == 0

    assert (home / "install.json").read_bytes() == before
    assert bootstrap_of(Home(home)).handlers[0].port == 2


@pytest.mark.parametrize("offered", ["older set", "no set"])
def test_what_is_not_newer_is_believed_only_when_asked_for(
    home: Path, loopback: Loopback, agent: Agent, capsys: pytest.CaptureFixture[str], offered: str
) -> None:
    lives_with_set_one(loopback, agent)
    publish(loopback, 4, ONE, TWO)
    with loopback.listener(authority=ONE) as listener:
        file_of(loopback, listener, ONE, TWO)
        agent("bootstrap", file_of(loopback, listener, ONE, TWO))
        agent("call-in")
    older = signed(loopback, 3, THREE, FOUR) if offered == "older set" else None

    with loopback.listener(authority=THREE) as listener:
        restored = file_of(loopback, listener, THREE, FOUR, signed_set=older)
        agent("bootstrap", restored)
        first, told = agent("call-in"), capsys.readouterr().out
        agent("bootstrap", restored, "--replace-ca-set")
        second = agent("call-in")

    assert (first, second) == (6, 0)
    assert "CA set 4, which the agent holds, stays" in told
    assert "the CAs of the bootstrap file are believed now, CA set 4 no more" in capsys.readouterr().out


def test_a_set_that_was_given_up_comes_again_when_the_server_still_has_it(
    home: Path, loopback: Loopback, agent: Agent
) -> None:
    lives_with_set_one(loopback, agent)
    with loopback.listener(authority=THREE) as listener:
        agent("bootstrap", file_of(loopback, listener, THREE), "--replace-ca-set")
        assert believed(home) == 0

        assert agent("call-in") == 0

    assert believed(home) == 1


@pytest.mark.parametrize("wrong", ["root key", "deployment"])
def test_a_bootstrap_file_of_another_deployment_is_refused_with_a_sentence(
    home: Path, loopback: Loopback, agent: Agent, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    lives_with_set_one(loopback, agent)
    before = (home / "bootstrap.json").read_bytes()
    other = base64.b64encode(keys.public_der(keys.generate_key(keys.ED25519).public_key())).decode()
    more: dict[str, Any] = {"root_key": other} if wrong == "root key" else {"deployment": "elsewhere"}

    code = agent("bootstrap", file_of(loopback, 1, THREE, **more), "--replace-ca-set")

    assert code == 4
    assert "has an agent installed of another deployment" in capsys.readouterr().err
    assert ((home / "bootstrap.json").read_bytes(), believed(home)) == (before, 1)


@pytest.mark.parametrize("verb", ["install", "bootstrap"])
def test_a_set_that_the_root_key_did_not_sign_is_refused_and_nothing_changes(
    home: Path, loopback: Loopback, agent: Agent, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    lives_with_set_one(loopback, agent)
    before = (home / "bootstrap.json").read_bytes()
    forged = signed(loopback, 9, THREE, by=keys.generate_key(keys.ED25519))
    file = file_of(loopback, 1, THREE, signed_set=forged)

    said = ("install", "--bootstrap", file, "--name", "pc-1") if verb == "install" else ("bootstrap", file)

    assert agent(*said, "--replace-ca-set") == 1
    assert ((home / "bootstrap.json").read_bytes(), believed(home)) == (before, 1)
    assert "muster agent:" in capsys.readouterr().err


def test_a_new_agent_begins_with_the_set_of_its_bootstrap_file(home: Path, loopback: Loopback, agent: Agent) -> None:
    file = file_of(loopback, 1, THREE, FOUR, signed_set=signed(loopback, 3, THREE, FOUR))

    assert agent("install", "--bootstrap", file) == 0

    assert believed(home) == 3


def test_an_agent_at_work_must_be_stopped_first(home: Path, loopback: Loopback, agent: Agent) -> None:
    agent("install", "--bootstrap", file_of(loopback, 1, ONE))

    with Home(home).locked():
        assert agent("bootstrap", file_of(loopback, 2, ONE)) == 4


def test_a_home_without_an_agent_takes_no_bootstrap_file(home: Path, loopback: Loopback, agent: Agent) -> None:
    assert agent("bootstrap", file_of(loopback, 1, ONE)) == 3
