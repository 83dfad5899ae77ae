"""A task as the server assigned it, checked: what to run, when, and within which bounds."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSimError

from agents.in_force import InForce
from agents.tasks.timetable import Cron, Every, Never, Once, Timetable
from wire.held import Item

LIMIT_S = 3_600
LONGEST_LIMIT_S = 7 * 24 * 3_600
LONGEST_STEP_S = 366 * 24 * 3_600
LONGEST_DELAY_S = 24 * 3_600
LONGEST_CRON = 200
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = frozenset({"type", "settings", "schedule", "timezone", "random_delay_s", "missed", "time_limit_s", "run_now"})


class BadTask(Exception):
    """The content of a task is none that this agent can run; the message names the field."""


class Task(NamedTuple):
    """``run_now`` grows each time a person wants it to run at once; ``at_start`` is at the agent's start-up."""

    item: Item
    type: str
    settings: dict[str, Any]
    timetable: Timetable
    at_start: bool
    random_delay_ms: int
    run_if_missed: bool
    limit_s: int
    run_now: int
    seed: bytes

    def start_at(self, due_ms: int) -> int:
        """When the run of a due time starts: delayed by chance, the same for one due time, never beyond the next."""
        return due_ms + _chance(self.seed, due_ms) % (self._longest_delay(due_ms) + 1)

    def _longest_delay(self, due_ms: int) -> int:
        if not self.random_delay_ms:
            return 0
        following = self.timetable.next_after(due_ms)
        return min(self.random_delay_ms, following - due_ms - 1) if following else self.random_delay_ms


def read_task(chosen: InForce, machine_zone: Callable[[], tzinfo], salt: bytes) -> Task:
    """The task in a held item; ``salt`` is the agent's own, it spreads agents. Raise BadTask."""
    item, plain = chosen
    if plain is None:
        raise BadTask("the content of this version is no map")
    for field in sorted(plain.keys() - _FIELDS):
        raise BadTask(f"{field[:64]}: no field of a task; there are {', '.join(sorted(_FIELDS))}")
    kind, settings, missed = plain.get("type"), plain.get("settings", {}), plain.get("missed", "skip")
    if not isinstance(kind, str) or not kind:
        raise BadTask("type: a text is needed")
    if not isinstance(settings, dict):
        raise BadTask("settings: a map is needed")
    if missed not in ("run", "skip"):
        raise BadTask("missed: run or skip")
    seed = hashlib.sha256(salt + item.id).digest()
    schedule = _map("schedule", plain.get("schedule", {}))
    timetable = _timetable(schedule, lambda: _zone(plain.get("timezone", "agent"), machine_zone), seed)
    return Task(
        item,
        kind,
        settings,
        timetable,
        schedule.get("startup") is True,
        _number(plain, "random_delay_s", 0, 0, LONGEST_DELAY_S) * 1000,
        missed == "run",
        _number(plain, "time_limit_s", LIMIT_S, 1, LONGEST_LIMIT_S),
        _number(plain, "run_now", 0, 0, 2**53),
        seed,
    )


def _timetable(schedule: Mapping[str, Any], zone: Callable[[], tzinfo], seed: bytes) -> Timetable:
    if len(schedule) > 1:
        raise BadTask(f"schedule: one of {', '.join(sorted(map(str, schedule)))}, not several")
    for kind, plain in schedule.items():
        if kind == "every_s":
            step = _number(schedule, kind, 0, 1, LONGEST_STEP_S) * 1000
            return Every(step, _chance(seed, 0) % step)
        if kind == "daily":
            return _cron("schedule.daily", f"{_clock('schedule.daily', plain)} * * *", zone())
        if kind == "weekly":
            return _weekly(_map("schedule.weekly", plain), zone())
        if kind == "cron":
            return _cron("schedule.cron", plain, zone())
        if kind == "once":
            return Once(_moment(plain, zone()))
        if kind != "startup" or plain is not True:
            raise BadTask("schedule: one of every_s, daily, weekly, cron, once, or startup = true")
    return Never()


def _weekly(plain: Mapping[str, Any], zone: tzinfo) -> Timetable:
    days = plain.get("days")
    if set(plain) != {"days", "at"} or not isinstance(days, list) or not days or not all(day in DAYS for day in days):
        raise BadTask(f"schedule.weekly: days, a list of {', '.join(DAYS)}, and at, as 07:30")
    return _cron("schedule.weekly", f"{_clock('schedule.weekly.at', plain['at'])} * * {','.join(days)}", zone)


def _clock(field: str, plain: Any) -> str:
    """HH:MM as the first two fields of cron."""
    try:
        at = datetime.strptime(str(plain), "%H:%M")  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise BadTask(f"{field}: a time as 07:30 is needed") from None
    return f"{at.minute} {at.hour}"


def _cron(field: str, plain: Any, zone: tzinfo) -> Timetable:
    if not isinstance(plain, str) or len(plain) > LONGEST_CRON or len(plain.split()) != 5:
        raise BadTask(f"{field}: five fields of cron are needed")
    try:
        return Cron(plain, zone)
    except (CronSimError, ValueError, AssertionError) as error:
        raise BadTask(f"{field}: no expression of cron: {error}") from None


def _moment(plain: Any, zone: tzinfo) -> int:
    try:
        moment = datetime.fromisoformat(str(plain))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()) * 1000
    except (ValueError, OverflowError, OSError):
        raise BadTask("schedule.once: a moment as 2027-01-15T08:00 is needed") from None


def _zone(plain: Any, machine_zone: Callable[[], tzinfo]) -> tzinfo:
    if plain == "agent":
        return machine_zone()
    try:
        return ZoneInfo(str(plain))
    except (KeyError, ValueError, OSError):
        raise BadTask(f"timezone: {str(plain)[:64]} is not known; agent, or a name as Europe/Berlin") from None


def _map(field: str, plain: Any) -> Mapping[str, Any]:
    if not isinstance(plain, dict):
        raise BadTask(f"{field}: a map is needed")
    return plain


def _number(plain: Mapping[str, Any], field: str, default: int, least: int, most: int) -> int:
    value = plain.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadTask(f"{field}: a whole number from {least} to {most} is needed")
    return value


def _chance(seed: bytes, about: int) -> int:
    return int.from_bytes(hashlib.sha256(seed + about.to_bytes(12, "big", signed=True)).digest()[:8], "big")
