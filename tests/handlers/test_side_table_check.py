"""Side tables are compared with the log: what is damaged is found and mended, nothing else is touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from domain.desired_orders import AssignPolicies, CreateGroup, DeleteGroup, PlaceAgents, WritePolicy
from domain.ids import SYSTEM_TREE_STREAM
from domain.orders import MergeRegistration, SplitRegistration
from domain.resource_keys import normalised
from domain.system_tree import SystemTree
from domain.tree_state import FORMAT, plain_of
from handlers.derived_held import DerivedHeld
from handlers.derived_places import DerivedPlaces
from handlers.side_table_check import SideTableCheck
from store.snapshots import Kept, Snapshots
from store.sqlite_side_tables import SqliteSideTables
from wire.held import Held, held_plain
from wire.types import AgentType
from worker_room import SpeakingAgent, WorkerRoom

HELD = b"heldhash"


class Fleet:
    """Agents in groups, one with an override, one merged and one split again; one says what it holds."""

    def __init__(self, room: WorkerRoom) -> None:
        self.room = room
        self.agents = [SpeakingAgent(room, f"pc-{number}", seed=number) for number in range(4)]
        for agent in self.agents:
            room.clock.forward(1_000)
            agent.enrol()
        for path in ("/Servers", "/Desks"):
            self.order(CreateGroup(path))
        self.order(WritePolicy("file", "motd", {"path": "/etc/motd", "content": "hello\n"}))
        self.order(PlaceAgents([self.id_of(agent) for agent in self.agents], "/Servers"))
        self.order(PlaceAgents([self.id_of(self.agents[1])], "/Desks"))
        self.order(AssignPolicies("file", [{"policy": "motd"}], agent_id=self.id_of(self.agents[0])))
        for other in self.agents[2:]:
            self.order(MergeRegistration(other.fingerprint, self.agents[0].fingerprint, "one machine"))
        self.order(SplitRegistration(self.agents[3].fingerprint, "two machines"))
        self.order(DeleteGroup("/Desks", "/Servers"))
        held = {"held": held_plain(Held((1, 5), {}))}
        self.agents[0].say(self.agents[0].package(AgentType.PROPS_VERSION, held, 1, bytes(8) + HELD))

    def order(self, command: Any) -> None:
        self.room.clock.forward(1_000)
        outcome = self.room.order(command)
        assert outcome.outcome == "done", outcome

    def id_of(self, agent: SpeakingAgent) -> bytes:
        return self.room.records.registration(agent.fingerprint).agent_id.bytes

    def damage(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.room.directory / "log.db")) as connection, connection:
            assert connection.execute(statement, values).rowcount > 0

    def rows(self) -> list[list[tuple[Any, ...]]]:
        with closing(sqlite3.connect(self.room.directory / "log.db")) as connection:
            tables = ("placements", "resource_keys", "held")
            return [sorted(connection.execute(f"SELECT * FROM {name}")) for name in tables]

    def mend(self) -> None:
        mends = [each.mend for each in self.room.side_table_differences()]
        fence = self.room.leases.acquire("worker", "a tool")
        if fence is None:
            self.room.leases.release(self.room.shift._fence)
            fence = self.room.leases.acquire("worker", "a tool")
        assert fence is not None
        with closing(SqliteSideTables(self.room.directory / "log.db", self.room.clock)) as tables:
            tables.mend(mends, fence)
        self.room.leases.release(fence)


@pytest.fixture
def fleet(room: WorkerRoom) -> Iterator[Fleet]:
    fleet = Fleet(room)
    yield fleet
    fleet.mend()


DAMAGES = {
    "placements": [
        ("DELETE FROM placements WHERE agent_id = (SELECT min(agent_id) FROM placements)", (1, 0, 0)),
        ("DELETE FROM placements", (4, 0, 0)),
        ("UPDATE placements SET group_id = x'0102' WHERE group_id <> x''", (0, 3, 0)),
        ("UPDATE placements SET overridden = NOT overridden", (0, 4, 0)),
        ("UPDATE placements SET position = 1", (0, 4, 0)),
        ("UPDATE placements SET position = 999999", (0, 4, 0)),
        ("INSERT INTO placements VALUES (x'00', x'00', 0, 1)", (0, 0, 1)),
    ],
    "resource_keys": [
        ("DELETE FROM resource_keys", (4, 0, 0)),
        ("INSERT INTO resource_keys VALUES (x'00', x'01')", (0, 0, 1)),
        ("UPDATE resource_keys SET digest = substr(digest, 1, 31)", (4, 0, 4)),
    ],
    "held": [
        ("DELETE FROM held", (1, 0, 0)),
        ("UPDATE held SET lists_hash = x'0000000000000000'", (0, 1, 0)),
        ("UPDATE held SET position = position + 1", (0, 1, 0)),
        ("INSERT INTO held VALUES (99, x'00', 1, 1)", (0, 0, 1)),
    ],
}


@pytest.mark.parametrize(
    ("table", "statement", "found"),
    [(table, statement, found) for table, several in DAMAGES.items() for statement, found in several],
)
def test_damage_is_found_and_mended(fleet: Fleet, table: str, statement: str, found: tuple[int, int, int]) -> None:
    before = fleet.rows()
    assert fleet.room.side_table_differences() == []
    fleet.damage(statement)

    (difference,) = fleet.room.side_table_differences()
    fleet.mend()

    told = len(difference.missing), len(difference.wrong), len(difference.extra)
    assert (difference.table.name, told) == (table, found)
    assert fleet.room.side_table_differences() == []
    assert [[row[:3] for row in rows] for rows in fleet.rows()] == [[row[:3] for row in rows] for rows in before]


def test_a_snapshot_that_is_right_may_stay_and_need_not_be_there(fleet: Fleet) -> None:
    fleet.room.shift.keep_snapshot()
    assert fleet.room.log.snapshot(SYSTEM_TREE_STREAM) is not None

    assert fleet.room.side_table_differences() == []
    fleet.damage("DELETE FROM snapshots")
    assert fleet.room.side_table_differences() == []


@pytest.mark.parametrize("how", ["damaged", "of another tree"])
def test_a_snapshot_that_is_wrong_is_thrown_away(fleet: Fleet, how: str) -> None:
    fleet.room.shift.keep_snapshot()
    if how == "damaged":
        fleet.damage("UPDATE snapshots SET sealed = x'00'")
    else:
        snapshots = Snapshots(fleet.room.log, fleet.room.records.mapper.keyring.vault)
        version = snapshots.stored_version(SYSTEM_TREE_STREAM)
        forged = snapshots.sealed(SYSTEM_TREE_STREAM, FORMAT, Kept(version, plain_of(SystemTree.plant())))
        fleet.damage("UPDATE snapshots SET sealed = ?", forged.sealed)

    (difference,) = fleet.room.side_table_differences()
    fleet.mend()

    assert (difference.table.name, len(difference.extra)) == ("snapshots", 1)
    assert fleet.room.log.snapshot(SYSTEM_TREE_STREAM) is None


def test_a_worker_after_the_mending_goes_on_as_before(fleet: Fleet) -> None:
    for table in DAMAGES:
        fleet.damage(f"DELETE FROM {table}")
    fleet.mend()
    fleet.room.shift = fleet.room.new_shift("worker-2")

    copy = SpeakingAgent(fleet.room, "copy", seed=77)
    copy.say(copy.registration(resource_keys={"machine_uuid": "PC-1"}))

    assert fleet.room.records.registration(copy.fingerprint).duplicate_of == [fleet.agents[1].fingerprint]
    refused = fleet.room.order(DeleteGroup("/Servers"))
    assert refused.outcome == "group_not_empty"
    assert "3 agents" in refused.detail


def test_what_an_erased_machine_said_is_left_as_it_is(fleet: Fleet) -> None:
    erased = fleet.agents[0].fingerprint
    fleet.damage("UPDATE subjects SET wrapped_key = x'' WHERE fingerprint = ?", erased)
    assert fleet.room.side_table_differences() == []

    fleet.damage("UPDATE held SET position = 77")
    fleet.damage("DELETE FROM resource_keys WHERE fingerprint <> ?", erased)

    (difference,) = fleet.room.side_table_differences()
    assert (difference.table.name, len(difference.missing)) == ("resource_keys", 3)


def test_a_resource_that_was_ignored_once_or_spelt_otherwise_may_stay(fleet: Fleet) -> None:
    vault = fleet.room.records.mapper.keyring.vault
    other_spelling = SpeakingAgent(fleet.room, "spelt", seed=78)
    other_spelling.say(
        other_spelling.registration(resource_keys={"machine_uuid": "To Be Filled By O.E.M.", "mac": "A-B"})
    )
    ignored = vault.resource_digest(*normalised("machine_uuid", "To Be Filled By O.E.M."))
    as_spelt = vault.resource_digest("mac", "A-B")

    fleet.damage(
        "INSERT OR IGNORE INTO resource_keys VALUES (?, ?), (?, ?)",
        ignored,
        other_spelling.fingerprint,
        as_spelt,
        other_spelling.fingerprint,
    )

    assert fleet.room.side_table_differences() == []


def test_rows_that_change_while_they_are_read_are_not_called_wrong(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.side_table_check.PAGE", 5)
    turns = 0

    def meanwhile(_read: int, _head: int) -> None:
        nonlocal turns
        turns += 1
        fleet.room.clock.forward(1_000)
        if turns < 40:
            fleet.order(PlaceAgents([fleet.id_of(fleet.agents[0])], ["/Servers", "/"][turns % 2]))

    derived = [DerivedPlaces(), DerivedHeld()]
    with closing(SqliteSideTables(fleet.room.directory / "log.db", fleet.room.clock)) as tables:
        found = SideTableCheck(fleet.room.log, fleet.room.records.mapper, derived, meanwhile).differences(tables)

    assert turns > 10
    assert all(each.is_none for each in found)
