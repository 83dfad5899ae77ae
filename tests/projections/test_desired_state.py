"""The desired state and what became of it, over both databases; what agents hold is counted right whatever happens."""

import json
import random
from collections import Counter
from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.choice import Choice
from domain.desired_document import differences
from domain.ids import NS, ROOT_GROUP, policy_stream
from domain.placement import Placement
from domain.policy import Policy
from domain.read_document import read_document
from domain.sorting_rules import SortingRule, SortingRules
from domain.system_tree import POLICY, SystemTree
from projections.reports import NotFound
from projections.reports.listing import Wanted
from projections.reports.progress import State
from tests.projections.fleet_log import Machine
from tests.projections.under_test import Room
from wire.held import Held, held_plain
from wire.msgspec_codec import MsgspecCodec
from wire.types import AgentType

SERVERS, DESKS = (uuid5(NS, f"test/{name}") for name in ("servers", "desks"))
MOTD, STRICT = (policy_stream("policy", "file", name).bytes for name in ("motd", "strict"))
_encode = MsgspecCodec().encode


class Planted:
    """/Servers and /Desks; motd above all, strict at /Servers; verbs for what happens to agents."""

    def __init__(self, room: Room) -> None:
        self.room, self.fleet = room, room.fleet
        self.tree = SystemTree.plant()
        self.policies = {
            name: Policy.create("file", name, _encode({"path": f"/{name}", "content": ""}), "")
            for name in ("motd", "strict")
        }
        for name, policy in self.policies.items():
            self.fleet.append_of(policy)
            self.tree.revise(POLICY, category="file", name=name)
        self.tree.create(SERVERS, ROOT_GROUP, "Servers")
        self.tree.create(DESKS, ROOT_GROUP, "Desks")
        self.tree.assign(ROOT_GROUP, "file", (Choice("motd"),), locked=False)
        self.tree.assign(
            SERVERS, "file", (Choice("strict", {"network": ["192.0.2.0/24"]}), Choice("motd")), locked=False
        )
        self.fleet.append_of(self.tree)
        self.placements: dict[UUID, Placement] = {}

    def agent(self, name: str) -> Machine:
        machine = self.fleet.register(name)
        self.fleet.allow(machine)
        return machine

    def place(self, machine: Machine, group: UUID) -> None:
        known = self.placements.get(machine.agent_id)
        if known is None:
            known = self.placements[machine.agent_id] = Placement.begin(machine.agent_id, group)
        else:
            known.move(group)
        self.fleet.append_of(known)

    def override(self, machine: Machine, policy: str | None) -> None:
        known = self.placements.setdefault(machine.agent_id, Placement.begin(machine.agent_id))
        if policy is None:
            known.end_override("file")
        else:
            known.override("file", (Choice(policy),))
        self.fleet.append_of(known)

    def hold(self, machine: Machine, *policies: bytes) -> None:
        content = {"held": held_plain(Held((1, 7), dict.fromkeys(policies, 1)))}
        self.fleet.package(machine, AgentType.PROPS_VERSION, "Diary.CalledIn", content)

    def report(self, machine: Machine, policy: bytes, outcome: str, version: int = 1) -> None:
        data = {"category": "file", "name": "x", "id": policy, "version": version, "outcome": outcome, "drift": False}
        self.fleet.deliver(machine, [{"id": bytes(16), "type": "PolicyEnforced", "time": 1, "data": data}])

    def counts(self) -> dict[str, tuple[int, ...]]:
        self.room.catch_up()
        found = self.room.reports().desired.compliance.counts()["policies"]
        shown = ("assigned", "delivered", "enforced", "drifted", "failed")
        return {row["name"]: tuple(row[name] for name in shown) for row in found}


@pytest.fixture
def planted(room: Room) -> Planted:
    return Planted(room)


def test_counts_follow_agents_through_the_tree(planted: Planted) -> None:
    one, two = planted.agent("one"), planted.agent("two")
    planted.place(one, SERVERS)
    assert planted.counts() == {"motd": (2, 0, 0, 0, 0), "strict": (1, 0, 0, 0, 0)}

    planted.hold(one, MOTD, STRICT)
    planted.report(one, STRICT, "enforced")
    planted.hold(two, MOTD)
    planted.report(two, MOTD, "failed")
    assert planted.counts() == {"motd": (2, 2, 0, 0, 1), "strict": (1, 1, 1, 0, 0)}

    planted.place(one, DESKS)
    assert planted.counts() == {"motd": (2, 2, 0, 0, 1), "strict": (0, 0, 0, 0, 0)}
    planted.override(two, "strict")
    assert planted.counts() == {"motd": (1, 1, 0, 0, 0), "strict": (1, 0, 0, 0, 0)}
    planted.override(two, None)
    planted.fleet.revoke(two)
    assert planted.counts() == {"motd": (1, 1, 0, 0, 0), "strict": (0, 0, 0, 0, 0)}


def test_a_new_version_is_assigned_and_not_yet_delivered(planted: Planted) -> None:
    machine = planted.agent("one")
    planted.hold(machine, MOTD)
    planted.policies["motd"].write(_encode({"path": "other"}), "")
    planted.fleet.append_of(planted.policies["motd"])

    assert planted.counts()["motd"] == (1, 0, 0, 0, 0)


def test_what_an_agent_makes_up_is_counted_nowhere(planted: Planted) -> None:
    machine = planted.agent("one")
    made_up = [bytes([at]) * 16 for at in range(200)]
    planted.hold(machine, MOTD, *made_up)
    planted.report(machine, MOTD, "enforced")
    for each in made_up[:20]:
        planted.report(machine, each, "enforced")
    planted.report(machine, MOTD, "failed", version=99)

    assert planted.counts()["motd"] == (1, 1, 1, 0, 0)
    [row] = _rows(planted.room, "SELECT counts FROM {compliance_counts} WHERE agents <> 0")
    assert len(json.loads(row["counts"])) == 2


def some_history(planted: Planted, chance: random.Random, groups: list[UUID]) -> list[Machine]:
    machines = [planted.agent(f"pc-{number}") for number in range(6)]
    verbs: list[Any] = [
        lambda machine: planted.place(machine, chance.choice(groups)),
        lambda machine: planted.override(machine, chance.choice(["motd", "strict", None])),
        lambda machine: planted.hold(machine, *chance.sample([MOTD, STRICT], chance.randint(0, 2))),
        lambda machine: planted.report(
            machine, chance.choice([MOTD, STRICT]), chance.choice(["enforced", "mended", "failed"])
        ),
    ]
    for _ in range(40):
        chance.choice(verbs)(chance.choice(machines))
        if chance.random() < 0.2:
            planted.room.catch_up()
    return machines


@pytest.mark.parametrize("seed", range(8))
def test_a_filtered_list_has_the_lines_of_the_whole_list_that_fit_after_any_history(
    planted: Planted, seed: int
) -> None:
    chance = random.Random(seed)
    rooms = [uuid5(NS, f"test/room-{number}") for number in range(6)]
    for number, room in enumerate(rooms):
        planted.tree.create(room, chance.choice([SERVERS, DESKS]), f"Room {number}")
    planted.tree.assign(rooms[0], "file", (), locked=False)
    planted.tree.assign(rooms[1], "file", (Choice("strict"),), locked=True)
    planted.fleet.append_of(planted.tree)
    some_history(planted, chance, [*rooms, SERVERS, ROOT_GROUP])
    planted.tree.delete(rooms[2], rooms[1], 1)
    planted.fleet.append_of(planted.tree)
    planted.room.catch_up()
    compliance = planted.room.reports().desired.compliance
    everything = compliance.page(Wanted(limit=100)).items

    assert len(everything) == 6
    for policy in (None, "motd", "strict"):
        for state in (None, *map(str, State)):
            fitting = [
                each for each in everything if policy in (None, each["policy"]) and state in (None, each["state"])
            ]
            for category in (None, "file"):
                assert compliance.page(Wanted(limit=100), category, policy, state).items == fitting
            assert compliance.page(Wanted(limit=100), "agent", None, state).items == []


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_a_slow_count_after_any_history(planted: Planted, seed: int) -> None:
    machines = some_history(planted, random.Random(seed), [SERVERS, DESKS, ROOT_GROUP])
    counted = planted.counts()

    desired = planted.room.reports().desired
    slow: dict[str, Counter[str]] = {"motd": Counter(), "strict": Counter()}
    for machine in machines:
        (category,) = desired.agents.one(machine.name)["categories"]
        held = {each for each in (MOTD, STRICT) if (each.hex(), 1) in _held(planted.room, machine)}
        for choice in category["choices"]:
            slow[choice["policy"]]["assigned"] += 1
            slow[choice["policy"]]["delivered"] += {"motd": MOTD, "strict": STRICT}[choice["policy"]] in held
    assert {name: found[:2] for name, found in counted.items()} == {
        name: (found["assigned"], found["delivered"]) for name, found in slow.items()
    }


def test_every_report_answers_over_either_database(planted: Planted) -> None:
    machine = planted.agent("one")
    planted.fleet.full_properties(machine, {"os": {"id": "debian"}, "network": {"eth0": {"addresses": ["192.0.2.9"]}}})
    planted.place(machine, SERVERS)
    planted.override(machine, "motd")
    planted.fleet.append_of(SortingRules.adopt([SortingRule("all", None, DESKS.bytes)]))
    task = Policy.create("task/t", "t", _encode({"type": "call-in", "run_now": 3}), "")
    planted.fleet.append_of(task)
    run = {"run": "r", "name": "t", "id": task.id.bytes}
    planted.fleet.deliver(machine, [{"id": bytes(16), "type": "TaskStarted", "time": 5, "data": run | {"due": 4}}])
    planted.room.catch_up()
    desired = planted.room.reports().desired

    assert [row["path"] for row in desired.groups.page().items] == ["/", "/Desks", "/Servers"]
    assert desired.groups.one("/servers")["agents"] == 1
    assert [row["name"] for row in desired.policies.page().items] == ["motd", "strict"]
    assert desired.policies.one("file", "motd", 1)["settings"] == {"path": "/motd", "content": ""}
    assert [row["version"] for row in desired.policies.history("file", "motd").items] == [1]
    assert desired.policies.difference("file", "motd", 1, 1)["lines"] == []
    assert desired.policies.categories().items == []
    with pytest.raises(NotFound):
        desired.policies.one("file", "nothing")
    assert [row["name"] for row in desired.tasks.page().items] == ["t"]
    assert desired.tasks.one("t")["runs"] == {"running": 1}
    assert [row["run"] for row in desired.tasks.runs("t", "one", 10, None).items] == ["r"]
    assert desired.sorting.rules()["rules"] == [{"name": "all", "when": None, "group": "/Desks"}]
    assert [row["then"] for row in desired.sorting.dry_run([("all", None, "/Desks")], 10, None).items] == ["/Desks"]
    assert desired.agents.one("one")["categories"][0]["state"] == State.ASSIGNED
    assert [row["policy"] for row in desired.compliance.page(Wanted(limit=10)).items] == ["motd"]
    exported = desired.document.export()
    assert exported["task"] == [{"name": "t", "type": "call-in"}]
    wanted = read_document({name: value for name, value in exported.items() if name != "revision"}, lambda _: [])
    assert desired.document.plan(wanted).changes == []
    emptied = wanted._replace(assignments={})
    assert [number for _, number in desired.document.plan(emptied).changes] == [1, 1, 1]
    assert differences(wanted, wanted) == []


def _held(room: Room, machine: Machine) -> set[tuple[str, int]]:
    [row] = _rows(room, "SELECT held FROM {compliance} WHERE agent_id = ?", machine.agent_id.bytes)
    return {(key, version) for key, version in json.loads(row["held"])}


def _rows(room: Room, query: str, *values: bytes) -> list[Any]:
    return list(room.reports()._views.look(["policy_compliance"], lambda view: view.query(query, values)))
