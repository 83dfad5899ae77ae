"""Due times: the same ones wherever a search begins, also on the days when clocks are changed."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSimError
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.tasks.timetable import Cron, Every, Never, Once, Timetable

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # clocks change by half an hour
    "Africa/Cairo",  # at midnight
    "America/Havana",  # at midnight
    "Pacific/Apia",  # left out a whole day at the end of 2011
    "Asia/Kathmandu",
    "America/St_Johns",  # once changed at one minute past midnight
]
EXPRESSIONS = [
    "30 2 * * *",
    "*/15 * * * *",
    "0 * * * *",
    "* 2 * * *",
    "0 0 * * *",
    "0-59/20 1-3 * * *",
    "10,50 0 * * mon",
    "59 23 31 * *",
]


def ms(text: str, zone: ZoneInfo = BERLIN) -> int:
    """A local time; an offset in the text says which one when a clock showed it twice."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()) * 1000


def shown(due_ms: int | None, zone: ZoneInfo = BERLIN) -> str:
    assert due_ms is not None
    return datetime.fromtimestamp(due_ms / 1000, zone).isoformat(timespec="minutes")


def all_dues(table: Timetable, begin: int) -> Iterator[int]:
    while (due := table.next_after(begin)) is not None:
        yield due
        begin = due


def dues(table: Timetable, begin: int, count: int) -> list[int]:
    return list(itertools.islice(all_dues(table, begin), count))


def test_a_time_of_day_is_local_time_in_summer_and_winter() -> None:
    table = Cron("30 7 * * *", BERLIN)

    assert shown(table.next_after(ms("2026-07-01T12:00"))) == "2026-07-02T07:30+02:00"
    assert shown(table.next_after(ms("2026-12-01T12:00"))) == "2026-12-02T07:30+01:00"


def test_a_time_that_the_clock_leaves_out_is_due_right_after_the_gap() -> None:
    found = dues(Cron("30 2 * * *", BERLIN), ms("2026-03-28T12:00"), 2)

    assert [shown(due) for due in found] == ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]


def test_a_time_that_the_clock_shows_twice_is_due_once() -> None:
    found = dues(Cron("30 2 * * *", BERLIN), ms("2026-10-24T12:00"), 2)

    assert [shown(due) for due in found] == ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]
    between = ms("2026-10-25T02:30+01:00") - 1
    assert shown(Cron("30 2 * * *", BERLIN).next_after(between)) == "2026-10-26T02:30+01:00"


def test_every_quarter_of_an_hour_goes_on_through_the_hour_that_comes_twice() -> None:
    found = dues(Cron("*/15 * * * *", BERLIN), ms("2026-10-25T01:59"), 9)

    assert [later - sooner for sooner, later in itertools.pairwise(found)] == [15 * 60_000] * 8


def test_a_day_that_never_comes_is_never_due() -> None:
    assert Never().next_after(0) is None
    assert Never().latest(0, 2**42) is None


@pytest.mark.parametrize(
    "expression", ["", "* * *", "61 * * * *", "x * * * *", "0 0 31 2 *", "* * * * 1#2/3", "-1 * * * *"]
)
def test_what_is_no_expression_is_refused_at_once(expression: str) -> None:
    with pytest.raises((CronSimError, ValueError, AssertionError)):
        Cron(expression, BERLIN)


def test_the_end_of_the_calendar_is_the_end() -> None:
    end = int(datetime(9999, 12, 31, 23, 59, tzinfo=UTC).timestamp()) * 1000

    assert Cron("0 0 1 1 *", BERLIN).next_after(end) is None
    assert Cron("0 0 1 1 *", BERLIN).next_after(2**60) is None


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from(ZONES),
    st.integers(1_300_000_000, 1_900_000_000),
    st.integers(0, 100_000),
)
def test_due_times_are_the_same_wherever_the_search_begins(expression: str, zone: str, begin: int, ahead: int) -> None:
    table = Cron(expression, ZoneInfo(zone))
    first, second = table.next_after(begin * 1000), table.next_after((begin + ahead) * 1000)
    assert first is not None

    if first > (begin + ahead) * 1000:
        assert first == second
    else:
        assert next(due for due in all_dues(table, first) if due > (begin + ahead) * 1000) == second


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from(ZONES),
    st.integers(1_300_000_000, 1_900_000_000),
    st.integers(0, 100_000),
)
def test_the_latest_due_time_is_the_last_of_all_in_between(expression: str, zone: str, begin: int, length: int) -> None:
    table = Cron(expression, ZoneInfo(zone))
    after, until = begin * 1000, (begin + length) * 1000

    between = list(itertools.takewhile(lambda due: due <= until, all_dues(table, after)))

    assert table.latest(after, until) == (between[-1] if between else None)


@given(st.integers(1, 10**10), st.integers(0, 10**10), st.integers(-(10**13), 10**13), st.integers(0, 10**12))
def test_steps_of_an_interval_are_the_same_wherever_the_search_begins(
    step: int, phase: int, begin: int, length: int
) -> None:
    table = Every(step, phase % step)
    due = table.next_after(begin)
    assert due is not None

    assert 0 < due - begin <= step
    assert (due - phase) % step == 0
    last = due + (begin + length - due) // step * step
    assert table.latest(begin, begin + length) == (last if due <= begin + length else None)


def test_once_is_once() -> None:
    table = Once(100)

    assert [table.next_after(moment) for moment in (99, 100)] == [100, None]
    assert [table.latest(0, until) for until in (99, 100, 500)] == [None, 100, 100]
    assert table.latest(100, 500) is None


def test_the_latest_of_every_minute_of_ten_years_is_found_near_the_end() -> None:
    table, until = Cron("* * * * *", BERLIN), ms("2026-11-22T12:00:30")

    assert shown(table.latest(ms("2016-11-22T12:00"), until)) == "2026-11-22T12:00+01:00"
    assert shown(Cron("0 0 29 2 *", BERLIN).latest(ms("2016-11-22T12:00"), until)) == "2024-02-29T00:00+01:00"
