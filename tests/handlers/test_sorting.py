"""New agents go where the sorting rules say, once; everybody else stays where people put them."""

from typing import Any
from uuid import UUID

import pytest

from domain.desired_orders import CreateGroup, DeleteGroup, PlaceAgents, SetSortingRules
from worker_room import SpeakingAgent, WorkerRoom

LAB = {"name": "lab", "when": {"property": {"host.name": ["lab-*"]}, "network": ["192.0.2.0/24"]}, "group": "/Lab"}
LINUX = {"name": "linux", "when": {"property": {"os.id": ["debian"]}}, "group": "/Linux"}
DEBIAN = {"os": {"id": "debian"}, "network": {"eth0": {"addresses": ["10.1.2.3", 7]}, "bad": 3}}


@pytest.fixture
def ruled(room: WorkerRoom) -> WorkerRoom:
    for path in ("/Lab", "/Linux", "/Ten"):
        room.order(CreateGroup(path))
    ten = {"name": "ten", "when": {"network": ["10.0.0.0/8"]}, "group": "/Ten"}
    assert room.order(SetSortingRules([LAB, LINUX, ten])).outcome == "done"
    return room


def group_of(room: WorkerRoom, agent: SpeakingAgent) -> str | None:
    place = room.log.place_of(room.records.registration(agent.fingerprint).agent_id.bytes)
    tree = room.records.system_tree()
    groups = {each.id.bytes: tree.groups.path(each.id) for each in tree.groups.by_id.values()}
    return None if place is None else groups[place.group_id]


def reported(room: WorkerRoom, name: str, properties: dict[str, Any]) -> SpeakingAgent:
    agent = SpeakingAgent(room, name)
    agent.enrol()
    agent.say(agent.full_properties(1, properties, bytes(16)))
    return agent


def test_a_machine_is_placed_at_its_first_request_by_what_it_tells_then(ruled: WorkerRoom) -> None:
    agent = SpeakingAgent(ruled, "LAB-1")
    agent.say(agent.registration())

    assert group_of(ruled, agent) == "/Lab"
    (event,) = ruled.events("Placement.Begun")
    assert (event.meta.who, event.facts["rule"]) == ("rule:lab", "lab")


def test_a_rule_that_looks_at_properties_waits_for_them(ruled: WorkerRoom) -> None:
    agent = SpeakingAgent(ruled, "pc-1")
    agent.say(agent.registration(addresses=["10.1.1.1"]))
    assert group_of(ruled, agent) is None
    agent.be_allowed()

    agent.say(agent.full_properties(1, DEBIAN, bytes(16)))

    assert group_of(ruled, agent) == "/Linux"


def test_an_address_among_the_properties_counts(ruled: WorkerRoom) -> None:
    assert group_of(ruled, reported(ruled, "pc-1", DEBIAN | {"os": {"id": "fedora"}})) == "/Ten"


def test_whom_no_rule_takes_stays_above_all_and_is_not_sorted_again(ruled: WorkerRoom) -> None:
    agent = reported(ruled, "pc-1", {"os": {"id": "fedora"}})

    agent.say(agent.full_properties(2, DEBIAN, b"2" * 16))

    assert group_of(ruled, agent) == "/"


def test_whom_a_person_placed_is_not_sorted(ruled: WorkerRoom) -> None:
    agent = SpeakingAgent(ruled, "pc-1")
    agent.enrol()
    ruled.order(PlaceAgents([ruled.records.registration(agent.fingerprint).agent_id.bytes], "/Lab"))

    agent.say(agent.full_properties(1, DEBIAN, bytes(16)))

    assert group_of(ruled, agent) == "/Lab"


def test_without_rules_nobody_is_placed(room: WorkerRoom) -> None:
    reported(room, "pc-1", DEBIAN)

    assert room.events("Placement.Begun") == []


def test_rules_survive_a_restart_and_follow_a_deleted_group(ruled: WorkerRoom) -> None:
    ruled.order(DeleteGroup("/Linux", "/Ten"))
    ruled.leases.release(ruled.shift._fence)
    ruled.shift = ruled.new_shift("worker-2")

    agent = reported(ruled, "pc-1", DEBIAN)

    desired = ruled.shift._memory.desired
    tree = desired.tree()
    assert tree is not None
    place = desired.place(ruled.records.registration(agent.fingerprint).agent_id)
    assert tree.way_of(UUID(bytes=place.group_id))[-1].path == "/Ten"


@pytest.mark.parametrize(
    "rule",
    [
        {"name": "x", "group": "/Nowhere"},
        {"name": "x", "group": "/Lab", "when": {"network": ["no"]}},
        {"name": "", "group": "/Lab"},
        {"group": "/Lab"},
        {"name": "x", "group": "/Lab", "colour": "red"},
    ],
)
def test_a_rule_that_means_nothing_is_refused(ruled: WorkerRoom, rule: dict[str, Any]) -> None:
    assert ruled.order(SetSortingRules([rule])).outcome in ("malformed_order", "not_found")
    assert ruled.order(SetSortingRules([LAB, LAB])).outcome == "malformed_order"
    assert len(ruled.events("SortingRules.Replaced")) == 0
