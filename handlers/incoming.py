"""A package on its way through the worker: what arrived, and what is proved about it."""

import hashlib
from typing import Any, NamedTuple

from broker.messages import PackageReceived, Verdict
from handlers.batch import Cause
from handlers.known_key import KnownKey
from wire.headers import VERSION, AgentHeader
from wire.keys import PublicKey, WrongSignature
from wire.packages import NONCE_SIZE, agent_signed_bytes
from wire.refusals import Reason
from wire.types import ServerType


class NotVerified(Exception):
    """Nobody proved who sent this package: it is counted by reason, never attributed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Incoming(NamedTuple):
    """A package and the claims around it. ``handler`` is the broker user of the frontend, checked by the broker."""

    received: PackageReceived
    header: AgentHeader
    handler: str
    reply_to: str

    @property
    def evidence(self) -> dict[str, Any]:
        """What verifies this package for ever, with the public key alone."""
        sent = self.received
        return {"header": sent.header, "nonce": sent.nonce, "signature": sent.signature, "body": sent.body}


class Reply(NamedTuple):
    """What is to be answered once the batch is committed. Signed for ``recipient`` unless the type is unsigned."""

    incoming: Incoming
    type: ServerType
    content: dict[str, Any]
    verdict: Verdict
    recipient: bytes = b""
    answered: bytes = b""
    next_number: int = 0
    known: KnownKey | None = None


def verified(incoming: Incoming, key: PublicKey, offered: int) -> bytes:
    """Check the signature; return SHA-256 of the signed bytes, which the answer will name. NotVerified otherwise."""
    sent = incoming.received
    header = incoming.header
    if header.offered != offered or header.version != VERSION or len(sent.nonce) != NONCE_SIZE:
        raise NotVerified(Reason.WRONG_OFFER)
    signed = agent_signed_bytes(sent.nonce, sent.header, sent.body)
    try:
        key.verify(sent.signature, signed)
    except WrongSignature:
        raise NotVerified(Reason.WRONG_SIGNATURE) from None
    return hashlib.sha256(signed).digest()


def by_agent(incoming: Incoming, subject_id: int) -> Cause:
    """The cause of what an agent's own package made happen."""
    return Cause(handler=incoming.handler, subject_id=subject_id, agent_time_ms=incoming.header.agent_time_ms)
