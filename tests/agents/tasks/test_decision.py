"""When a task starts: no due time twice, none lost but by the rule for missed ones, whatever the clock does."""

import hashlib
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.in_force import InForce
from agents.tasks.decision import LATE_MS, Decision, decide, first_seen
from agents.tasks.definition import Task, read_task
from agents.tasks.handled import Handled
from agents.tasks.timetable import Every
from wire.held import TASK, Item

MINUTE, HOUR, DAY = 60_000, 3_600_000, 24 * 3_600_000
BERLIN = ZoneInfo("Europe/Berlin")
NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()) * 1000


def task(schedule: dict[str, Any], zone: tzinfo = BERLIN, **more: Any) -> Task:
    item = Item(bytes(16), TASK, "task/sweep", "sweep", 1, hashlib.sha256(b"").digest())
    content = {"type": "call-in", "schedule": schedule, **more}
    return read_task(InForce(item, content), lambda: zone, b"salt")


def every_minute(**more: Any) -> Task:
    """Due at each full minute."""
    return task({"cron": "* * * * *"}, **more)


class Agent:
    """An agent with one task: what it started, what it reported as missed; ``off`` and ``clock`` move its clock."""

    def __init__(self, wanted: Task, now_ms: int = NOON + 1) -> None:
        self.task = wanted
        self.now_ms = now_ms
        self.seen_ms = first_seen(wanted, now_ms)
        self.handled = Handled()
        self.started: list[int] = []
        self.missed: list[int] = []
        self.next_ms: int | None = None

    def look(self, lived_ms: int = 0) -> Decision:
        """Decide, and remember as the board does."""
        decision = decide(self.task, self.seen_ms, self.handled, self.now_ms, lived_ms)
        self.next_ms = decision.next_ms
        self.seen_ms = decision.seen_ms
        if decision.missed is not None:
            self.missed.append(decision.missed)
        if decision.start is not None:
            self.handled.add(decision.start, self.task.timetable.next_after)
            self.handled = Handled(self.handled.runs)  # as it comes back from the disk
            self.started.append(decision.start)
        return decision

    def live(self, length_ms: int, step_ms: int = MINUTE) -> None:
        """Awake, looking when it wanted to, and at least each minute."""
        until = self.now_ms + length_ms
        while self.now_ms < until:
            before, wanted = self.now_ms, self.next_ms or until
            self.now_ms = min(before + step_ms, until, max(wanted, before + 1))
            self.look(self.now_ms - before)

    def off(self, length_ms: int) -> None:
        """Asleep; then awake again."""
        self.now_ms += length_ms
        self.look()


def minutes(*numbers: int) -> list[int]:
    return [NOON + number * MINUTE for number in numbers]


def test_each_due_time_is_started_as_it_comes() -> None:
    agent = Agent(every_minute())

    agent.live(3 * MINUTE, step_ms=7_000)

    assert agent.started == minutes(1, 2, 3)
    assert agent.missed == []


def test_it_says_when_it_wants_to_be_asked_again() -> None:
    agent = Agent(every_minute())

    assert agent.look() == Decision(None, None, NOON + 1, NOON + MINUTE)


def test_a_little_late_is_on_time_whatever_the_rule() -> None:
    agent = Agent(task({"cron": "0 13 * * *"}, UTC, missed="skip"))

    agent.off(HOUR + LATE_MS - 1)

    assert (agent.started, agent.missed) == ([NOON + HOUR], [])


def test_what_fell_into_a_pause_is_skipped_and_told() -> None:
    agent = Agent(task({"cron": "0 * * * *"}, UTC, missed="skip"))

    agent.off(3 * HOUR + LATE_MS + 1)
    agent.live(HOUR)

    assert agent.missed == [NOON + 3 * HOUR]
    assert agent.started == [NOON + 4 * HOUR]


def test_one_on_time_after_a_pause_is_run_and_those_before_it_are_told() -> None:
    agent = Agent(task({"cron": "0 * * * *"}, UTC, missed="skip"))

    agent.off(3 * HOUR)

    assert (agent.started, agent.missed) == ([NOON + 3 * HOUR], [NOON + 2 * HOUR])


def test_what_fell_into_a_pause_is_run_once_where_the_rule_says_run() -> None:
    agent = Agent(task({"cron": "0 * * * *"}, UTC, missed="run"))

    agent.off(3 * HOUR + 30 * MINUTE)
    agent.live(HOUR)

    assert agent.started == [NOON + 3 * HOUR, NOON + 4 * HOUR]
    assert agent.missed == []


def test_a_clock_put_back_starts_nothing_a_second_time() -> None:
    agent = Agent(every_minute())
    agent.live(30 * MINUTE)

    agent.now_ms -= 20 * MINUTE
    agent.live(21 * MINUTE)

    assert agent.started == minutes(*range(1, 32))
    assert agent.missed == []


def test_a_clock_that_was_ahead_by_years_does_not_stop_the_task() -> None:
    agent = Agent(every_minute(missed="run"))
    agent.live(2 * MINUTE)
    agent.now_ms += 70 * 365 * DAY
    agent.look()
    far = agent.started[-1]

    agent.now_ms = NOON + 3 * MINUTE - 1
    agent.live(2 * MINUTE)

    assert agent.started == [*minutes(1, 2), far, *minutes(3, 4)]


def test_what_ran_while_the_clock_was_ahead_is_not_run_when_its_time_comes() -> None:
    agent = Agent(every_minute(missed="run"))
    agent.now_ms += HOUR
    agent.live(2 * MINUTE)

    agent.now_ms -= HOUR
    agent.live(2 * HOUR)

    assert len(agent.started) == len(set(agent.started))
    assert set(minutes(*range(3, 120))) <= set(agent.started)


def test_a_dead_clock_that_comes_right_runs_one_missed_at_most() -> None:
    agent = Agent(task({"daily": "03:00"}, missed="run"))
    agent.now_ms = 1_000  # 1970
    agent.look()

    agent.now_ms = NOON
    agent.live(5 * MINUTE)

    assert [datetime.fromtimestamp(due / 1000, BERLIN).isoformat() for due in agent.started] == [
        "2026-11-22T03:00:00+01:00"
    ]


@pytest.mark.parametrize(("missed", "started"), [("run", True), ("skip", False)])
def test_once_in_the_past_is_for_the_rule_to_decide(missed: str, started: bool) -> None:
    agent = Agent(task({"once": "2026-11-22T11:00+00:00"}, missed=missed))

    agent.live(MINUTE)
    agent.live(10 * MINUTE)

    assert (agent.started, agent.missed) == (([NOON - HOUR], []) if started else ([], [NOON - HOUR]))


def test_other_schedules_begin_when_the_task_is_first_seen() -> None:
    agent = Agent(task({"daily": "12:30"}, missed="run"))

    agent.live(MINUTE)

    assert agent.started == []


def test_a_delay_by_chance_is_the_same_for_one_due_time_and_ends_before_the_next() -> None:
    delayed = every_minute(random_delay_s=3_600)
    delays = {delayed.start_at(due) - due for due in minutes(*range(100))}

    assert all(0 <= delay < MINUTE for delay in delays)
    assert len(delays) > 90
    assert delayed.start_at(NOON) == every_minute(random_delay_s=3_600).start_at(NOON)


def test_a_delayed_start_is_waited_for_and_counts_as_its_due_time() -> None:
    agent = Agent(task({"cron": "0 * * * *"}, UTC, random_delay_s=1_800))
    starts = agent.task.start_at(NOON + HOUR)

    agent.now_ms = starts - 1
    early = agent.look()
    agent.now_ms = starts
    agent.look()

    assert (early.start, early.next_ms) == (None, starts)
    assert agent.started == [NOON + HOUR]


def test_at_the_change_of_clocks_a_daily_task_runs_once_a_day() -> None:
    for change in (datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)):
        agent = Agent(task({"daily": "02:30"}), int(change.timestamp()) * 1000)
        agent.live(2 * DAY)

        days = [datetime.fromtimestamp(due / 1000, BERLIN).date() for due in agent.started]
        assert len(days) == len(set(days)) == 2


class Step(NamedTuple):
    """What happens to an agent: awake, off, or its clock changed, for so long."""

    what: str
    length_ms: int


SCHEDULES = st.sampled_from(
    [
        {"every_s": 45},
        {"every_s": 3_600},
        {"cron": "*/10 * * * *"},
        {"cron": "30 2 * * *"},
        {"daily": "12:05"},
        {"weekly": {"days": ["sun", "mon"], "at": "12:30"}},
        {"once": "2026-11-22T13:10"},
    ]
)
LENGTHS = st.one_of(st.integers(1, 2 * HOUR), st.integers(1, 3 * DAY))
STEPS = st.lists(st.builds(Step, st.sampled_from(["live", "off", "back", "ahead"]), LENGTHS), max_size=12)


@settings(deadline=None, max_examples=80)
@given(SCHEDULES, STEPS, st.sampled_from(["run", "skip"]), st.sampled_from([0, 600]))
def test_no_due_time_is_started_twice_whatever_the_clock_does(
    schedule: dict[str, Any], steps: list[Step], missed: str, delay_s: int
) -> None:
    agent = Agent(task(schedule, missed=missed, random_delay_s=delay_s))

    for what, length_ms in steps:
        if what == "live":
            agent.live(min(length_ms, 4 * HOUR))
        else:
            agent.off(-length_ms if what == "back" else length_ms)

    assert len(agent.started) == len(set(agent.started))


@settings(deadline=None, max_examples=80)
@given(SCHEDULES, st.lists(st.tuples(st.booleans(), LENGTHS), max_size=8), st.sampled_from([0, 600]))
def test_none_is_lost_but_by_the_rule_while_the_clock_goes_on(
    schedule: dict[str, Any], steps: list[tuple[bool, int]], delay_s: int
) -> None:
    agent = Agent(task(schedule, missed="skip", random_delay_s=delay_s))
    begin = agent.seen_ms
    asleep: list[tuple[int, int]] = []

    for awake, length_ms in steps:
        if awake:
            agent.live(min(length_ms, 4 * HOUR))
        else:
            asleep.append((agent.now_ms, agent.now_ms + length_ms))
            agent.off(length_ms)

    due = agent.task.timetable.next_after(begin)
    while due is not None and (starts := agent.task.start_at(due)) <= agent.now_ms:
        slept = any(fell <= starts <= rose for fell, rose in asleep)
        assert due in agent.started or slept
        # Whoever slept is told: the latest one missed stands for those before it.
        assert due in agent.started or any(due <= told for told in agent.missed)
        due = agent.task.timetable.next_after(due)


@given(st.integers(1, 10**6), st.integers(0, 10**9))
def test_a_long_sleep_with_a_short_interval_is_decided_at_once(step_s: int, sleep_s: int) -> None:
    agent = Agent(task({"every_s": step_s}, missed="run"))

    agent.off(sleep_s * 1000)

    assert isinstance(agent.task.timetable, Every)
    assert len(agent.started) == (1 if agent.task.timetable.latest(NOON + 1, agent.now_ms) else 0)
