"""Poison is parked with what follows of the same agent; everybody else goes on."""

from domain import diary
from domain.agent import Agent
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded
from tests.projections.fleet_log import Machine
from tests.projections.under_test import Room


def parked_of(room: Room, projection: str) -> int:
    parked: int = next(each["parked"] for each in room.reports().projections() if each["name"] == projection)
    return parked


def one_that_chokes_on(number: int, of: Machine) -> Projection:
    """The projection `call_ins`, with a fault in its code."""
    choking = Projection("call_ins", version=1)

    @choking.when(diary.CALLED_IN)
    def called_in(event: Recorded, rows: Rows) -> None:
        if event.facts["number"] == number and event.meta.subject_id == of.subject_id:
            raise ZeroDivisionError("a fault in the code")
        row = (event.position, event.meta.subject_id, event.facts["number"], event.meta.recorded_at_ms)
        rows.add("call_ins", (*row, None, 4, 1, None, None))

    return choking


def with_fault(choking: Projection) -> tuple[Projection, ...]:
    return tuple(choking if each.name == choking.name else each for each in PROJECTIONS)


def test_poison_is_parked_with_later_events_of_the_same_agent_and_others_go_on(room: Room) -> None:
    alpha, beta = room.fleet.register("alpha"), room.fleet.register("beta")
    for _ in range(5):
        room.fleet.call_in(alpha)
        room.fleet.call_in(beta)

    room.catch_up(room.projector(with_fault(one_that_chokes_on(3, alpha))))

    reports = room.reports()
    assert [row["number"] for row in reports.call_ins(agent="alpha").items] == [2, 1]
    assert [row["number"] for row in reports.call_ins(agent="beta").items] == [5, 4, 3, 2, 1]
    assert parked_of(room, "call_ins") == 3


def test_poison_for_one_projection_is_none_for_the_others(room: Room) -> None:
    alpha = room.fleet.register("alpha")
    for _ in range(5):
        room.fleet.call_in(alpha)

    room.catch_up(room.projector(with_fault(one_that_chokes_on(3, alpha))))

    assert room.reports().agent("alpha")["call_ins"] == 5
    assert parked_of(room, "agents") == 0


def test_what_was_parked_keeps_later_events_waiting_after_a_restart(room: Room) -> None:
    alpha = room.fleet.register("alpha")
    choking = with_fault(one_that_chokes_on(2, alpha))
    for _ in range(3):
        room.fleet.call_in(alpha)
    room.catch_up(room.projector(choking))
    room.fleet.call_in(alpha)

    room.catch_up(room.projector(choking))

    assert [row["number"] for row in room.reports().call_ins().items] == [1]
    assert parked_of(room, "call_ins") == 3


def test_a_rebuild_with_mended_code_takes_what_was_parked(room: Room) -> None:
    alpha = room.fleet.register("alpha")
    for _ in range(4):
        room.fleet.call_in(alpha)
    room.catch_up(room.projector(with_fault(one_that_chokes_on(2, alpha))))
    room.fleet.order_rebuild("call_ins")

    room.catch_up(room.projector())

    assert [row["number"] for row in room.reports().call_ins().items] == [4, 3, 2, 1]
    assert parked_of(room, "call_ins") == 0


def test_a_damaged_event_holds_back_its_agent_only(room: Room) -> None:
    alpha, beta = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.damaged(alpha)
    for machine in (alpha, beta):
        room.fleet.allow(machine)
        room.fleet.call_in(machine)

    room.catch_up()

    reports = room.reports()
    assert (reports.registration("alpha")["status"], reports.registration("beta")["status"]) == ("Pending", "Allowed")
    assert parked_of(room, "registration_status") == 2
    assert parked_of(room, "timeline") == 2
    assert all(each["lag_events"] == 0 for each in reports.projections())


def test_poison_in_an_agents_stream_holds_back_its_registration(room: Room) -> None:
    choking = Projection("registration_status", version=2)
    handlers = next(each for each in PROJECTIONS if each.name == "registration_status").handlers
    choking.handlers = dict(handlers)

    @choking.when(Agent.Allowed)
    def allowed(event: Recorded, rows: Rows) -> None:
        raise KeyError("a fault in the code")

    alpha = room.fleet.register("alpha")
    room.fleet.allow(alpha)
    room.fleet.refuse(alpha)

    room.catch_up(room.projector(with_fault(choking)))

    assert room.reports().registration("alpha")["refused_reason"] is None
    assert parked_of(room, "registration_status") == 2


def test_a_value_the_database_does_not_take_is_poison_too(room: Room) -> None:
    choking = Projection("call_ins", version=1)

    @choking.when(diary.CALLED_IN)
    def called_in(event: Recorded, rows: Rows) -> None:
        number = 2**70 if event.facts["number"] == 2 else event.facts["number"]
        rows.add("call_ins", (event.position, event.meta.subject_id, number, 0, None, 4, 1, None, None))

    alpha, beta = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.call_in(alpha)
    room.fleet.call_in(alpha)
    room.fleet.call_in(beta)

    room.catch_up(room.projector(with_fault(choking)))

    assert [row["name"] for row in room.reports().call_ins().items] == ["beta", "alpha"]
    assert parked_of(room, "call_ins") == 1
