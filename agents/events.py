"""Undelivered events: one file each, oldest first, gone only when the server has them."""

import secrets
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from agents.durable import make_private_folder, sync_folder, write_durably
from wire.codec import Codec, MalformedBody

KEPT = 10_000
LARGEST = 64 * 1024
LONGEST_TYPE = 64
DROPPED = "EventsDropped"
_ID_SIZE = 16


class UnusableEvent(Exception):
    """An event's type is empty or too long, its data no JSON object, or it is larger than 64 KiB."""


class QueuedEvent(NamedTuple):
    """One thing that happened; ``id`` begins with the time, so that ids sort as the events came."""

    id: bytes
    type: str
    time_ms: int
    data: dict[str, Any]

    def to_plain(self) -> dict[str, Any]:
        """As it stands in an EventUpload."""
        return {"id": self.id, "type": self.type, "time": self.time_ms, "data": self.data}


class EventQueue(Protocol):
    """What the flow of a call-in needs of the undelivered events."""

    def add(self, event: QueuedEvent) -> None:
        """Keep ``event`` until it is delivered."""
        ...

    def ids(self) -> list[bytes]:
        """All of them, oldest first."""
        ...

    def read(self, ids: Sequence[bytes]) -> list[QueuedEvent]:
        """The events of these ids that are still there and can be read."""
        ...

    def forget(self, ids: Collection[bytes]) -> None:
        """The server has these."""
        ...


def new_event(kind: str, data: dict[str, Any], now_ms: int) -> QueuedEvent:
    """An event of this moment."""
    return QueuedEvent(time.time_ns().to_bytes(8, "big") + secrets.token_bytes(8), kind, now_ms, data)


class MemoryEvents:
    """Forgets with the process."""

    def __init__(self) -> None:
        self._held: dict[bytes, QueuedEvent] = {}

    def add(self, event: QueuedEvent) -> None:
        """Keep ``event`` until it is delivered."""
        self._held[event.id] = event

    def ids(self) -> list[bytes]:
        """All of them, oldest first."""
        return list(self._held)

    def read(self, ids: Sequence[bytes]) -> list[QueuedEvent]:
        """The events of these ids that are still there."""
        return [self._held[key] for key in ids if key in self._held]

    def forget(self, ids: Collection[bytes]) -> None:
        """The server has these."""
        for key in ids:
            self._held.pop(key, None)


class DiskEvents:
    """In ``events/`` of the agent's home, a file per event named by its id; others may add while an agent runs."""

    def __init__(self, home: Path, codec: Codec, kept: int = KEPT) -> None:
        self._folder = home / "events"
        self._codec = codec
        self._kept = kept

    def add(self, event: QueuedEvent) -> None:
        """Keep ``event`` until it is delivered; durable on return. Beyond the bound the oldest are dropped, counted."""
        if not 1 <= len(event.type) <= LONGEST_TYPE:
            raise UnusableEvent(f"an event's type has 1 to {LONGEST_TYPE} characters, not {len(event.type)}")
        data = self._codec.encode(event.to_plain())
        if len(data) > LARGEST:
            raise UnusableEvent(f"an event of {len(data)} bytes, the limit is {LARGEST}")
        make_private_folder(self._folder)
        self._make_room(event.time_ms)
        write_durably(self._folder / event.id.hex(), data)

    def replace(self, event: QueuedEvent) -> None:
        """Store ``event`` anew under its id; only for one that was never sent."""
        write_durably(self._folder / event.id.hex(), self._codec.encode(event.to_plain()))

    def ids(self) -> list[bytes]:
        """All of them, oldest first."""
        try:
            names = sorted(entry.name for entry in self._folder.iterdir() if len(entry.name) == 2 * _ID_SIZE)
        except FileNotFoundError:
            return []
        return [bytes.fromhex(name) for name in names if _is_hex(name)]

    def read(self, ids: Sequence[bytes]) -> list[QueuedEvent]:
        """The events of these ids that are still there; a damaged file is put out of the queue, not deleted."""
        return [event for key in ids if (event := self._read(key))]

    def forget(self, ids: Collection[bytes]) -> None:
        """The server has these."""
        for key in ids:
            (self._folder / key.hex()).unlink(missing_ok=True)
        sync_folder(self._folder)

    def _read(self, key: bytes) -> QueuedEvent | None:
        path = self._folder / key.hex()
        try:
            plain = self._codec.decode(path.read_bytes())
            return QueuedEvent(key, str(plain["type"]), int(plain["time"]), dict(plain["data"]))
        except FileNotFoundError:
            return None
        except (MalformedBody, KeyError, TypeError, ValueError):
            path.rename(path.with_suffix(".damaged"))
            return None

    def _make_room(self, now_ms: int) -> None:
        held = self.ids()
        if len(held) < self._kept:
            return
        # Two slots: one for the newcomer, one for the counter, whose id sorts where the dropped ones stood.
        going = held[: len(held) - self._kept + 2]
        counted = sum(_dropped_by(event) for event in self.read(going))
        self.forget(going)
        self.replace(QueuedEvent(going[-1][:8] + secrets.token_bytes(8), DROPPED, now_ms, {"count": counted}))


def _dropped_by(event: QueuedEvent) -> int:
    count = event.data.get("count")
    return count if event.type == DROPPED and isinstance(count, int) else 1


def _is_hex(name: str) -> bool:
    return all(sign in "0123456789abcdef" for sign in name)
