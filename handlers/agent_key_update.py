"""A key names its successor: both sign, both are good until the successor was used."""

from domain.held_keys import OFFER_PAUSE_MS
from handlers.batch import Batch
from handlers.incoming import Incoming
from handlers.key_offer import forbidden, offer
from handlers.known_key import KnownKey
from handlers.registration_request import BODY_LIMIT, BODY_VALUES
from wire.codec import MalformedBody
from wire.compression import BodyTooLarge
from wire.key_update import MalformedKeyUpdate, read_key_update
from wire.keys import WrongSignature
from wire.msgspec_codec import MsgspecCodec
from wire.packages import decode_body
from wire.refusals import Reason

_codec = MsgspecCodec()


def agent_key_update(incoming: Incoming, known: KnownKey, batch: Batch) -> Reason | None:
    """Take a verified AgentKeyUpdate of a trusted key and stage the offer; return why not, None when it stands."""
    try:
        content = decode_body(_codec, incoming.header.flags, incoming.received.body, BODY_LIMIT, BODY_VALUES)
        update = read_key_update(content)
        update.check(known.fingerprint)
    except (MalformedBody, BodyTooLarge, MalformedKeyUpdate):
        return Reason.KEY_UPDATE_UNUSABLE
    except WrongSignature:
        return Reason.WRONG_PROOF
    agent = batch.agent(known.agent_id)
    if agent.offers.get(known.fingerprint) == update.key.fingerprint:
        return None  # Said again: the answer was lost.
    if (reason := forbidden(update.key, known, batch)) is not None:
        return reason
    offer(incoming, known, update, incoming.evidence, batch)
    return None


def offer_again_s(known: KnownKey, batch: Batch) -> int:
    """Seconds until the agent of this key may offer another one."""
    wait_ms = batch.agent(known.agent_id).next_offer_ms() - batch.now_ms
    return min(max(1, -(-wait_ms // 1000)), OFFER_PAUSE_MS // 1000)
