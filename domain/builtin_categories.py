"""Categories that come with Muster: their schemas, and that of a task's content."""

from typing import Any

from domain.policy import TASKS

LOG_LEVELS = ("debug", "info", "warning", "error")

AGENT: dict[str, Any] = {
    "title": "The agent itself",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "interval_s": {"type": "integer", "minimum": 1, "maximum": 604_800, "title": "Seconds between call-ins"},
        "jitter": {"type": "number", "minimum": 0, "maximum": 0.5, "title": "Share of the interval left to chance"},
        "mode": {"enum": ["pull", "push"], "title": "Disconnect after a call-in, or stay connected"},
        "log_level": {"enum": list(LOG_LEVELS)},
    },
}
_STEP = r"([^/.\x00][^/\x00]*|\.[^/.\x00][^/\x00]*|\.\.[^/\x00]+)"
"""Of a path: neither `.` nor `..`."""
_ONE_FILE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["path", "content"],
    "properties": {
        "path": {
            "type": "string",
            "pattern": f"^(/{_STEP})+$",
            "maxLength": 4096,
            "title": "An absolute path, no step of it . or ..",
        },
        "content": {"type": "string", "maxLength": 500_000},
        "mode": {"type": "string", "pattern": "^0{0,2}[0-7]{1,3}$", "title": "Rights, in octal digits"},
        "owner": {"type": "string", "maxLength": 255, "title": "USER or USER:GROUP"},
        "remove_on_withdraw": {"type": "boolean", "title": "The file goes when no policy lists it any more"},
    },
}
_FILES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"files": {"type": "array", "maxItems": 256, "items": _ONE_FILE}},
}
FILE: dict[str, Any] = {
    "title": "Files that are kept as they are here",
    "if": {"required": ["files"]},
    "then": _FILES,
    "else": _ONE_FILE,
}
BUILT_IN: dict[str, dict[str, Any]] = {"agent": AGENT, "file": FILE}
"""Schema by name; nobody can redefine these."""

_TIME = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "title": "A time of day, as 23:30"}
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_SCHEDULES: dict[str, Any] = {
    "every_s": {"type": "integer", "minimum": 1, "maximum": 31_622_400},
    "daily": _TIME,
    "weekly": {
        "type": "object",
        "additionalProperties": False,
        "required": ["days", "at"],
        "properties": {
            "days": {"type": "array", "items": {"enum": _DAYS}, "minItems": 1, "uniqueItems": True},
            "at": _TIME,
        },
    },
    "cron": {
        "type": "string",
        "pattern": r"^\S+( +\S+){4}$",
        "maxLength": 200,
        "title": "Five fields of cron, as 30 4 * * mon",
    },
    "once": {
        "type": "string",
        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$",
        "title": "A time, as 2026-01-31T08:00:00Z",
    },
    "startup": {"const": True},
}
_SETTINGS_OF_TYPE: dict[str, dict[str, Any]] = {
    "call-in": {"additionalProperties": False, "properties": {"full": {"type": "boolean"}}},
    "run-command": {
        "additionalProperties": False,
        "required": ["argv"],
        "properties": {
            "argv": {
                "type": "array",
                "minItems": 1,
                "maxItems": 64,
                "items": {"type": "string", "maxLength": 4096},
                "title": "The program's absolute path and its arguments",
            }
        },
    },
}
BUILT_IN_TYPES = tuple(_SETTINGS_OF_TYPE)
"""Types of tasks that every agent can run; plug-ins bring others."""
TASK: dict[str, Any] = {
    "title": "A task",
    "type": "object",
    "additionalProperties": False,
    "required": ["type"],
    "properties": {
        "type": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"},
        "settings": {"type": "object"},
        "schedule": {
            "type": "object",
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": _SCHEDULES,
        },
        "timezone": {"type": "string", "maxLength": 64},
        "random_delay_s": {"type": "integer", "minimum": 0, "maximum": 86_400},
        "missed": {"enum": ["run", "skip"]},
        "time_limit_s": {"type": "integer", "minimum": 1, "maximum": 604_800},
        "run_now": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000},
    },
    "allOf": [
        {"if": {"properties": {"type": {"const": name}}}, "then": {"properties": {"settings": settings}}}
        for name, settings in _SETTINGS_OF_TYPE.items()
    ],
}


def schema_of(category: str) -> dict[str, Any] | None:
    """The schema that Muster itself has for a category; None when people define it."""
    return TASK if category.startswith(TASKS) else BUILT_IN.get(category)
