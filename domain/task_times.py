"""What is wrong with a task's times that no schema says: moments that never come, zones that are not there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError

_CRON_FIELDS = 5


def faults_in_time(task: Mapping[str, Any]) -> list[str]:
    """What no schema says of a task's times; of what has the wrong kind the schema has spoken."""
    schedule, zone = task.get("schedule"), task.get("timezone")
    said: Mapping[str, Any] = schedule if isinstance(schedule, dict) else {}
    faults = [*_bad_cron(said.get("cron")), *_bad_moment(said.get("once"))]
    if isinstance(zone, str) and zone != "agent" and zone not in _zones():
        faults.append(f"timezone: {zone[:64]!r} is neither agent nor a zone of the IANA database, as Europe/Berlin")
    return faults


def _bad_cron(expression: object) -> list[str]:
    if not isinstance(expression, str) or len(expression.split()) != _CRON_FIELDS:
        return []
    try:
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError, AssertionError) as error:
        return [f"schedule.cron: no expression of cron: {error}"]
    return []


def _bad_moment(moment: object) -> list[str]:
    try:
        datetime.fromisoformat(moment if isinstance(moment, str) else "2026-01-01")
    except ValueError:
        return ["schedule.once: no moment that there is, as 2027-01-15T08:00"]
    return []


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
