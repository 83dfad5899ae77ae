"""Which frontends live and which of them carried an agent's last accepted package: whom to tell of a connected agent.

All of it is hearsay of frontends, who are not trusted: what rests on it may come too late, twice or never.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence

from broker.messages import Cut, WakeHints, encode
from broker.topology import owns_queue
from handlers.outbox import Message

FORGOTTEN_AFTER_MS = 30_000
"""Three announcements missed."""
CAPACITY = 200_000
"""Keys whose frontend is remembered; a message about any other goes to all."""
MOST_QUEUES = 4
"""Reply queues of one frontend: it takes a new one at each reconnection, and two processes overlap at a restart."""
PARCEL = 1_000
"""Fingerprints of one message."""


class Frontends:
    """Told of what is committed only; a new worker learns within one announcement (10 s) who is there."""

    def __init__(self, now_ms: Callable[[], int], capacity: int = CAPACITY) -> None:
        self._now_ms = now_ms
        self._capacity = capacity
        self._queues: dict[str, OrderedDict[str, int]] = {}
        self._carriers: OrderedDict[bytes, str] = OrderedDict()
        self._cut: deque[tuple[int, tuple[bytes, ...]]] = deque()

    def announced(self, handler: str, queue: str) -> list[Message]:
        """The frontend of this broker user lives; a queue that is not its own is ignored.

        Returns what a frontend that nobody knew of has missed: a worker that took over cuts for it too.
        """
        if not owns_queue("commands", handler, queue):
            return []
        queues = self._queues.setdefault(handler, OrderedDict())
        known = queue in self._live(handler)
        queues[queue] = self._now_ms()
        queues.move_to_end(queue)
        if len(queues) > MOST_QUEUES:
            queues.popitem(last=False)
        return [] if known else _messages([queue], Cut, self._lately_cut())

    def carried(self, fingerprint: bytes, handler: str) -> None:
        """A package of this key was accepted by way of this frontend."""
        self._carriers[fingerprint] = handler
        self._carriers.move_to_end(fingerprint)
        if len(self._carriers) > self._capacity:
            self._carriers.popitem(last=False)

    def cut(self, fingerprints: Iterable[bytes]) -> list[Message]:
        """These keys have lost their trust: every frontend is told, an older connection may be open anywhere."""
        keys = tuple(fingerprints)
        if not keys:
            return []
        self._lately_cut()
        self._cut.append((self._now_ms(), keys))
        return _messages(self._all_live(), Cut, keys)

    def wake(self, fingerprints: Iterable[bytes]) -> list[Message]:
        """Something waits for these keys: told to the frontend that holds each, to all when that is not known."""
        told: dict[str, list[bytes]] = {}
        everywhere = self._all_live()
        for fingerprint in fingerprints:
            for queue in self._live(self._carriers.get(fingerprint, "")) or everywhere:
                told.setdefault(queue, []).append(fingerprint)
        return [message for queue, keys in told.items() for message in _messages([queue], WakeHints, keys)]

    def reach(self, fingerprint: bytes) -> str | None:
        """By which frontend this key would be told now; "" for all there are, None when there is none."""
        carrier = self._carriers.get(fingerprint, "")
        return carrier if self._live(carrier) else ("" if self._all_live() else None)

    def _live(self, handler: str) -> list[str]:
        since = self._now_ms() - FORGOTTEN_AFTER_MS
        return [queue for queue, at_ms in self._queues.get(handler, {}).items() if at_ms > since]

    def _all_live(self) -> list[str]:
        return [queue for handler in self._queues for queue in self._live(handler)]

    def _lately_cut(self) -> list[bytes]:
        since = self._now_ms() - FORGOTTEN_AFTER_MS
        while self._cut and self._cut[0][0] <= since:
            self._cut.popleft()
        return [key for _, keys in self._cut for key in keys]


def _messages(queues: Sequence[str], kind: type[Cut] | type[WakeHints], keys: Sequence[bytes]) -> list[Message]:
    parcels = [list(keys[start : start + PARCEL]) for start in range(0, len(keys), PARCEL)]
    return [Message(queue, encode(kind(parcel))) for parcel in parcels for queue in queues]
