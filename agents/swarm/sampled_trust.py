"""Checks only a share of the answers' signatures, so that the load generator costs less than what it loads."""

from agents.swarm.seeded import seeded
from wire.codec import Codec
from wire.keys import PublicKey
from wire.packages import ServerPackage
from wire.trust import ServerTrust


class SampledTrust(ServerTrust):
    """One for all agents of a swarm: certificates that one learned are held by all."""

    def __init__(self, codec: Codec, root: PublicKey, share: float, seed: int) -> None:
        super().__init__(codec, root)
        self._share = share
        self._random = seeded(seed, "verify")

    def check(self, package: ServerPackage, recipient: bytes, answered: bytes, newest_time_ms: int) -> bool:
        """Certificates are always checked."""
        if self._share >= 1 or self._random.random() < self._share:
            return super().check(package, recipient, answered, newest_time_ms)
        return self.learn(package.certificates)
