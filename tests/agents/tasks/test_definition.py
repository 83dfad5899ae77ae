"""What a task may say, and what is refused by the name of its field."""

import hashlib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.in_force import InForce
from agents.tasks.definition import BadTask, Task, read_task
from agents.tasks.zone import machine_zone
from wire.held import TASK, Item

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()) * 1000


def read(content: Any, salt: bytes = b"salt") -> Task:
    item = Item(bytes(16), TASK, "task/sweep", "sweep", 1, hashlib.sha256(b"").digest())
    return read_task(InForce(item, content), lambda: TOKYO, salt)


def next_due(schedule: dict[str, Any], **more: Any) -> str:
    due = read({"type": "call-in", "schedule": schedule, **more}).timetable.next_after(NOON)
    assert due is not None
    return datetime.fromtimestamp(due / 1000, UTC).isoformat()


def test_the_least_a_task_says_is_its_type() -> None:
    task = read({"type": "call-in"})

    assert (task.settings, task.at_start, task.random_delay_ms, task.run_if_missed) == ({}, False, 0, False)
    assert (task.limit_s, task.run_now, task.timetable.next_after(0)) == (3_600, 0, None)


@pytest.mark.parametrize(
    ("schedule", "zone", "due"),
    [
        ({"daily": "21:30"}, "agent", "2026-11-22T12:30:00+00:00"),
        ({"daily": "21:30"}, "UTC", "2026-11-22T21:30:00+00:00"),
        ({"daily": "14:00"}, "Europe/Berlin", "2026-11-22T13:00:00+00:00"),
        ({"weekly": {"days": ["mon", "wed"], "at": "07:30"}}, "UTC", "2026-11-23T07:30:00+00:00"),
        ({"cron": "*/7 13 * * sun"}, "UTC", "2026-11-22T13:00:00+00:00"),
        ({"once": "2026-12-24T18:00"}, "UTC", "2026-12-24T18:00:00+00:00"),
        ({"once": "2026-12-24T18:00+02:00"}, "UTC", "2026-12-24T16:00:00+00:00"),
    ],
)
def test_a_schedule_is_by_the_clock_of_its_time_zone(schedule: dict[str, Any], zone: str, due: str) -> None:
    assert next_due(schedule, timezone=zone) == due


def test_an_interval_spreads_agents_and_is_the_same_for_one() -> None:
    content = {"type": "call-in", "schedule": {"every_s": 3_600}}
    dues = [read(content, salt).timetable.next_after(NOON) for salt in (b"a", b"a", b"b", b"c")]

    assert dues[0] == dues[1]
    assert len(set(dues)) == 3


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (None, "the content"),
        ({}, "type"),
        ({"type": ""}, "type"),
        ({"type": 7}, "type"),
        ({"settings": []}, "settings"),
        ({"colour": "red"}, "colour"),
        ({"schedule": []}, "schedule"),
        ({"schedule": 5}, "schedule"),
        ({"schedule": {"hourly": 1}}, "schedule"),
        ({"schedule": {"daily": "07:30", "every_s": 5}}, "schedule"),
        ({"schedule": {"startup": False}}, "schedule"),
        ({"schedule": {"every_s": 0}}, "every_s"),
        ({"schedule": {"every_s": True}}, "every_s"),
        ({"schedule": {"daily": "24:00"}}, "schedule.daily"),
        ({"schedule": {"daily": 7}}, "schedule.daily"),
        ({"schedule": {"weekly": {"days": [], "at": "07:30"}}}, "schedule.weekly"),
        ({"schedule": {"weekly": {"days": ["monday"], "at": "07:30"}}}, "schedule.weekly"),
        ({"schedule": {"weekly": {"days": [["mon"]], "at": "07:30"}}}, "schedule.weekly"),
        ({"schedule": {"weekly": {"days": ["mon"], "at": "7.30"}}}, "schedule.weekly.at"),
        ({"schedule": {"cron": "* * * *"}}, "schedule.cron"),
        ({"schedule": {"cron": "* * * * * *"}}, "schedule.cron"),
        ({"schedule": {"cron": "0 0 31 2 *"}}, "schedule.cron"),
        ({"schedule": {"cron": ["* * * * *"]}}, "schedule.cron"),
        ({"schedule": {"cron": "1" * 5_000 + " * * * *"}}, "schedule.cron"),
        ({"schedule": {"once": "tomorrow"}}, "schedule.once"),
        ({"schedule": {"daily": "07:30"}, "timezone": "Mars/Olympus"}, "timezone"),
        ({"schedule": {"daily": "07:30"}, "timezone": "../../etc/passwd"}, "timezone"),
        ({"schedule": {"daily": "07:30"}, "timezone": "Europe"}, "timezone"),
        ({"schedule": {"daily": "07:30"}, "timezone": None}, "timezone"),
        ({"random_delay_s": -1}, "random_delay_s"),
        ({"random_delay_s": 1.5}, "random_delay_s"),
        ({"missed": "later"}, "missed"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"run_now": "yes"}, "run_now"),
    ],
)
def test_a_fault_names_its_field(content: Any, field: str) -> None:
    with pytest.raises(BadTask, match=rf"^{field}"):
        read({"type": "call-in", **content} if content else content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["every_s", "daily", "weekly", "cron", "once", "startup", "days", "at"]), inner, max_size=2
        )
    ),
    max_leaves=5,
)
FIELDS = ["type", "settings", "schedule", "timezone", "random_delay_s", "missed", "time_limit_s", "run_now"]


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_whatever_is_said_it_is_a_task_or_refused(content: dict[str, Any]) -> None:
    try:
        task = read({"type": "call-in", **content})
    except BadTask:
        return
    due = task.timetable.next_after(NOON)
    assert due is None or due > NOON


def test_the_zone_of_the_machine_is_what_its_administrator_set(tmp_path: Path) -> None:
    zone = machine_zone(_localtime(tmp_path, "Europe/Berlin"))

    assert (
        datetime(2026, 7, 1, tzinfo=zone).utcoffset()
        == datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    )
    assert machine_zone(tmp_path / "missing") is UTC
    (tmp_path / "broken").write_text("broken")
    assert machine_zone(tmp_path / "broken") is UTC


def _localtime(folder: Path, name: str) -> Path:
    path = folder / "localtime"
    path.write_bytes(files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes())
    return path
