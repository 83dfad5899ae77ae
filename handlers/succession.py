"""A key that this server does not know, but whose agent it knows: restored from before the agent changed its key."""

from typing import Any

from handlers.batch import Batch
from handlers.incoming import Incoming
from handlers.key_offer import forbidden, offer
from handlers.key_strength import TOO_WEAK
from handlers.known_key import KnownKey
from wire.key_update import KeyUpdate
from wire.keys import PublicKey
from wire.msgspec_codec import MsgspecCodec
from wire.succession import BrokenSuccession, Handover, follow, read_succession

_codec = MsgspecCodec()


def succeed(incoming: Incoming, key: PublicKey, value: object, batch: Batch) -> KnownKey | None:
    """Take ``key``, which asks for registration, as successor of the key that handed over to it; None when it is none.

    The rules are those of AgentKeyUpdate, judged by what is true now. To re-send an old handover gains nothing: the
    request that carries it is signed by the key it names, and a key that was replaced hands over to nobody.
    """
    handovers = read_succession(value)
    first, known = _newest_known(handovers, batch)
    if known is None or known.refusal() is not None:
        return None
    links = handovers[first:]
    try:
        updates = follow(_codec, links, known.public_key)
    except BrokenSuccession:
        return None
    if updates[-1].key.fingerprint != key.fingerprint or any(each.key.algorithm in TOO_WEAK for each in updates):
        return None
    if forbidden(key, known, batch) is not None:
        return None
    return _taken(incoming, known, updates[-1], links, batch)


def _newest_known(handovers: list[Handover], batch: Batch) -> tuple[int, KnownKey | None]:
    """The last handover by a key that is registered, and that key."""
    for at in reversed(range(len(handovers))):
        known = batch.key(handovers[at].signer)
        if known is not None:
            return at, known
    return 0, None


def _taken(incoming: Incoming, known: KnownKey, update: KeyUpdate, links: list[Handover], batch: Batch) -> KnownKey:
    evidence: dict[str, Any] = links[0]._asdict()
    if len(links) > 1:
        evidence["links"] = [list(each) for each in links[1:]]
    return offer(incoming, known, update, evidence, batch)
