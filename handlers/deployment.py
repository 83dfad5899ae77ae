"""What a deployment is to its worker: the key it answers with, what it offers, what it tells agents."""

from collections.abc import Callable
from typing import NamedTuple

from domain.resource_keys import SharedKeys
from handlers.slots import ABOVE
from handlers.waiting_room import WaitingCaps
from wire.headers import OFFERED
from wire.keys import PrivateKey, PublicKey, sign
from wire.packages import MAX_CERTIFICATES, MAX_KEY_UPDATE, Signer
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
        """The certificates that go beside an answer to an agent that holds none newer than ``held``."""
        return self._lacking(held)[-MAX_CERTIFICATES:]

    def news(self, held: int) -> list[list[bytes]]:
        """The oldest certificates that such an agent lacks, when they do not fit beside an answer; else none."""
        lacking = self._lacking(held)
        return lacking[:MAX_KEY_UPDATE] if len(lacking) > MAX_CERTIFICATES else []

    def _lacking(self, held: int) -> list[list[bytes]]:
        """After a return to an older key an agent that names a newer one may never have heard of the older."""
        if held == self.version:
            return []
        return [list(pair) for version, pair in self.certificates if version > held or version == self.version]


class Deployment(NamedTuple):
    """Facts and settings every decision may rest on; ``now_ms`` and ``random`` are the only sources of either."""

    key: AnsweringKey
    now_ms: Callable[[], int]
    random: Callable[[int], bytes]
    epoch: int = 1
    offered: int = OFFERED
    interval_s: int = 3600
    pending_retry_s: int = 30
    slots_above: int = ABOVE
    waiting: WaitingCaps = WaitingCaps()
    shared_keys: SharedKeys = SharedKeys()
    root: PublicKey | None = None
    """The root key's public half, to check what it signed elsewhere."""
    root_sign: Signer | None = None
    """Signs with the root key, where it is at hand."""
