"""A key names its successor: both sign, both are good until the successor was used."""

from domain.diary import Decision
from domain.key_policy import below
from domain.registration import Registration
from handlers.batch import Batch, Cause
from handlers.incoming import Incoming
from handlers.key_policy import minimum
from handlers.key_strength import TOO_WEAK
from handlers.known_key import KnownKey
from handlers.memory import claims_digest
from handlers.registration_request import BODY_LIMIT, BODY_VALUES
from handlers.resource_index import look_up
from wire.codec import MalformedBody
from wire.compression import BodyTooLarge
from wire.key_update import KeyUpdate, MalformedKeyUpdate, read_key_update
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
    if (reason := _forbidden(update, known, batch)) is not None:
        return reason
    key_used(incoming, known, batch)
    _offer(incoming, known, update, batch)
    return None


def key_used(incoming: Incoming, known: KnownKey, batch: Batch) -> None:
    """A package of this key was accepted: if it was only offered until now, the key before it is retired."""
    agent = batch.agent(known.agent_id)
    if agent.key_used(known.fingerprint):
        batch.stage(agent, _by_agent(incoming, known.subject_id))


def _forbidden(update: KeyUpdate, known: KnownKey, batch: Batch) -> Reason | None:
    new, old = update.key, known.public_key
    if new.algorithm in TOO_WEAK or below(new.algorithm, minimum(batch)):
        return Reason.KEY_TOO_WEAK
    taken = batch.key(new.fingerprint)
    if taken is not None:
        return Reason.KEY_REPLACED if taken.agent_id == known.agent_id and taken.retired else Reason.KEY_TAKEN
    if old.algorithm not in TOO_WEAK:
        return None
    if known.fingerprint in batch.agent(known.agent_id).offers:
        return Reason.MIGRATION_USED
    return None if batch.migration_open() else Reason.MIGRATION_CLOSED


def _offer(incoming: Incoming, known: KnownKey, update: KeyUpdate, batch: Batch) -> None:
    old, key = batch.registration(known.fingerprint), update.key
    subject_id = batch.new_subject(key.fingerprint)
    found = look_up(old.claims, key.fingerprint, batch)
    registration = Registration.request(
        fingerprint=key.fingerprint,
        public_key=key.der,
        algorithm=key.algorithm,
        algorithms=update.algorithms,
        agent_id=old.agent_id.bytes,  # The one it came with: a merge that is undone gives both keys back.
        at_ms=batch.now_ms,
        claims=old.claims,
        address=incoming.received.address,
        evidence=incoming.evidence,
        duplicate_of=old.duplicate_of,  # Found alike: the same machines as before, and itself.
        ignored_keys=found.ignored,
        replaces=known.fingerprint,
    )
    batch.stage(registration, _by_agent(incoming, subject_id))
    agent = batch.agent(known.agent_id)
    agent.offer_key(known.fingerprint, key.fingerprint, migrated=known.public_key.algorithm in TOO_WEAK)
    batch.touch(batch.memory.remember(_fresh(known, update, subject_id, old.claims, batch)))
    batch.stage(agent, _by_agent(incoming, known.subject_id))


def _fresh(known: KnownKey, update: KeyUpdate, subject_id: int, claims: dict[str, object], batch: Batch) -> KnownKey:
    """The successor begins at number 1 with nothing held: what the old key reported is in the old key's diary."""
    return KnownKey(
        public_key=update.key,
        subject_id=subject_id,
        agent_id=known.agent_id,
        name=known.name,
        status=known.status,
        trusted=known.trusted,
        next_number=1,
        last=None,
        last_decision=Decision.ACCEPTED,
        accepted_hash=None,
        claims_digest=claims_digest(claims),
        requested_ms=batch.now_ms,
        algorithms=tuple(update.algorithms),
    )


def _by_agent(incoming: Incoming, subject_id: int) -> Cause:
    return Cause(handler=incoming.handler, subject_id=subject_id, agent_time_ms=incoming.header.agent_time_ms)
