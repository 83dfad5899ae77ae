"""What an agent has to tell about itself; repeats are counted in one event for as long as it is undelivered."""

import hashlib
import time
from typing import Any

from agents.events import DiskEvents, QueuedEvent
from agents.member import Member
from wire.types import AgentType


class Notices:
    """Writes merged events, so that a week without a server does not fill the queue."""

    def __init__(self, member: Member, events: DiskEvents) -> None:
        self._member = member
        self._events = events

    def tell(self, kind: str, about: dict[str, Any], now_ms: int) -> None:
        """Count one more ``kind`` about the same thing: ``about`` plus count, first_ms and last_ms."""
        mark = hashlib.sha256(self._member.codec.encode([kind, sorted(about.items())])).digest()[:8]
        known = self._undelivered(mark)
        if known is None:
            data = {**about, "count": 1, "first_ms": now_ms, "last_ms": now_ms}
            self._events.add(QueuedEvent(time.time_ns().to_bytes(8, "big") + mark, kind, now_ms, data))
        else:
            counted = {**known.data, "count": known.data.get("count", 0) + 1, "last_ms": now_ms}
            self._events.replace(known._replace(data=counted))

    def _undelivered(self, mark: bytes) -> QueuedEvent | None:
        """The event to count in: never one that has been sent, for its bytes may already be in the log."""
        sent = self._sent()
        same = [key for key in self._events.ids() if key.endswith(mark) and key not in sent]
        return next(iter(self._events.read(same[-1:])), None)

    def _sent(self) -> set[bytes]:
        waiting = self._member.keep.state.in_flight
        if waiting is None or waiting.type != AgentType.EVENT_UPLOAD:
            return set()
        return {event["id"] for event in self._member.content_of(waiting)["events"]}
