"""How a simulated agent changes its key: offered under the old one, in use from the answer on."""

from cryptography.hazmat.primitives.asymmetric import ec

from wire.codec import Codec
from wire.key_update import key_update
from wire.keys import P256, PrivateKey, public_der, sign
from wire.packages import encode_body


class Succession:
    """The next key of one agent, while there is one. Nothing survives the run but the key in use."""

    def __init__(self, codec: Codec) -> None:
        self.following: PrivateKey | None = None
        self.offered = False
        self.completed = 0
        self._codec = codec

    def begin(self) -> None:
        """Make the next key, unless there is one."""
        if self.following is None:
            self.following = ec.generate_private_key(ec.SECP256R1())

    def offer(self, old: bytes) -> tuple[int, bytes]:
        """Flags and body of the AgentKeyUpdate; the same key again until it is answered."""
        following = self.following
        assert following is not None
        self.offered = True
        der = public_der(following.public_key())
        return encode_body(self._codec, key_update(old, der, [P256], lambda message: sign(following, message)))

    def taken(self) -> PrivateKey:
        """The server took the offer: the key in use from now on."""
        following, self.following, self.offered = self.following, None, False
        assert following is not None
        self.completed += 1
        return following

    def refused(self) -> None:
        """The offer is good for nothing; the old key goes on."""
        self.following, self.offered = None, False
