"""When agents could be served is in the log: no gap is taken for silence of the agents."""

from typing import Any

from hand_clock import START_MS
from handlers.service_record import CONTINUED_MS, GAP_MS
from worker_room import SpeakingAgent, WorkerRoom


def announced_for(room: WorkerRoom, ms: int, every_ms: int = 10_000) -> None:
    for _ in range(ms // every_ms):
        room.clock.forward(every_ms)
        room.announce(START_MS)


def recorded(room: WorkerRoom) -> list[tuple[str, dict[str, Any]]]:
    return [(each.topic, each.facts) for each in room.events() if each.topic.startswith("Service.")]


def test_while_nobody_calls_in_it_is_recorded_now_and_then_that_somebody_could(room: WorkerRoom) -> None:
    announced_for(room, 3 * CONTINUED_MS)

    assert recorded(room) == [("Service.Continued", {})] * 3


def test_while_agents_call_in_nothing_has_to_be_recorded(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    room.announce(START_MS)
    for number in range(1, 7):
        announced_for(room, CONTINUED_MS // 2)
        agent.say(agent.call_in(number))

    assert recorded(room) == []


def test_a_worker_without_a_frontend_serves_nobody(room: WorkerRoom) -> None:
    room.clock.forward(10 * CONTINUED_MS)
    room.shift.idle()

    assert recorded(room) == []


def test_frontends_that_come_back_after_a_gap_end_an_outage(room: WorkerRoom) -> None:
    announced_for(room, GAP_MS)
    heard_ms = room.clock.now_ms
    room.clock.forward(GAP_MS)

    room.announce(START_MS)

    assert recorded(room) == [("Service.Resumed", {"down_from_ms": heard_ms})]


def test_a_worker_that_takes_over_late_knows_the_gap_from_the_log(room: WorkerRoom) -> None:
    agent = SpeakingAgent(room)
    agent.enrol()
    agent.say(agent.call_in(1))
    down_from_ms = room.clock.now_ms
    room.leases.release(room.shift._fence)
    room.clock.forward(3_600_000)
    room.shift = room.new_shift("worker-2")

    announced_for(room, 20_000)

    assert recorded(room) == [("Service.Resumed", {"down_from_ms": down_from_ms})]
    assert room.events("Service.Resumed")[0].meta.who == "maintenance"


def test_a_standby_that_takes_over_at_once_is_no_outage(room: WorkerRoom) -> None:
    announced_for(room, GAP_MS - 10_000)
    room.leases.release(room.shift._fence)
    room.clock.forward(6_000)
    room.shift = room.new_shift("worker-2")

    room.announce(START_MS)

    assert recorded(room) == []
