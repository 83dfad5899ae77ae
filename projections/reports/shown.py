"""How stored values are shown to people and programs: times, ids, JSON."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS = -62_135_596_800_000
_LAST_MS = 253_402_300_799_999


def time_text(ms: int | None) -> str | None:
    """ISO 8601 in UTC with milliseconds; a machine's absurd time is shown as the year 1 or 9999."""
    if ms is None:
        return None
    moment = _EPOCH + timedelta(milliseconds=max(_FIRST_MS, min(_LAST_MS, ms)))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def id_text(agent_id: bytes | None) -> str | None:
    """A dashed lower-case UUID."""
    return None if agent_id is None else str(UUID(bytes=bytes(agent_id)))


def hex_text(value: bytes | None) -> str | None:
    """Lower-case hexadecimal."""
    return None if value is None else bytes(value).hex()


def from_json(text: str) -> Any:
    """The value of a JSON column."""
    return json.loads(text)


def plain(value: Any) -> Any:
    """A value of an event as JSON knows it: bytes as hexadecimal, cut after 64."""
    if isinstance(value, bytes):
        return value[:64].hex()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
