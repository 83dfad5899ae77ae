"""Hints that are still to go out: no faster than the worker can answer those who come."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from uuid import UUID

from handlers.known_key import KnownKey
from handlers.memory import Memory
from handlers.outbox import Message
from handlers.wake_list import WakeList
from store.log import StoreUnavailable

PARCEL = 500
"""Keys at a time at most."""
APART_MS = 250
"""From a full parcel to the next, less after a smaller one: 2,000 woken agents a second, what one worker answers."""
LEAST_MS = 20
"""From one look to the next."""
LOOKS = 2_000
"""Keys of which it is looked up whether they lack something, at a time: about 20 ms."""
READS = 100
"""Agents of one parcel that memory does not hold and the log is asked for."""
_log = logging.getLogger("muster.worker")


class Wakes:
    """Nothing here is durable: a hint that is lost costs an agent the wait for its interval, nothing else."""

    def __init__(
        self,
        memory: Memory,
        keys_of: Callable[[UUID], Iterable[bytes]],
        lacks: Callable[[KnownKey], bool],
        tell: Callable[[Sequence[bytes]], list[Message]],
        now_ms: Callable[[], int],
    ) -> None:
        """``keys_of`` reads the keys of an agent from the log, ``lacks`` tells whether there is something for a key
        that it does not hold, ``tell`` makes the messages for some keys."""
        self._memory = memory
        self._keys_of = keys_of
        self._lacks = lacks
        self._tell = tell
        self._now_ms = now_ms
        self._not_before_ms = now_ms()
        self._keys: dict[bytes, None] = {}
        self._agents: dict[UUID, None] = {}
        self._to_review: deque[bytes] = deque()

    def add(self, wanted: WakeList) -> None:
        """What a committed batch wants; whoever waits already is told once."""
        self._keys |= wanted.keys
        self._agents |= wanted.agents
        if wanted.who_lacks:
            # Who was not looked at yet stays ahead: changes that come fast keep nobody waiting for ever.
            self._to_review = deque({**dict.fromkeys(self._to_review), **dict.fromkeys(self._memory.fingerprints())})

    def wait_s(self, longest_s: float) -> float:
        """How long the worker may wait for something else to do."""
        return min(longest_s, self._wait_ms() / 1000) if self._waiting else longest_s

    def due(self) -> list[Message]:
        """The next parcel, when it is time for it."""
        if not self._waiting or self._wait_ms():
            return []
        try:
            self._find_keys()
            self._review()
        except StoreUnavailable as error:
            _log.warning("hints wait for the store: %s", error)
        parcel = list(islice(self._keys, PARCEL))
        for key in parcel:
            del self._keys[key]
        self._not_before_ms = self._now_ms() + max(LEAST_MS, APART_MS * len(parcel) // PARCEL)
        return self._tell(parcel) if parcel else []

    @property
    def _waiting(self) -> bool:
        return bool(self._keys or self._agents or self._to_review)

    def _wait_ms(self) -> int:
        left_ms = self._not_before_ms - self._now_ms()
        return left_ms if 0 < left_ms <= APART_MS else 0  # a clock that was put back holds nothing up

    def _find_keys(self) -> None:
        """Turn agents into keys until there are enough for a parcel."""
        reads = 0
        while self._agents and len(self._keys) < PARCEL and reads < READS:
            agent_id = next(iter(self._agents))
            held = [each.fingerprint for each in self._memory.of_agent(agent_id)]
            if not held:
                reads += 1
                held = list(self._keys_of(agent_id))
            del self._agents[agent_id]
            self._keys |= dict.fromkeys(held)

    def _review(self) -> None:
        """See who lacks something. One that was not heard of in this term is told: nobody knows what it holds."""
        for _ in range(min(LOOKS, len(self._to_review))):
            if len(self._keys) >= PARCEL:
                return
            known = self._memory.held(self._to_review[0])
            if known is None or (known.refusal() is None and self._lacks(known)):
                self._keys[self._to_review[0]] = None
            self._to_review.popleft()
