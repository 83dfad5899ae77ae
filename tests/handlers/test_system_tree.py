"""Groups, places, policies and assignments as the worker decides about them, and what its memory makes of it."""

import math
from typing import Any

import pytest

from domain.desired_orders import (
    ApplyDocument,
    AssignPolicies,
    CreateGroup,
    DefineCategory,
    DeleteGroup,
    DeletePolicy,
    EndAssignment,
    MoveGroup,
    PlaceAgents,
    RenameGroup,
    RestorePolicy,
    RunTaskNow,
    SetSortingRules,
    WritePolicy,
)
from domain.ids import ROOT_GROUP
from domain.orders import MergeRegistration, SplitRegistration
from handlers.desired_state import DesiredState
from handlers.part import Told
from store.log import Place
from wire.held import Item
from worker_room import SpeakingAgent, WorkerRoom

MOTD = {"path": "/etc/motd", "content": "hello\n"}


@pytest.fixture
def planted(room: WorkerRoom) -> WorkerRoom:
    """/Servers/Linux and /Desks; policy motd of category file."""
    for path in ("/Servers", "/Servers/Linux", "/Desks"):
        assert room.order(CreateGroup(path)).outcome == "done"
    assert room.order(WritePolicy("file", "motd", MOTD)).outcome == "done"
    return room


def memory(room: WorkerRoom) -> DesiredState:
    return room.shift._memory.desired


def id_of(room: WorkerRoom, agent: SpeakingAgent) -> bytes:
    return room.records.registration(agent.fingerprint).agent_id.bytes


def held_by(room: WorkerRoom, agent: SpeakingAgent) -> list[tuple[str, str, int]]:
    """Category, name and version of what an agent is to hold."""
    return [(each.category, each.name, each.version) for each in items(room, agent)]


def items(room: WorkerRoom, agent: SpeakingAgent) -> list[Item]:
    return [part.item for part in told(room, agent).parts]


def told(room: WorkerRoom, agent: SpeakingAgent) -> Told:
    agent_id = room.records.registration(agent.fingerprint).agent_id
    return memory(room).told(agent_id, memory(room).place(agent_id))


def restarted(room: WorkerRoom) -> None:
    room.leases.release(room.shift._fence)
    room.shift = room.new_shift("worker-2")


def test_a_group_is_made_below_one_that_is_there(planted: WorkerRoom) -> None:
    assert planted.order(CreateGroup("/Nowhere/Linux")).outcome == "not_found"
    assert planted.order(CreateGroup("/servers/linux")).outcome == "name_taken"
    assert planted.order(CreateGroup("/")).outcome == "malformed_order"


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": ["UTC"]},
        {"timezone": {"zone": 1}},
        {"schedule": None},
        {"schedule": {"cron": 5}},
        {"run_now": "often"},
        {"run_now": 2**60},
        {"settings": []},
        {"type": ["call-in"]},
    ],
)
def test_a_task_of_wrong_kinds_is_refused_by_its_fields(planted: WorkerRoom, wrong: dict[str, Any]) -> None:
    planted.order(WritePolicy("task/hello", "hello", {"type": "call-in"}))
    planted.order(RunTaskNow("hello"))

    outcome = planted.order(WritePolicy("task/hello", "hello", {"type": "call-in"} | wrong))

    assert (outcome.outcome, next(iter(wrong)) in outcome.detail) == ("content_refused", True)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_setting_that_no_report_could_show_is_refused(planted: WorkerRoom, number: float) -> None:
    assert planted.order(WritePolicy("vpn", "home", {"a": [number]})).outcome == "malformed_order"


@pytest.mark.parametrize("policy", [["motd"], {}, None, 7])
def test_a_document_whose_choice_names_no_text_is_refused(planted: WorkerRoom, policy: Any) -> None:
    motd = {"category": "file", "name": "motd", "settings": MOTD}
    chosen = {"group": "/", "category": "file", "choose": [{"policy": policy}]}

    outcome = planted.order(ApplyDocument({"policy": [motd], "assignment": [chosen]}))

    assert (outcome.outcome, "there is no policy" in outcome.detail) == ("malformed_order", True)


def test_groups_are_renamed_and_moved(planted: WorkerRoom) -> None:
    assert planted.order(RenameGroup("/Servers/Linux", "Unix")).outcome == "done"
    assert planted.order(MoveGroup("/Servers/Unix", "/Desks")).outcome == "done"
    assert planted.order(MoveGroup("/Servers/Unix", "/")).outcome == "not_found"
    assert planted.order(MoveGroup("/Desks", "/Desks/Unix")).outcome == "group_within_itself"


def test_a_viewer_changes_nothing_and_an_operator_only_moves_agents(
    planted: WorkerRoom, allowed: SpeakingAgent
) -> None:
    for role in ("viewer", "auditor", "operator"):
        assert planted.order(CreateGroup("/X"), role=role).outcome == "role_missing"
    moved = planted.order(PlaceAgents([id_of(planted, allowed)], "/Desks"), role="operator")
    assert moved.outcome == "done"


def test_agents_are_put_into_groups_all_or_none(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    agent_id = id_of(planted, allowed)

    assert planted.order(PlaceAgents([agent_id, bytes(16)], "/Desks")).outcome == "not_found"
    assert planted.log.place_of(agent_id) is None
    assert planted.order(PlaceAgents([agent_id], "/Desks")).outcome == "done"
    assert planted.order(PlaceAgents([agent_id], "/Desks")).outcome == "unchanged"
    assert planted.log.agents_in([planted.records.system_tree().at("/Desks").id.bytes]) == 1


def test_a_group_with_agents_is_deleted_only_into_another(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(PlaceAgents([id_of(planted, allowed)], "/Servers/Linux"))
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/Desks"))

    refused = planted.order(DeleteGroup("/Servers/Linux"))
    assert refused.outcome == "group_not_empty"
    assert "/Servers/Linux holds 1 agent:" in refused.detail
    assert held_by(planted, allowed) == []
    assert planted.order(DeleteGroup("/Servers/Linux", "/Desks")).outcome == "done"

    assert held_by(planted, allowed) == [("file", "motd", 1)]
    assert planted.order(DeleteGroup("/Desks")).outcome == "group_not_empty"


def test_the_content_of_a_policy_must_fit_its_category(planted: WorkerRoom) -> None:
    refused = planted.order(WritePolicy("file", "motd", {"path": "etc"}))

    assert refused.outcome == "content_refused"
    assert "content" in refused.detail
    assert "path" in refused.detail
    assert planted.order(DefineCategory("file", {})).outcome == "built_in"
    assert planted.order(WritePolicy("vpn", "p", {"port": "x"})).outcome == "done"
    schema = {"properties": {"port": {"type": "integer"}}}
    assert planted.order(DefineCategory("vpn", schema)).outcome == "policies_do_not_fit"
    assert planted.order(DefineCategory("vpn", schema, force=True)).outcome == "done"
    assert planted.order(DefineCategory("vpn", schema)).outcome == "unchanged"
    assert planted.order(WritePolicy("vpn", "p", {"port": "y"})).outcome == "content_refused"


def test_a_return_to_an_older_version_is_a_new_one(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    first = items(planted, allowed)[0]
    assert planted.order(WritePolicy("file", "motd", MOTD | {"content": "bye\n"})).outcome == "done"
    assert planted.order(WritePolicy("file", "motd", MOTD | {"content": "bye\n"})).outcome == "unchanged"

    assert planted.order(RestorePolicy("file", "motd", 1)).outcome == "done"
    assert planted.order(RestorePolicy("file", "motd", 9)).outcome == "not_found"

    last = items(planted, allowed)[0]
    assert (first.version, last.version) == (1, 3)
    assert first.digest == last.digest
    assert planted.events("Policy.Written")[-1].facts["restores"] == 1


def test_an_assigned_policy_is_not_deleted(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/Desks"))
    assert planted.order(DeletePolicy("file", "motd")).outcome == "policy_assigned"
    planted.order(EndAssignment("file", group="/Desks"))
    planted.order(AssignPolicies("file", [{"policy": "motd"}], agent_id=id_of(planted, allowed)))
    assert planted.order(DeletePolicy("file", "motd")).outcome == "policy_assigned"
    planted.order(EndAssignment("file", agent_id=id_of(planted, allowed)))

    assert planted.order(DeletePolicy("file", "motd")).outcome == "done"

    assert planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/")).outcome == "not_found"


def test_a_lock_overrules_what_is_below_and_refuses_more(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(WritePolicy("file", "other", MOTD))
    agent_id = id_of(planted, allowed)
    planted.order(PlaceAgents([agent_id], "/Desks"))
    planted.order(AssignPolicies("file", [{"policy": "other"}], agent_id=agent_id))
    assert held_by(planted, allowed) == [("file", "other", 1)]

    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/", locked=True))

    assert held_by(planted, allowed) == [("file", "motd", 1)]
    assert planted.order(AssignPolicies("file", [], agent_id=agent_id)).outcome == "locked_above"
    assert planted.order(AssignPolicies("file", [], group="/Desks")).outcome == "locked_above"
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    assert held_by(planted, allowed) == [("file", "other", 1)]


@pytest.mark.parametrize(
    "choices",
    [
        [{"policy": "unknown"}],
        [{"policy": "motd", "when": {"network": ["10.0.0.0/33"]}}],
        [{"policy": "motd", "colour": "red"}],
        [{"policy": 1}],
    ],
)
def test_a_choice_that_means_nothing_is_refused(planted: WorkerRoom, choices: list[dict[str, object]]) -> None:
    assert planted.order(AssignPolicies("file", choices, group="/")).outcome in ("not_found", "malformed_order")
    assert not planted.events("SystemTree.AssignmentMade")


def test_a_task_told_to_run_now_keeps_that_when_it_is_written_again(
    planted: WorkerRoom, allowed: SpeakingAgent
) -> None:
    task = {"type": "call-in", "schedule": {"daily": "03:00"}, "timezone": "Europe/Berlin"}
    assert planted.order(WritePolicy("task/report", "report", task)).outcome == "done"
    assert planted.order(WritePolicy("task/report", "other", task)).outcome == "malformed_order"
    for bad in ({"timezone": "Mars/Base"}, {"schedule": {"cron": "61 * * * *"}}):
        assert planted.order(WritePolicy("task/x", "x", task | bad)).outcome == "content_refused"
    planted.order(AssignPolicies("task/report", [{"policy": "report"}], group="/"))

    assert planted.order(RunTaskNow("report"), role="operator").outcome == "done"
    assert planted.order(WritePolicy("task/report", "report", task)).outcome == "unchanged"

    (item,) = items(planted, allowed)
    assert (item.kind, item.category, item.name, item.version) == ("task", "task/report", "report", 2)


def test_if_match_is_the_revision_of_the_desired_state(planted: WorkerRoom) -> None:
    revision = planted.order(CreateGroup("/X")).version

    assert planted.order(CreateGroup("/Y"), if_match=revision).outcome == "done"
    assert planted.order(CreateGroup("/Z"), if_match=revision).outcome == "version_moved"
    assert planted.order(SetSortingRules([{"name": "all", "group": "/X"}])).version > revision + 1


def test_what_an_agent_is_to_hold_is_the_same_after_a_restart(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(PlaceAgents([id_of(planted, allowed)], "/Servers/Linux"))
    planted.order(AssignPolicies("file", [{"policy": "motd", "when": {"network": ["10.0.0.0/8"]}}], group="/Servers"))
    before = told(planted, allowed)

    restarted(planted)

    assert told(planted, allowed) == before
    assert before.parts[0].item.when == {"network": ["10.0.0.0/8"]}


def test_positions_grow_with_every_change_that_touches_an_agent_and_no_other(
    planted: WorkerRoom, allowed: SpeakingAgent
) -> None:
    planted.order(PlaceAgents([id_of(planted, allowed)], "/Servers/Linux"))
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    seen = [told(planted, allowed).position]

    for order in (
        AssignPolicies("file", [], group="/Servers"),
        EndAssignment("file", group="/Servers"),
        WritePolicy("file", "motd", MOTD | {"content": "new"}),
        MoveGroup("/Servers/Linux", "/Desks"),
        DeleteGroup("/Desks/Linux", "/Desks"),
    ):
        assert planted.order(order).outcome == "done"
        seen.append(told(planted, allowed).position)
    assert seen == sorted(set(seen))

    others = (AssignPolicies("file", [], group="/Servers"), CreateGroup("/Desks/X"), WritePolicy("file", "z", MOTD))
    for elsewhere in others:
        assert planted.order(elsewhere).outcome == "done"
    assert told(planted, allowed).position == seen[-1]


def test_nothing_is_made_anew_while_nothing_changes(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))

    assert told(planted, allowed) is told(planted, allowed)


def test_a_batch_that_is_abandoned_leaves_nothing_in_memory(planted: WorkerRoom, allowed: SpeakingAgent) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    before = told(planted, allowed)
    batch = planted.shift._batch()
    batch.desired.tree().create(allowed.room.records.registration(allowed.fingerprint).agent_id, ROOT_GROUP, "Ghost")

    batch.abandon()

    assert told(planted, allowed) == before
    assert planted.order(CreateGroup("/Ghost")).outcome == "done"


def test_a_merged_agent_is_nowhere_and_back_where_it_was_when_split(room: WorkerRoom) -> None:
    room.order(CreateGroup("/Desks"))
    one, other = SpeakingAgent(room, "pc-1"), SpeakingAgent(room, "pc-2")
    for each in (one, other):
        each.enrol()
    agent_id = id_of(room, one)
    room.order(PlaceAgents([agent_id], "/Desks"))
    desks = room.records.system_tree().at("/Desks").id.bytes

    room.order(MergeRegistration(one.fingerprint, other.fingerprint, "same machine"))
    assert room.order(DeleteGroup("/Desks"), if_match=1).outcome == "version_moved"
    assert room.log.agents_in([desks]) == 0
    assert room.order(PlaceAgents([agent_id], "/")).outcome == "malformed_order"
    room.order(SplitRegistration(one.fingerprint, "two after all"))

    assert room.log.agents_in([desks]) == 1
    assert memory(room).place(room.records.registration(one.fingerprint).agent_id) != Place(b"", False, 0)


def test_every_fault_of_a_task_is_told_at_once(planted: WorkerRoom) -> None:
    task = {"type": 5, "schedule": {"daily": "25:00"}, "timezone": "Mars/Base", "colour": "red", "time_limit_s": 0}

    outcome = planted.order(WritePolicy("task/x", "x", task))

    assert outcome.outcome == "content_refused"
    named = ("type", "schedule.daily", "timezone", "colour", "time_limit_s")
    assert [each for each in named if each in outcome.detail] == [*named]


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ({"once": "2027-13-45T08:00"}, "schedule.once: "),
        ({"cron": "61 * * * *"}, "schedule.cron: "),
        ({"cron": "* * *"}, "schedule.cron: "),
    ],
)
def test_a_time_that_never_comes_is_refused_beside_a_bad_zone(
    planted: WorkerRoom, schedule: dict[str, Any], told: str
) -> None:
    outcome = planted.order(WritePolicy("task/x", "x", {"type": "x", "schedule": schedule, "timezone": "Mars/Base"}))

    assert (outcome.outcome, told in outcome.detail, "timezone: " in outcome.detail) == ("content_refused", True, True)
