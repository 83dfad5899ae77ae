"""Policies on their way to agents: what is assigned where an agent is, no more, and never an older state."""

import pytest

from domain.desired_orders import (
    AssignPolicies,
    CreateGroup,
    EndAssignment,
    PlaceAgents,
    RunTaskNow,
    SetSortingRules,
    WritePolicy,
)
from domain.orders import MergeRegistration, SplitRegistration
from tests.handlers.test_delivery import OTHER, PROPERTIES, Speaker, holding, manifest_in
from wire.held import NO_LISTS, Manifest
from worker_room import CODEC, SpeakingAgent, Spoken, WorkerRoom

MOTD = {"path": "/etc/motd", "content": "hello\n"}


@pytest.fixture
def planted(room: WorkerRoom) -> WorkerRoom:
    for path in ("/Servers", "/Desks"):
        room.order(CreateGroup(path))
    room.order(WritePolicy("file", "motd", MOTD))
    room.order(WritePolicy("file", "strict", MOTD | {"mode": "0600"}))
    return room


@pytest.fixture
def speaker(planted: WorkerRoom, allowed: SpeakingAgent) -> Speaker:
    return Speaker(allowed)


def id_of(room: WorkerRoom, agent: SpeakingAgent) -> bytes:
    return room.records.registration(agent.fingerprint).agent_id.bytes


def names(manifest: Manifest) -> list[str]:
    return [each.name for each in manifest.items]


def test_a_tree_that_assigns_nothing_adds_no_byte(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(PlaceAgents([id_of(planted, speaker.agent)], "/Desks"))

    assert speaker.idle().content == {}


def test_what_a_group_assigns_comes_with_its_content(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(PlaceAgents([id_of(planted, speaker.agent)], "/Desks"))
    when = {"network": ["10.0.0.0/8"]}
    planted.order(AssignPolicies("file", [{"policy": "strict", "when": when}, {"policy": "motd"}], group="/Desks"))

    told = speaker.idle()

    items = manifest_in(told).items
    assert [(each.kind, each.category, each.name, each.version, each.when) for each in items] == [
        ("policy", "file", "strict", 1, when),
        ("policy", "file", "motd", 1, None),
    ]
    assert [CODEC.decode(each) for each in told.content["contents"]] == [MOTD | {"mode": "0600"}, MOTD]


def test_what_is_held_is_not_sent_again_and_a_change_elsewhere_sends_nothing(
    planted: WorkerRoom, speaker: Speaker
) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    held = holding(manifest_in(speaker.idle()))

    assert speaker.idle(OTHER, held).content == {}
    planted.order(AssignPolicies("file", [{"policy": "strict"}], group="/Servers"))
    planted.order(WritePolicy("file", "strict", MOTD | {"mode": "0400"}))
    assert speaker.idle(OTHER).content == {}


def test_only_what_changed_travels(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    planted.order(WritePolicy("vpn", "home", {"port": 1194}))
    planted.order(AssignPolicies("vpn", [{"policy": "home"}], group="/"))
    held = holding(manifest_in(speaker.idle()))
    speaker.idle(OTHER, held)
    planted.order(WritePolicy("vpn", "home", {"port": 1195}))

    told = speaker.idle(OTHER)

    assert [CODEC.decode(each) for each in told.content["contents"]] == [{"port": 1195}]
    assert names(manifest_in(told)) == ["motd", "home"]


def test_an_assignment_that_ended_leaves_a_manifest_without_it(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    before = manifest_in(speaker.idle())
    speaker.idle(OTHER, holding(before))
    planted.order(EndAssignment("file", group="/"))

    after = manifest_in(speaker.idle(OTHER))

    assert after.items == ()
    assert after.version > before.version


def test_an_agent_that_moves_gets_what_its_new_group_has(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(AssignPolicies("file", [{"policy": "strict"}], group="/Servers"))
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/Desks"))
    planted.order(PlaceAgents([id_of(planted, speaker.agent)], "/Servers"))
    before = manifest_in(speaker.idle())
    speaker.idle(OTHER, holding(before))
    planted.order(PlaceAgents([id_of(planted, speaker.agent)], "/Desks"))

    told = speaker.idle(OTHER)

    assert (names(before), names(manifest_in(told))) == (["strict"], ["motd"])
    assert [CODEC.decode(each) for each in told.content["contents"]] == [MOTD]


def test_a_run_now_reaches_the_agent_as_a_version(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(WritePolicy("task/hello", "hello", {"type": "call-in"}))
    planted.order(AssignPolicies("task/hello", [{"policy": "hello"}], group="/"))
    speaker.idle(OTHER, holding(manifest_in(speaker.idle())))
    planted.order(RunTaskNow("hello"))

    told = speaker.idle(OTHER)

    assert [CODEC.decode(each)["run_now"] for each in told.content["contents"]] == [2]


def test_a_new_agent_that_is_sorted_gets_its_policies_in_the_same_session(planted: WorkerRoom) -> None:
    when = {"property": {"os.id": ["debian"]}}
    planted.order(SetSortingRules([{"name": "debian", "when": when, "group": "/Servers"}]))
    planted.order(AssignPolicies("file", [{"policy": "strict"}], group="/Servers"))
    agent = SpeakingAgent(planted, "new")
    agent.enrol()

    first: Spoken = agent.say(agent.full_properties(1, {"os": {"id": "debian"}}, PROPERTIES + NO_LISTS))
    assert first.content == {"held": True}
    second = agent.say(agent.call_in(2, PROPERTIES + NO_LISTS))

    assert names(manifest_in(second)) == ["strict"]


def test_a_revoked_agent_gets_no_policy(planted: WorkerRoom, speaker: Speaker) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    speaker.agent.be_revoked()

    assert "manifest" not in speaker.idle().content


def test_after_a_restart_an_agent_that_holds_all_is_asked_nothing_and_sent_nothing(
    planted: WorkerRoom, speaker: Speaker
) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    held = holding(manifest_in(speaker.idle()))
    speaker.idle(OTHER, held)
    planted.leases.release(planted.shift._fence)
    planted.shift = planted.new_shift("worker-2")

    assert speaker.idle(OTHER).content == {}
    assert speaker.idle(b"unheard!").content == {"held": True}


@pytest.fixture
def other(planted: WorkerRoom) -> SpeakingAgent:
    """A second allowed machine."""
    agent = SpeakingAgent(planted, "pc-2")
    agent.enrol()
    return agent


def merge(room: WorkerRoom, agent: SpeakingAgent, into: SpeakingAgent) -> None:
    assert room.order(MergeRegistration(agent.fingerprint, into.fingerprint, "the same machine")).outcome == "done"


def test_a_merged_machine_gets_what_the_other_has_though_its_own_was_assigned_later(
    planted: WorkerRoom, speaker: Speaker, other: SpeakingAgent
) -> None:
    planted.order(AssignPolicies("file", [{"policy": "strict"}], group="/Servers"))
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/Desks"))
    planted.order(PlaceAgents([id_of(planted, other)], "/Desks"))
    planted.order(PlaceAgents([id_of(planted, speaker.agent)], "/Servers"))
    before = manifest_in(speaker.idle())
    speaker.idle(OTHER, holding(before))
    merge(planted, speaker.agent, other)

    after = manifest_in(speaker.idle(OTHER))

    assert (names(before), names(after)) == (["strict"], ["motd"])
    assert after.version > before.version


def test_a_machine_that_is_separated_gets_what_it_had_before_though_it_was_never_placed(
    planted: WorkerRoom, speaker: Speaker, other: SpeakingAgent
) -> None:
    planted.order(AssignPolicies("file", [{"policy": "motd"}], group="/"))
    planted.order(AssignPolicies("file", [{"policy": "strict"}], group="/Servers"))
    merge(planted, speaker.agent, other)
    planted.order(PlaceAgents([id_of(planted, other)], "/Servers"))
    before = manifest_in(speaker.idle())
    speaker.idle(OTHER, holding(before))
    assert planted.order(SplitRegistration(speaker.agent.fingerprint, "two machines")).outcome == "done"

    after = manifest_in(speaker.idle(OTHER))

    assert (names(before), names(after)) == (["strict"], ["motd"])
    assert after.version > before.version


def test_a_machine_that_another_was_merged_into_is_still_new_to_the_sorting_rules(
    planted: WorkerRoom, speaker: Speaker, other: SpeakingAgent
) -> None:
    merge(planted, other, speaker.agent)
    planted.order(AssignPolicies("file", [{"policy": "strict"}], group="/Servers"))
    when = {"property": {"os.id": ["debian"]}}
    planted.order(SetSortingRules([{"name": "debian", "when": when, "group": "/Servers"}]))

    speaker.agent.say(speaker.agent.full_properties(2, {"os": {"id": "debian"}}, PROPERTIES + NO_LISTS))

    told = speaker.agent.say(speaker.agent.call_in(3, PROPERTIES + NO_LISTS))
    assert names(manifest_in(told)) == ["strict"]


def test_a_machine_that_is_sorted_still_hears_the_id_that_a_merge_gave_it(
    planted: WorkerRoom, other: SpeakingAgent
) -> None:
    planted.order(SetSortingRules([{"name": "all", "when": None, "group": "/Servers"}]))
    agent = SpeakingAgent(planted, "pc-3")
    agent.enrol()
    merge(planted, agent, other)

    told = agent.say(agent.full_properties(1, {}, PROPERTIES + NO_LISTS))

    assert told.content == {"held": True, "agent_id": id_of(planted, other)}
