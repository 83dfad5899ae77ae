"""Machines told apart: shared keys ignored, duplicates never let in by a rule, merged and split by a person."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from broker.bus import Delivery
from broker.messages import Verdict
from broker.seal import seal
from domain.orders import (
    MergeRegistration,
    Order,
    Outcome,
    RevokeRegistration,
    SetRegistrationPolicy,
    SplitRegistration,
)
from domain.resource_keys import SharedKeys
from store.log import Fence, SideRow, StoreUnavailable
from store.sqlite_log import SqliteLog
from worker_room import SpeakingAgent, WorkerRoom

KEYS = {"machine_uuid": "6f0c6a4e-0f3c-4c55-9a34-0d9f6f1a2b3c", "serial": "SN-1", "mac": "00:50:56:aa:bb:cc"}


class Machine(SpeakingAgent):
    """An agent on a machine with KEYS."""

    def ask(self, **keys: str) -> str:
        return str(self.say(self.registration(resource_keys=KEYS | keys)).content["status"])

    def agent_id(self) -> bytes:
        content = self.say(self.registration(resource_keys=KEYS)).content
        return bytes(content["agent_id"])

    def calls_in(self, number: int) -> Verdict:
        return self.say(self.call_in(number)).verdict


def merge(room: WorkerRoom, one: SpeakingAgent, into: SpeakingAgent) -> Outcome:
    return room.order(MergeRegistration(one.fingerprint, into.fingerprint, "reinstalled"))


def split(room: WorkerRoom, one: SpeakingAgent) -> Outcome:
    return room.order(SplitRegistration(one.fingerprint, "two machines after all"))


def restart(room: WorkerRoom) -> None:
    room.shift = room.new_shift("worker-1")


@pytest.fixture
def old(room: WorkerRoom) -> Machine:
    machine = Machine(room, "pc-1")
    machine.ask()
    machine.be_allowed()
    return machine


@pytest.fixture
def new(room: WorkerRoom, old: Machine) -> Machine:
    machine = Machine(room, "pc-1")
    machine.ask()
    return machine


def test_an_impostor_that_copies_every_key_of_a_victim_gets_nothing_under_allow_all(room: WorkerRoom) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    victim, impostor = Machine(room, "victim"), Machine(room, "victim")
    victim.ask()

    asked = impostor.ask()

    assert asked == "pending"
    assert impostor.calls_in(1) is Verdict.REFUSED
    assert impostor.agent_id() != victim.agent_id()
    assert victim.calls_in(1) is Verdict.ACCEPTED
    assert room.events("Registration.Requested")[-1].facts["duplicate_of"] == [victim.fingerprint]


@pytest.mark.parametrize(
    "spelling", [{"serial": " sn-1 "}, {"mac.2": "00-50-56-AA-BB-CC"}, {"machine_uuid": KEYS["machine_uuid"].upper()}]
)
def test_the_same_key_in_another_spelling_is_the_same(room: WorkerRoom, old: Machine, spelling: dict[str, str]) -> None:
    other = Machine(room, "pc-2")

    other.say(other.registration(resource_keys=spelling))

    assert room.events("Registration.Requested")[-1].facts["duplicate_of"] == [old.fingerprint]


SHARED = [
    {"serial": "To be filled by  O.E.M."},
    {"machine_uuid": "03000200-0400-0500-0006-000700080009"},
    {"machine_uuid": "00000000-0000-0000-0000-000000000000"},
    {"machine_uuid": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"},
    {"serial": "none"},
    {"serial": "Default string"},
    {"serial": "System Serial Number"},
    {"serial": "  "},
    {"mac": "00:00:00:00:00:00"},
    {"mac": "00-50-B6-01-02-03"},
]


@pytest.mark.parametrize("shared", SHARED)
def test_keys_that_many_machines_share_tell_nothing(room: WorkerRoom, shared: dict[str, str]) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    first, second = SpeakingAgent(room, "pc-1"), SpeakingAgent(room, "pc-2")
    first.say(first.registration(resource_keys=shared))

    asked = second.say(second.registration(resource_keys=shared))

    assert asked.content["status"] == "allowed"
    event = room.events("Registration.Requested")[-1]
    assert event.facts["duplicate_of"] == []
    assert event.personal is not None
    assert event.personal["ignored_keys"] == list(shared)


def test_the_list_of_shared_keys_is_a_setting(room: WorkerRoom) -> None:
    room.deployment = room.deployment._replace(shared_keys=SharedKeys(("SN-1",), ("00:50:56",)))
    restart(room)
    room.order(SetRegistrationPolicy("allow-all"))
    first, second = SpeakingAgent(room, "pc-1"), SpeakingAgent(room, "pc-2")
    keys = {"serial": KEYS["serial"], "mac": KEYS["mac"]}
    first.say(first.registration(resource_keys=keys))

    assert second.say(second.registration(resource_keys=keys)).content["status"] == "allowed"


def test_a_policy_may_let_its_rules_allow_and_merge_duplicates(room: WorkerRoom) -> None:
    room.order(SetRegistrationPolicy("allow-all", [], "allow"))
    old, new = Machine(room), Machine(room)
    old.ask()

    assert new.ask() == "allowed"
    assert new.agent_id() == old.agent_id()
    assert new.calls_in(1) is Verdict.ACCEPTED


def test_a_machine_does_not_become_a_duplicate_of_who_copied_its_keys(room: WorkerRoom, old: Machine) -> None:
    copied = Machine(room, "copy")
    copied.ask()
    room.clock.forward(3_600_000)

    old.ask()

    assert room.events("Registration.RequestRepeated")[-1].facts["duplicate_of"] == []


def test_claims_that_name_anothers_keys_later_make_a_duplicate(room: WorkerRoom, old: Machine) -> None:
    other = SpeakingAgent(room, "pc-2")
    other.say(other.registration())
    room.clock.forward(60_000)

    other.say(other.registration(resource_keys={"serial": KEYS["serial"]}))

    assert room.events("Registration.RequestRepeated")[-1].facts["duplicate_of"] == [old.fingerprint]


def test_a_copied_serial_in_a_thousand_requests_makes_no_longer_events(room: WorkerRoom, old: Machine) -> None:
    for number in range(20):
        Machine(room, f"copy-{number}").ask()

    named = room.events("Registration.Requested")[-1].facts["duplicate_of"]

    assert len(named) == 16
    assert named[0] == old.fingerprint


def test_both_allowed_are_one_and_the_first_allowed_is_the_resource(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    agent_id = old.agent_id()

    new.be_allowed()

    assert new.agent_id() == agent_id
    assert new.calls_in(1) is Verdict.ACCEPTED
    assert old.calls_in(1) is Verdict.ACCEPTED
    assert room.topics().count("Agent.KeyJoined") == 1


def test_the_duplicate_allowed_first_is_the_resource(room: WorkerRoom) -> None:
    first, second = Machine(room), Machine(room)
    first.ask()
    second.ask()
    agent_id = second.agent_id()
    second.be_allowed()

    first.be_allowed()

    assert first.agent_id() == agent_id


@pytest.mark.parametrize("blocked", [True, False])
def test_a_duplicate_that_is_blocked_or_pending_stays_an_entry_of_its_own(
    room: WorkerRoom, old: Machine, new: Machine, blocked: bool
) -> None:
    if blocked:
        new.be_blocked()

    assert new.agent_id() != old.agent_id()
    assert old.calls_in(1) is Verdict.ACCEPTED
    assert new.calls_in(1) is Verdict.REFUSED


def test_a_blocked_duplicate_that_is_allowed_is_merged_when_it_asks_again(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    new.be_blocked()
    new.be_allowed()
    before = new.calls_in(1)

    new.ask()

    assert before is Verdict.REFUSED
    assert new.calls_in(1) is Verdict.ACCEPTED
    assert new.agent_id() == old.agent_id()


def test_allowing_again_what_is_allowed_merges_nothing(room: WorkerRoom, old: Machine, new: Machine) -> None:
    new.be_allowed()
    split(room, new)
    head = room.topics()

    again = new.be_allowed()

    assert again.outcome == "unchanged"
    assert room.topics() == [*head, "Order.Decided"]


def test_a_person_merges_a_pending_machine_into_an_allowed_one(room: WorkerRoom, old: Machine, new: Machine) -> None:
    outcome = merge(room, new, old)

    assert outcome.outcome == "done"
    assert new.agent_id() == old.agent_id()
    assert new.calls_in(1) is Verdict.ACCEPTED
    assert merge(room, new, old).outcome == "unchanged"


def test_a_merge_needs_an_allowed_machine_and_one_that_nobody_keeps_out(room: WorkerRoom, old: Machine) -> None:
    pending, blocked = Machine(room), Machine(room)
    pending.ask()
    blocked.ask()
    blocked.be_blocked()

    assert merge(room, old, pending).outcome == "cannot_merge"
    assert merge(room, blocked, old).outcome == "cannot_merge"
    assert room.order(MergeRegistration(pending.fingerprint, old.fingerprint, " ")).outcome == "reason_required"
    assert room.order(MergeRegistration(pending.fingerprint, bytes(32), "why")).outcome == "not_found"
    assert room.order(MergeRegistration(pending.fingerprint, old.fingerprint, "why"), role="viewer").outcome == (
        "role_missing"
    )
    assert "Agent.KeyJoined" not in room.topics()


def test_a_split_restores_both(room: WorkerRoom, old: Machine, new: Machine) -> None:
    ids = old.agent_id(), new.agent_id()
    new.be_allowed()
    old.calls_in(1)
    new.calls_in(1)

    outcome = split(room, new)

    assert outcome.outcome == "done"
    assert (old.agent_id(), new.agent_id()) == ids
    assert (old.calls_in(2), new.calls_in(2)) == (Verdict.ACCEPTED, Verdict.ACCEPTED)


def test_a_pending_machine_that_was_merged_is_pending_again_after_the_split(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    merge(room, new, old)

    split(room, new)

    assert new.calls_in(1) is Verdict.REFUSED
    assert new.ask() == "pending"


def test_what_is_no_merge_cannot_be_split(room: WorkerRoom, old: Machine, new: Machine) -> None:
    assert split(room, old).outcome == "not_merged"
    assert split(room, new).outcome == "not_merged"


def test_revoking_the_resource_stops_every_key_and_a_split_gives_none_back(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    new.be_allowed()

    room.order(RevokeRegistration(new.fingerprint, "stolen"))
    both = [old.calls_in(1), new.calls_in(1)]
    split(room, new)

    assert both == [Verdict.REFUSED, Verdict.REFUSED]
    assert [old.calls_in(1), new.calls_in(1)] == [Verdict.REFUSED, Verdict.REFUSED]
    assert new.ask() == "revoked"


def test_a_chain_of_merges_comes_apart_in_any_order(room: WorkerRoom, old: Machine) -> None:
    second, third = Machine(room), Machine(room)
    ids = {}
    for each in (old, second, third):
        each.ask()
        ids[each] = each.agent_id()
    merge(room, third, old)
    fourth = SpeakingAgent(room, "elsewhere")
    fourth.enrol()
    merge(room, old, fourth)
    merge(room, second, fourth)

    split(room, old)

    assert old.agent_id() == third.agent_id() == ids[old]
    assert second.agent_id() != ids[second]
    split(room, third)
    split(room, second)
    assert {each: each.agent_id() for each in ids} == ids


@pytest.mark.parametrize("restarted", [False, True])
def test_memory_and_log_say_the_same_after_a_merge_and_after_a_split(
    room: WorkerRoom, old: Machine, new: Machine, restarted: bool
) -> None:
    new_id, old_id = new.agent_id(), old.agent_id()
    new.be_allowed()
    if restarted:
        restart(room)
    merged = new.agent_id(), new.calls_in(1), old.calls_in(1)
    split(room, new)
    if restarted:
        restart(room)

    assert merged == (old_id, Verdict.ACCEPTED, Verdict.ACCEPTED)
    assert (new.agent_id(), old.agent_id()) == (new_id, old_id)
    new.be_revoked()
    if restarted:
        restart(room)
    assert (new.calls_in(2), old.calls_in(2)) == (Verdict.REFUSED, Verdict.ACCEPTED)


def test_machines_that_were_set_apart_are_not_merged_by_allowing_one_again(
    room: WorkerRoom, old: Machine, new: Machine
) -> None:
    new.be_allowed()
    split(room, new)
    old.be_revoked()

    old.be_allowed()
    old.ask()

    assert old.agent_id() != new.agent_id()


def test_an_order_that_saw_an_older_version_does_not_merge(room: WorkerRoom, old: Machine, new: Machine) -> None:
    order = MergeRegistration(new.fingerprint, old.fingerprint, "reinstalled")

    assert room.order(order, if_match=7).outcome == "version_moved"
    assert room.order(order, if_match=1).outcome == "done"


def test_a_merge_and_a_call_in_of_its_key_in_one_batch_agree(room: WorkerRoom, old: Machine, new: Machine) -> None:
    restart(room)
    order = Order(
        bytes(16), "olga", "admin", room.clock.now_ms, MergeRegistration(new.fingerprint, old.fingerprint, "x")
    )
    sealed = seal(room.order_keys.order, msgspec.msgpack.encode(order))
    given = Delivery("orders", sealed, "console", "muster.console.x", "c", 1, 1)
    called_in = room.delivery([new.bound(new.call_in(1))[1]])

    room.shift.handle([given, called_in])

    assert room.topics()[-1] == "Diary.CalledIn"
    assert new.agent_id() == old.agent_id()


class RefusingLog:
    """The room's log, which refuses one append."""

    def __init__(self, log: SqliteLog) -> None:
        self._log, self.refuses = log, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def append(self, events: Sequence[StoredEvent], *, fence: Fence, side: Sequence[SideRow] = ()) -> list[int]:
        if self.refuses:
            self.refuses = False
            raise StoreUnavailable
        return self._log.append(events, fence=fence, side=side)


def test_a_merge_whose_commit_failed_has_not_happened(room: WorkerRoom, old: Machine, new: Machine) -> None:
    ids = old.agent_id(), new.agent_id()
    log = RefusingLog(room.log)
    room.log = log  # type: ignore[assignment]
    restart(room)
    old.agent_id(), new.agent_id()
    log.refuses = True

    with pytest.raises(StoreUnavailable):
        merge(room, new, old)

    assert (old.agent_id(), new.agent_id()) == ids
    assert new.calls_in(1) is Verdict.REFUSED
    assert merge(room, new, old).outcome == "done"
    assert new.calls_in(1) is Verdict.ACCEPTED
