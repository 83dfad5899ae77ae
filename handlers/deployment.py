"""What a deployment is to its worker: the key it answers with, what it offers, what it tells agents."""

from collections.abc import Callable
from typing import NamedTuple

from handlers.waiting_room import WaitingCaps
from wire.headers import OFFERED
from wire.keys import PrivateKey, sign
from wire.trust import Pair


class AnsweringKey(NamedTuple):
    """The current server key, and the certificates by which agents come to trust it, oldest first."""

    version: int
    private: PrivateKey
    certificates: tuple[tuple[int, Pair], ...]

    def sign(self, message: bytes) -> bytes:
        """Sign in the wire's form."""
        return sign(self.private, message)

    def missing(self, held: int) -> list[list[bytes]]:
        """The certificates an agent lacks that holds none newer than ``held``."""
        if held >= self.version:
            return []
        return [list(pair) for version, pair in self.certificates if version > held]


class Deployment(NamedTuple):
    """Facts and settings every decision may rest on; ``now_ms`` and ``random`` are the only sources of either."""

    key: AnsweringKey
    now_ms: Callable[[], int]
    random: Callable[[int], bytes]
    epoch: int = 1
    offered: int = OFFERED
    interval_s: int = 3600
    pending_retry_s: int = 30
    waiting: WaitingCaps = WaitingCaps()
    minimum_key: str = ""
    """Weakest algorithm that agents' keys may have (wire/strength.py); empty asks for nothing."""
