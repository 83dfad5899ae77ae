"""Hints that are still to go out: as many at a time as the worker can answer call-ins."""

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from uuid import UUID

from handlers.memory import Memory
from handlers.outbox import Message
from handlers.wake_list import WakeList
from store.log import StoreUnavailable

PARCEL = 500
"""Keys at a time."""
APART_MS = 250
"""From one parcel to the next: 2,000 woken agents a second, about what one worker answers."""
READS = 100
"""Agents of one parcel that memory does not hold and the log is asked for."""
_log = logging.getLogger("muster.worker")


class Wakes:
    """Nothing here is durable: a hint that is lost costs an agent the wait for its interval, nothing else."""

    def __init__(
        self,
        memory: Memory,
        keys_of: Callable[[UUID], Iterable[bytes]],
        tell: Callable[[Sequence[bytes]], list[Message]],
        now_ms: Callable[[], int],
    ) -> None:
        """``keys_of`` reads the keys of an agent from the log; ``tell`` makes the messages for some keys."""
        self._memory = memory
        self._keys_of = keys_of
        self._tell = tell
        self._now_ms = now_ms
        self._last_ms = now_ms() - APART_MS
        self._keys: dict[bytes, None] = {}
        self._agents: dict[UUID, None] = {}

    def add(self, wanted: WakeList) -> None:
        """What a committed batch wants; whoever waits already is told once."""
        self._keys |= wanted.keys
        self._agents |= wanted.agents
        if wanted.everybody:
            self._agents.clear()
            self._keys |= dict.fromkeys(self._memory.fingerprints())

    def wait_s(self, longest_s: float) -> float:
        """How long the worker may wait for something else to do."""
        if not (self._keys or self._agents):
            return longest_s
        return min(longest_s, max(0, self._last_ms + APART_MS - self._now_ms()) / 1000)

    def due(self) -> list[Message]:
        """The next parcel, when it is time for it."""
        # A clock that was put back holds nothing up.
        if not (self._keys or self._agents) or 0 <= self._now_ms() - self._last_ms < APART_MS:
            return []
        self._last_ms = self._now_ms()
        self._find_keys()
        parcel = list(islice(self._keys, PARCEL))
        for key in parcel:
            del self._keys[key]
        return self._tell(parcel)

    def _find_keys(self) -> None:
        """Turn agents into keys until there are enough for a parcel."""
        reads = 0
        while self._agents and len(self._keys) < PARCEL and reads < READS:
            agent_id = next(iter(self._agents))
            held = [each.fingerprint for each in self._memory.of_agent(agent_id)]
            if not held:
                reads += 1
                try:
                    held = list(self._keys_of(agent_id))
                except StoreUnavailable as error:
                    _log.warning("hints wait for the store: %s", error)
                    return
            del self._agents[agent_id]
            self._keys |= dict.fromkeys(held)
