"""How an agent proves, to a server restored from before it, that its key follows one the server knows.

A handover is an AgentKeyUpdate package by the key before, kept with the nonce it was signed over. Several, oldest
first, lead from an earlier key to the present one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wire.codec import Codec, MalformedBody
from wire.compression import BodyTooLarge
from wire.headers import OFFERED, VERSION, AgentHeader, MalformedHeader
from wire.key_update import KeyUpdate, MalformedKeyUpdate, read_key_update
from wire.keys import PublicKey, WrongSignature
from wire.packages import MAX_SIGNATURE, NONCE_SIZE, Signer, agent_signed_bytes, decode_body, encode_body
from wire.types import AgentType

MAX_HANDOVERS = 3
"""A request with these fits into the first frame; with more in between an agent is a new machine."""
_BODY_LIMIT = 4096
_BODY_VALUES = 100


class BrokenSuccession(Exception):
    """The handovers do not lead from the known key to the one that asks."""


class Handover(NamedTuple):
    """An AgentKeyUpdate as it was signed."""

    header: bytes
    nonce: bytes
    body: bytes
    signature: bytes

    @property
    def signer(self) -> bytes:
        """Fingerprint of the key that hands over."""
        return AgentHeader.unpack(self.header).fingerprint


def handover(codec: Codec, update: dict[str, Any], old: bytes, time_ms: int, held: int, sign: Signer) -> Handover:
    """Sign ``update`` by the key before, ``old`` by its fingerprint, over sixteen zero bytes: it is of no session."""
    flags, body = encode_body(codec, update)
    header = AgentHeader(AgentType.AGENT_KEY_UPDATE, flags, VERSION, OFFERED, old, 0, time_ms, held, bytes(16)).pack()
    nonce = bytes(NONCE_SIZE)
    return Handover(header, nonce, body, sign(agent_signed_bytes(nonce, header, body)))


def read_succession(value: object) -> list[Handover]:
    """The handovers in a RegistrationRequest, oldest first; none unless well formed. Nothing is proved yet."""
    if not isinstance(value, list) or len(value) > MAX_HANDOVERS:
        return []
    found = [Handover(*each) for each in value if _is_shaped(each)]
    return found if len(found) == len(value) else []


def follow(codec: Codec, handovers: Sequence[Handover], key: PublicKey) -> list[KeyUpdate]:
    """What the handovers say, from ``key`` on: each signed by the one before and by the key it names.

    Raise BrokenSuccession at the first that is not.
    """
    updates: list[KeyUpdate] = []
    for each in handovers:
        try:
            header = AgentHeader.unpack(each.header)
            if (header.type, header.number, header.fingerprint) != (AgentType.AGENT_KEY_UPDATE, 0, key.fingerprint):
                raise BrokenSuccession("a handover is of another key, or no AgentKeyUpdate")
            key.verify(each.signature, agent_signed_bytes(each.nonce, each.header, each.body))
            update = read_key_update(decode_body(codec, header.flags, each.body, _BODY_LIMIT, _BODY_VALUES))
            update.check(key.fingerprint)
        except (WrongSignature, MalformedBody, BodyTooLarge, MalformedKeyUpdate) as error:
            raise BrokenSuccession(str(error)) from error
        updates.append(update)
        key = update.key
    return updates


def _is_shaped(value: object) -> bool:
    if not (isinstance(value, list) and len(value) == 4 and all(isinstance(each, bytes) for each in value)):
        return False
    header, nonce, _, signature = value
    try:
        AgentHeader.unpack(header)
    except MalformedHeader:
        return False
    return len(nonce) == NONCE_SIZE and len(signature) <= MAX_SIGNATURE
