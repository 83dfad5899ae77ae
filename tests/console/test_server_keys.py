"""`muster keys`: from a new key to the retired old one, with the agents that rely on each; nothing by accident."""

import json
from pathlib import Path
from typing import Any

import pytest

from bin.muster import run
from broker.seal import unseal
from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site
from wire import keys
from wire.key_update import key_update
from wire.private_keys import private_pem
from wire.types import AgentType
from worker_room import SpeakingAgent


def listed(muster: Muster) -> dict[int, dict[str, Any]]:
    items = json.loads(muster("keys", "list", "-o", "json").out)["items"]
    return {each["version"]: each for each in items}


def states(muster: Muster) -> dict[int, str]:
    return {version: each["state"] for version, each in listed(muster).items()}


def relying(muster: Muster) -> dict[int, int]:
    return {version: each["agents"] for version, each in listed(muster).items()}


def test_a_rotation_shows_who_still_relies_on_the_old_key(site: Site, muster: Muster) -> None:
    first, second = site.allowed_agent("pc-1"), site.allowed_agent("pc-2")
    assert muster("keys", "create").code == ExitCode.OK
    assert muster("keys", "activate", "2").out == "Server key 2 (ed25519) is current.\n"
    assert states(muster) == {1: "live", 2: "current"}
    assert relying(muster) == {1: 2, 2: 0}

    for number in (2, 3):
        first.say(first.call_in(number))
    site.project()

    assert relying(muster) == {1: 1, 2: 1}
    ran = muster("keys", "retire", "1")
    assert (ran.code, "key_still_relied_on" in ran.err) == (ExitCode.CONFLICT, True)
    for number in (2, 3):
        second.say(second.call_in(number))
    site.project()
    assert muster("keys", "retire", "1").code == ExitCode.OK
    assert muster("keys", "delete", "1").code == ExitCode.OK
    assert states(muster) == {1: "deleted", 2: "current"}


def test_a_key_relied_on_goes_by_force_and_reason_only(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")
    muster("keys", "create")
    muster("keys", "activate", "2")

    assert muster("keys", "retire", "1", "--force").code == ExitCode.CONFLICT
    assert muster("keys", "retire", "1", "--force", "--reason", "stolen").code == ExitCode.OK

    (retired,) = site.room.events("ServerKey.Retired")
    assert (retired.facts, retired.meta.who) == ({"reason": "stolen", "relying": 1, "forced": True}, "operator:admin")


def test_a_revoked_agent_holds_up_nothing(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1").be_revoked()
    site.project()

    assert relying(muster) == {1: 0}


def test_the_root_key_signs_on_another_machine(
    site: Site, muster: Muster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = site.room
    room.deployment = room.deployment._replace(root_sign=None)
    room.leases.release(room.shift._fence)
    room.shift = room.new_shift("worker-2")
    assert "waits for a certificate" in muster("keys", "create", "--algorithm", "p256").out
    assert states(muster) == {1: "current", 2: "created"}
    assert muster("keys", "activate", "2").code == ExitCode.CONFLICT
    request, certificate = tmp_path / "request.json", tmp_path / "certificate.json"
    request.write_text(muster("keys", "request", "2").out)

    assert run(["root", "sign", "--root-key", str(room.keys.path / "root.key"), str(request)]) == 0
    certificate.write_text(capsys.readouterr().out)

    assert muster("keys", "certify", str(certificate)).code == ExitCode.OK
    assert states(muster) == {1: "current", 2: "live"}
    assert muster("keys", "activate", "2").code == ExitCode.OK
    assert muster("keys", "request", "2").code == ExitCode.CONFLICT
    agent = SpeakingAgent(room)
    agent.say(agent.registration())
    assert agent.trust.newest_version == 2


def test_a_private_key_is_imported_without_the_broker_seeing_it(site: Site, muster: Muster, tmp_path: Path) -> None:
    private = keys.generate_key(keys.RSA2048)
    file = tmp_path / "old.pem"
    file.write_bytes(private_pem(private))

    assert muster("keys", "import", str(file)).code == ExitCode.OK

    assert muster("keys", "activate", "2").code == ExitCode.OK
    order = unseal(site.room.order_keys.order, site.bus.sealed[-2])
    assert order
    secret = private.private_numbers().d.to_bytes(256, "big").lstrip(b"\0")  # type: ignore[union-attr]
    assert all(b"PRIVATE" not in sealed and secret not in sealed for sealed in site.bus.sealed)


def test_an_rsa_1024_key_is_listed_and_never_answers(muster: Muster, tmp_path: Path) -> None:
    file = tmp_path / "ancient.pem"
    file.write_bytes(private_pem(keys.generate_key(keys.RSA1024)))

    assert muster("keys", "import", str(file)).out == "Server key 2 (rsa1024) is imported.\n"

    assert states(muster)[2] == "imported"
    assert muster("keys", "activate", "2").code == ExitCode.CONFLICT
    assert muster("keys", "create", "--algorithm", "rsa1024").code == ExitCode.USAGE


@pytest.mark.parametrize(
    "content", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "x" * 20_000]
)
def test_what_is_no_key_is_not_imported(muster: Muster, tmp_path: Path, content: str) -> None:
    file = tmp_path / "no.pem"
    file.write_text(content)

    assert muster("keys", "import", str(file)).code == ExitCode.USAGE
    assert list(states(muster)) == [1]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "statement": "0", "signature": ""}']
)
def test_what_is_no_certificate_is_not_installed(muster: Muster, tmp_path: Path, content: str) -> None:
    file = tmp_path / "no.json"
    file.write_text(content)

    assert muster("keys", "certify", str(file)).code == ExitCode.USAGE


def test_a_version_nobody_made_is_not_found(muster: Muster) -> None:
    for verb in ("activate", "retire", "delete", "request"):
        assert muster("keys", verb, "9").code == ExitCode.NOT_FOUND


def test_the_policy_tells_how_many_agents_are_below_it(site: Site, muster: Muster) -> None:
    old = SpeakingAgent(site.room, "old", keys.RSA2048)
    old.enrol()
    site.allowed_agent("pc-1")
    site.project()

    ran = muster("keys", "policy", "set", "--minimum", "p256")

    assert (ran.code, ran.out) == (ExitCode.OK, "The minimum is p256; 1 agent is below it.\n")
    again = muster("keys", "policy", "set", "--minimum", "p256")
    assert again.out == "Nothing changed: the minimum is p256; 1 agent is below it.\n"
    shown = json.loads(muster("keys", "policy", "show", "-o", "json").out)
    assert (shown["minimum"], shown["below_by_algorithm"], shown["decided_by"]) == (
        "p256",
        {"rsa2048": 1},
        "operator:admin",
    )


def test_reading_is_for_all_and_changing_for_administrators(muster: Muster) -> None:
    assert muster("keys", "list", role="viewer").code == ExitCode.OK
    assert muster("keys", "create", role="operator").code == ExitCode.REFUSED
    assert muster("keys", "policy", "set", "--minimum", "p256", role="operator").code == ExitCode.REFUSED


def test_a_replaced_agent_key_relies_on_nothing_and_is_below_no_minimum(site: Site, muster: Muster) -> None:
    old, new = SpeakingAgent(site.room, "pc-1", keys.RSA2048), SpeakingAgent(site.room, "pc-1", keys.P256, seed=8)
    old.enrol()
    old.say(old.call_in(1))
    assert muster("keys", "policy", "set", "--minimum", "p256").code == ExitCode.OK
    site.project()
    before = json.loads(muster("keys", "policy", "show", "-o", "json").out)["below"]

    body = key_update(old.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    old.say(old.package(AgentType.AGENT_KEY_UPDATE, body, 0))
    for number in (1, 2):
        new.say(new.call_in(number))
    site.project()

    assert relying(muster) == {1: 1}
    assert (before, json.loads(muster("keys", "policy", "show", "-o", "json").out)["below"]) == (1, 0)
