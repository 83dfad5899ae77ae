"""`muster store rebuild`: what it tells and exits with, when it refuses, and what it leaves behind."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bin.data_directory import DataDirectory
from bin.muster import run
from bin.store import DIFFERS
from domain.desired_orders import CreateGroup, PlaceAgents
from worker_room import SpeakingAgent, WorkerRoom

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """What `muster up` left: an agent in a group."""
    room = WorkerRoom(tmp_path)
    agent = SpeakingAgent(room)
    agent.enrol()
    assert room.order(CreateGroup("/Servers")).outcome == "done"
    agent_id = room.records.registration(agent.fingerprint).agent_id.bytes
    assert room.order(PlaceAgents([agent_id], "/Servers")).outcome == "done"
    room.close()
    return tmp_path


def rebuild(data: Path, *more: str) -> int:
    return run(["store", "rebuild", "--data", str(data), *more])


def damage(data: Path) -> None:
    with closing(sqlite3.connect(data / "log.db")) as connection, connection:
        connection.execute("DELETE FROM resource_keys")
        connection.execute("UPDATE placements SET group_id = x'00'")
        connection.execute("INSERT INTO held VALUES (99, x'00', 1, 1)")


def test_tables_that_are_right_are_told_so_and_stay(data: Path, capsys: Printed) -> None:
    assert (rebuild(data, "--check"), rebuild(data)) == (0, 0)

    told = capsys.readouterr().out.splitlines()
    assert (
        told
        == [
            "placements: 1 rows, all as the log says",
            "resource_keys: 1 rows, all as the log says",
            "held: 0 rows, all as the log says",
            "snapshots: 0 rows, all as the log says",
        ]
        * 2
    )


def test_a_check_tells_what_differs_and_changes_nothing(data: Path, capsys: Printed) -> None:
    damage(data)

    assert (rebuild(data, "--check"), rebuild(data, "--check")) == (DIFFERS, DIFFERS)

    told = capsys.readouterr()
    assert "placements: 1 rows, 1 wrong: not as the log says" in told.out
    assert "resource_keys: 1 rows, 1 missing: not as the log says" in told.out
    assert "held: 0 rows, 1 too many: not as the log says\n  too many: 99" in told.out
    assert "positions of the log" in told.err


def test_what_differs_is_mended_once(data: Path, capsys: Printed) -> None:
    damage(data)

    assert rebuild(data) == 0
    first = capsys.readouterr().out
    assert (rebuild(data), rebuild(data, "--check")) == (0, 0)

    assert first.count(": mended") == 3
    assert "mended" not in capsys.readouterr().out


def test_only_the_tables_that_were_named_are_looked_at(data: Path, capsys: Printed) -> None:
    damage(data)

    assert rebuild(data, "held") == 0
    assert rebuild(data, "held", "--check") == 0
    assert rebuild(data, "held", "placements", "--check") == DIFFERS

    assert "resource_keys" not in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        rebuild(data, "events")
    assert ended.value.code == 2


def test_beside_a_running_server_it_looks_and_does_not_touch(data: Path, capsys: Printed) -> None:
    damage(data)
    running = DataDirectory(data)
    running.open()

    assert rebuild(data) == 1
    assert "running on this data directory" in capsys.readouterr().err
    assert rebuild(data, "--check") == DIFFERS
    running.close()
    assert rebuild(data) == 0


def test_where_no_store_is_nothing_is_made(tmp_path: Path, capsys: Printed) -> None:
    for more in ((), ("--check",)):
        assert rebuild(tmp_path / "nowhere", *more) == 1

    assert not (tmp_path / "nowhere").exists()
    assert "There is no event store of Muster here." in capsys.readouterr().err


def test_another_wrapping_key_than_the_stores_is_told(data: Path, capsys: Printed) -> None:
    (data / "keys" / "wrapping.key").write_text("ab" * 32)

    assert rebuild(data) == 1
    assert "wrapping key" in capsys.readouterr().err


def test_which_store_must_be_said(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.delenv("MUSTER_CONFIG", raising=False)

    assert run(["store", "rebuild"]) == 1
    assert "--data DIR" in capsys.readouterr().err
