"""No order assigns an agent more than a manifest carries; who has it all the same is told nothing until it is less."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.choice import Choice
from domain.desired_orders import (
    ApplyDocument,
    AssignPolicies,
    DeleteGroup,
    DesiredCommand,
    EndAssignment,
    MoveGroup,
    PlaceAgents,
    WritePolicy,
)
from domain.manifest_room import MOST_BYTES, MOST_ITEMS, load_of
from domain.orders import SetServerList
from handlers.assigned import MANIFEST_LIMIT
from handlers.batch import Cause
from handlers.draft import Draft
from handlers.room_for import loads
from tests.handlers.test_delivery import HELD, SERVERS, Speaker, holding, manifest_in
from wire.held import AUTHORITIES, MAX_ITEMS, MAX_NAME, REPOSITORIES, Item, Manifest, manifest_plain
from wire.held import SERVERS as SERVER_LIST
from worker_room import CODEC, SpeakingAgent, WorkerRoom

EACH = 32
"""Choices of one assignment: as many as there may be."""
FULL = MOST_ITEMS // EACH
"""Categories with so many choices, and there is no room for one more."""


def conditions(number: int = EACH, size: int = 1) -> list[dict[str, Any]]:
    """So many different ones, each of some bytes."""
    return [{"property": {"n": [f"{at:03}".ljust(size, "x")]}} for at in range(number)]


def choices(number: int = EACH) -> list[dict[str, Any]]:
    """Of one policy, each under a condition of its own."""
    return [{"policy": "p", "when": when} for when in conditions(number)]


def document(assigned: dict[tuple[str, str], int], *groups: str) -> dict[str, Any]:
    """Groups, and by group and category how many choices are assigned; two categories more have a policy."""
    names = sorted({category for _, category in assigned} | {"extra", "more"})
    return {
        "group": [{"path": each} for each in groups],
        "policy": [{"category": each, "name": "p", "settings": {}} for each in names],
        "assignment": [
            {"group": group, "category": category, "choose": [{"policy": "p", **each} for each in conditions(number)]}
            for (group, category), number in assigned.items()
        ],
    }


def filled(group: str) -> dict[tuple[str, str], int]:
    """As much as there is room for at this group, but for 16."""
    return {(group, f"c{number:03}"): EACH for number in range(FULL)}


@pytest.fixture(scope="module")
def almost_full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A room at rest; it is of another seed than its copies: an order under an id that was used is a repeat."""
    room = WorkerRoom(directory := tmp_path_factory.mktemp("almost_full"), seed=0)
    wanted = document(filled("/Full") | {("/Desks/Some", "extra"): EACH}, "/Full", "/Full/Below", "/Desks/Some")
    assert room.order(ApplyDocument(wanted)).outcome == "done"
    room.close()
    return directory


@pytest.fixture
def room(almost_full: Path, tmp_path: Path) -> Iterator[WorkerRoom]:
    """/Full has almost all there is room for; /Desks nothing, /Desks/Some 32 of its own, and /Full/Below inherits."""
    room = WorkerRoom(Path(shutil.copytree(almost_full, tmp_path / "room")))
    yield room
    room.close()


def id_of(room: WorkerRoom, agent: SpeakingAgent) -> bytes:
    return room.records.registration(agent.fingerprint).agent_id.bytes


def is_refused(room: WorkerRoom, command: DesiredCommand) -> str:
    """The sentence; nothing but the refusal was recorded."""
    before = room.topics()
    outcome = room.order(command)
    assert outcome.outcome == "too_much_assigned", outcome
    assert room.topics() == [*before, "Order.Decided"]
    return outcome.detail


def assigned_before_there_was_a_limit(room: WorkerRoom, group: str, category: str) -> None:
    """As an older worker would have done it."""
    batch = room.shift._batch()
    draft = Draft(batch)
    when = tuple(Choice("p", each) for each in conditions())
    draft.assign(draft.tree.at(group).id, category, when, locked=False)
    draft.stage(Cause(who="operator:olga"))
    batch.commit(room.shift._fence)


def test_an_assignment_is_refused_that_is_too_much_and_says_where_how_much_and_what_to_do(room: WorkerRoom) -> None:
    told = is_refused(room, AssignPolicies("extra", choices(), group="/Full"))

    assert told == (
        "Agents in /Full would be assigned 4,096 policies and tasks, and a manifest carries 4,080: assign less"
        " there or above, or give those who do not need all of it a group of their own."
    )
    assert room.order(AssignPolicies("extra", choices(16), group="/Full")).outcome == "done"


def test_an_assignment_above_is_refused_for_what_a_group_below_has(room: WorkerRoom) -> None:
    assert "Agents in /Full would" in is_refused(room, AssignPolicies("extra", choices(), group="/"))
    assert room.order(AssignPolicies("extra", choices(), group="/Desks")).outcome == "done"


def test_conditions_count_by_their_bytes(room: WorkerRoom) -> None:
    long = [{"policy": "p", "when": {"property": {str(at): ["x" * 255] * 64}}} for at in range(EACH)]

    told = is_refused(room, AssignPolicies("extra", long, group="/Desks"))

    assert "KiB to name with their conditions, and a manifest carries 476" in told


def test_a_group_does_not_go_where_what_applies_there_would_be_too_much_for_it(room: WorkerRoom) -> None:
    assert "Agents in /Desks/Some would" in is_refused(room, MoveGroup("/Desks/Some", "/Full"))
    assert "Agents in /Desks/Some would" in is_refused(room, DeleteGroup("/Desks", "/Full"))
    assert room.order(MoveGroup("/Desks/Some", "/")).outcome == "done"


def test_what_a_lock_overrules_weighs_nothing_until_the_lock_ends(room: WorkerRoom) -> None:
    assert room.order(AssignPolicies("extra", choices(1), group="/", locked=True)).outcome == "done"
    assert room.order(MoveGroup("/Desks/Some", "/Full")).outcome == "done"

    told = is_refused(room, EndAssignment("extra", group="/"))

    assert "Agents in /Full/Some would" in told


def test_an_agent_gets_nothing_of_its_own_and_no_place_where_that_is_too_much(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    agent_id = id_of(room, allowed)
    room.order(PlaceAgents([agent_id], "/Full"))
    told = is_refused(room, AssignPolicies("extra", choices(), agent_id=agent_id))
    room.order(PlaceAgents([agent_id], "/Desks"))
    room.order(AssignPolicies("extra", choices(), agent_id=agent_id))

    assert told.startswith("Agent ")
    assert is_refused(room, PlaceAgents([agent_id], "/Full/Below")) == told


def test_agents_that_share_a_group_weigh_what_applies_there_and_what_each_has_of_its_own(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    second = SpeakingAgent(room, "pc-2", seed=8)
    second.enrol()
    one, other = id_of(room, allowed), id_of(room, second)
    room.order(PlaceAgents([one, other], "/Desks/Some"))
    room.order(AssignPolicies("extra", choices(3), agent_id=one))
    room.order(AssignPolicies("more", choices(5), agent_id=other))

    found = loads(Draft(room.shift._batch()))

    assert [found[UUID(bytes=each)].items for each in (one, other)] == [3, EACH + 5]


def test_a_document_is_refused_whole(room: WorkerRoom) -> None:
    wanted = document(filled("/Full") | {("/", "more"): EACH}, "/Full", "/New")

    assert "Agents in /Full would" in is_refused(room, ApplyDocument(wanted))


def test_a_document_may_move_much_from_one_place_to_another(room: WorkerRoom) -> None:
    assert room.order(ApplyDocument(document(filled("/Desks"), "/Desks/Some"))).outcome == "done"


def test_what_is_too_much_already_may_become_less_and_not_more(room: WorkerRoom) -> None:
    assigned_before_there_was_a_limit(room, "/Full", "extra")

    is_refused(room, AssignPolicies("more", choices(1), group="/Full"))
    assert room.order(AssignPolicies("extra", choices(20), group="/Full")).outcome == "done"
    assert room.order(WritePolicy("extra", "p", {"new": True})).outcome == "done"
    assert room.order(EndAssignment("c000", group="/Full")).outcome == "done"


def test_an_agent_that_is_assigned_too_much_is_told_nothing_until_it_is_less(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    speaker, agent_id = Speaker(allowed), id_of(room, allowed)
    room.order(SetServerList(SERVERS))
    room.order(MoveGroup("/Desks/Some", "/"))
    room.order(PlaceAgents([agent_id], "/Desks"))
    room.order(AssignPolicies("extra", choices(), agent_id=agent_id))
    before = manifest_in(speaker.idle())
    speaker.idle(HELD, holding(before))

    assert room.order(MoveGroup("/Desks", "/Full")).outcome == "done"
    told = speaker.idle(HELD)
    room.order(EndAssignment("extra", agent_id=agent_id))
    after = manifest_in(speaker.idle(HELD))

    assert told.content == {}
    assert [len(each.items) for each in (before, after)] == [1 + EACH, 1 + FULL * EACH]


def test_what_orders_let_pass_fits_into_a_manifest_with_the_lists() -> None:
    lists = [Item(bytes(16), kind, "", kind, 2**63 - 1, bytes(32)) for kind in (AUTHORITIES, SERVER_LIST, REPOSITORIES)]
    long = Item(bytes(16), "policy", "c" * 64, "n" * MAX_NAME, 2**32 - 1, bytes(32), conditions(1, 200)[0])
    weighs = load_of(long.category, (Choice(long.name, long.when),)).size
    items = (*lists, *[long] * (MOST_BYTES // weighs))

    plain = manifest_plain(Manifest(2**32, 2**63 - 1, items))

    assert weighs == len(CODEC.encode(list(long)))
    assert len(CODEC.encode({"manifest": plain})) <= MANIFEST_LIMIT
    assert MOST_ITEMS + len(lists) <= MAX_ITEMS
