"""What all connections of a frontend share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from frontend.admission import Admission
from frontend.deadlines import Deadlines
from frontend.held_keys import HeldKeys
from frontend.limits import Limits
from frontend.log_lines import LogLines
from frontend.memory import MemoryInFlight
from frontend.metrics import Counts
from frontend.outbox import Outbox
from frontend.pending import PendingPackages
from wire.codec import Codec

if TYPE_CHECKING:
    from frontend.connection import AgentConnection


@dataclass
class House:
    """Made once by the listener; `clock_ms` is the time of day, `random` makes nonces and jitter."""

    limits: Limits
    codec: Codec
    clock_ms: Callable[[], int]
    random: Random
    admission: Admission
    deadlines: Deadlines[AgentConnection]
    memory: MemoryInFlight
    pending: PendingPackages[AgentConnection]
    keys: HeldKeys[AgentConnection]
    outbox: Outbox
    counts: Counts
    log: LogLines
    draining: bool = False

    def retry_after_s(self) -> int:
        """When a sender should come again: not all at the same moment."""
        return self.limits.retry_after_s + self.random.randrange(self.limits.retry_jitter_s + 1)
