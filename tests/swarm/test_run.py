"""Whole swarms against a real frontend."""

import time
from collections import Counter
from pathlib import Path

import pytest

from agents.swarm import main
from tests.broker.reactor_thread import PATIENCE_S
from tests.swarm.deployment import Deployment
from wire.held import Item, digest_of
from wire.types import AgentType


def test_every_agent_registers_sends_its_properties_and_calls_in(deployment: Deployment) -> None:
    code, result = deployment.run("--agents", "5", "--rate", "100", "--duration", "0.25")

    assert code == 0
    assert result["start"]["acknowledged"] == 5
    assert result["call_ins"]["acknowledged"] == result["call_ins"]["intended"] == 25
    assert result["troubles"] == {}
    assert result["connections"] == {"new": 5}
    assert len(deployment.server.known) == 5
    for agent in deployment.server.known.values():
        kinds = [kind for kind, _, _ in agent.diary]
        assert kinds == [AgentType.FULL_PROPS] + [AgentType.PROPS_VERSION] * 5
        assert str(agent.properties["name"]).startswith("swarm-")


def test_call_ins_may_each_have_a_connection_of_their_own_new_or_resumed(deployment: Deployment) -> None:
    figures = {}
    for mode in ("open", "resumed", "new"):
        code, result = deployment.run("--agents", "3", "--rate", "60", "--duration", "0.25", "--mode", mode)
        assert (code, result["troubles"]) == (0, {})
        figures[mode] = result["bytes"]["ip_per_call_in"]
        connections = {"open": {"new": 3}, "resumed": {"new": 3, "resuming": 15}, "new": {"new": 18}}
        assert result["connections"] == connections[mode]

    assert figures["open"] < figures["resumed"] < figures["new"]


def test_lost_replies_and_broken_connections_lose_and_double_nothing(deployment: Deployment, tmp_path: Path) -> None:
    told = tmp_path / "acknowledged"

    code, result = deployment.run(
        *("--agents", "5", "--rate", "100", "--duration", "0.25"),
        *("--lose-reply", "0.2", "--drop", "0.2", "--acknowledged", str(told)),
    )

    assert code == 0
    assert set(result["troubles"]) == {"dropped_on_purpose", "reply_lost_on_purpose"}
    lines = Counter(told.read_text().split("\n")[:-1])
    assert set(lines.values()) == {1}
    recorded = {
        f"{fingerprint.hex()} {number}"
        for fingerprint, agent in deployment.server.known.items()
        for number in range(1, agent.next_number)
    }
    assert set(lines) == recorded
    assert len(lines) == 5 + 25


def test_the_same_seed_does_the_same_again(deployment: Deployment) -> None:
    arguments = ("--agents", "4", "--rate", "80", "--duration", "0.25", "--drop", "0.3", "--seed", "7")

    _, one = deployment.run(*arguments)
    _, other = deployment.run(*arguments)

    assert one["troubles"] == other["troubles"]
    assert len(deployment.server.known) == 8


def test_a_kept_swarm_goes_on_where_it_was(deployment: Deployment, tmp_path: Path) -> None:
    arguments = ("--agents", "3", "--rate", "60", "--duration", "0.1", "--home", str(tmp_path / "home"))

    deployment.run(*arguments)
    requests = len(deployment.server.seen)
    code, result = deployment.run(*arguments)

    assert code == 0
    assert result["troubles"] == {}
    assert len(deployment.server.known) == 3
    fresh = deployment.server.types[requests:]
    assert set(fresh) == {AgentType.PROPS_VERSION}


def test_a_swarm_whose_run_was_cut_off_finds_its_numbers_again(deployment: Deployment, tmp_path: Path) -> None:
    home = tmp_path / "home"
    arguments = ("--agents", "3", "--rate", "60", "--duration", "0.15", "--home", str(home))
    deployment.run(*arguments)
    before = (home / "swarm.msgpack").read_bytes()
    deployment.run(*arguments)
    (home / "swarm.msgpack").write_bytes(before)

    code, _ = deployment.run(*arguments)

    assert code == 0
    assert len(deployment.server.known) == 3


def test_a_swarm_takes_what_it_is_assigned_and_asks_for_it_no_more(deployment: Deployment, tmp_path: Path) -> None:
    arguments = ("--agents", "3", "--rate", "60", "--duration", "0.15", "--home", str(tmp_path / "home"))
    one, two = (Item(bytes([at]) * 16, "policy", "c", str(at), 1, digest_of(bytes([at]))) for at in (1, 2))
    deployment.server.assign(5, one, two, contents=[b"\x01", b"\x02"])

    _, first = deployment.run(*arguments)
    _, second = deployment.run(*arguments)
    deployment.server.assign(6, one, two._replace(version=2, digest=digest_of(b"new")), contents=[b"new"])
    _, third = deployment.run(*arguments)

    assert [each["troubles"] for each in (first, second, third)] == [{}, {}, {}]
    taken = [each["delivery"] for each in (first, second, third)]
    assert [(each["manifests"], each["items"]) for each in taken] == [(3, 6), (0, 0), (3, 3)]
    assert [each["holders"] for each in taken] == [3, 3, 3]
    for agent in deployment.server.known.values():
        assert [each.version for each in agent.statements] == [(1, 5), (1, 6)]


def test_a_long_statement_goes_out_again_over_a_new_connection(deployment: Deployment) -> None:
    contents = [str(number).encode() for number in range(600)]
    items = [Item(digest_of(each)[:16], "policy", "c", each.decode(), 1, digest_of(each)) for each in contents]
    deployment.server.assign(5, *items, contents=contents)

    code, result = deployment.run("--agents", "3", "--rate", "60", "--duration", "0.25", "--lose-reply", "0.4")

    assert (code, set(result["troubles"])) == (0, {"reply_lost_on_purpose"})
    assert AgentType.HELLO in deployment.server.types
    assert {agent.held.version for agent in deployment.server.known.values()} == {(1, 5)}


def test_a_swarm_whose_run_was_cut_off_forks_nothing_and_holds_what_is_newest(
    deployment: Deployment, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    arguments = ("--agents", "3", "--rate", "60", "--duration", "0.15", "--home", str(home))
    item = Item(bytes(16), "policy", "c", "n", 1, digest_of(b"old"))
    kept = {}
    for position, content in ((5, b"old"), (6, b"new")):
        kept[position] = (home / "swarm.msgpack").read_bytes() if home.exists() else b""
        new = item._replace(version=position, digest=digest_of(content))
        deployment.server.assign(position, new, contents=[content])
        deployment.run(*arguments)
    (home / "swarm.msgpack").write_bytes(kept[6])

    code, result = deployment.run(*arguments)

    assert (code, result["troubles"]) == (0, {})
    assert {agent.held.version for agent in deployment.server.known.values()} == {(1, 6)}
    assert result["delivery"]["holders"] == 3


def test_hints_make_agents_call_in_at_once(deployment: Deployment) -> None:
    run, ended = deployment.begin("--agents", "3", "--interval", "1000", "--duration", "1")
    until = time.monotonic() + PATIENCE_S
    while run.started < 3:
        assert time.monotonic() < until
        time.sleep(0.01)

    deployment.hint_all()

    ended.result(PATIENCE_S)
    assert run.result()["hints"] == 3
    assert all(agent.next_number == 3 for agent in deployment.server.known.values())


def test_what_is_never_answered_counts_with_the_time_it_waited(deployment: Deployment) -> None:
    deployment.silent = True

    code, result = deployment.run("--agents", "2", "--duration", "1", "--timeout", "0.5")

    assert code == 6
    assert result["start"]["unanswered"] == 2
    assert result["start"]["latency_ms"]["p50"] >= 900
    assert result["call_ins"]["intended"] == 0


def test_agents_that_are_not_let_in_are_told_as_trouble(deployment: Deployment) -> None:
    deployment.server.status_of_new = "pending"

    code, result = deployment.run("--agents", "2", "--duration", "0", "--timeout", "0.2")

    assert code == 6
    assert result["troubles"] == {"pending": 2}


def test_a_bootstrap_file_that_is_none_ends_with_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.json"

    assert main(["--bootstrap", str(missing), "--agents", "1"]) == 2

    assert "none.json" in capsys.readouterr().err
