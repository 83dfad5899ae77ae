"""A key's successor is taken: who may name one, and what is recorded of it. By AgentKeyUpdate or by succession."""

from typing import Any

from domain.key_policy import below
from domain.registration import Registration
from handlers.batch import Batch
from handlers.incoming import Incoming, by_agent
from handlers.key_policy import minimum
from handlers.key_strength import TOO_WEAK
from handlers.known_key import KnownKey
from handlers.memory import claims_digest
from handlers.resource_index import look_up
from wire.key_update import KeyUpdate
from wire.keys import PublicKey
from wire.refusals import Reason


def forbidden(key: PublicKey, known: KnownKey, batch: Batch) -> Reason | None:
    """Why ``known``, a trusted key, may not name ``key`` as its successor; None when it may."""
    if key.algorithm in TOO_WEAK or below(key.algorithm, minimum(batch)):
        return Reason.KEY_TOO_WEAK
    taken = batch.key(key.fingerprint)
    if taken is not None:
        return Reason.KEY_REPLACED if taken.agent_id == known.agent_id and taken.retired else Reason.KEY_TAKEN
    agent = batch.agent(known.agent_id)
    if known.public_key.algorithm in TOO_WEAK:
        if known.fingerprint in agent.offers:
            return Reason.MIGRATION_USED
        if not batch.migration_open():
            return Reason.MIGRATION_CLOSED
    return Reason.KEY_OFFERED_TOO_OFTEN if agent.next_offer_ms() > batch.now_ms else None


def key_used(incoming: Incoming, known: KnownKey, batch: Batch) -> None:
    """This key spoke for its agent: if it was only offered until now, the key before it is retired."""
    agent = batch.agent(known.agent_id)
    if agent.key_used(known.fingerprint):
        batch.stage(agent, by_agent(incoming, known.subject_id))


def offer(incoming: Incoming, known: KnownKey, update: KeyUpdate, evidence: dict[str, Any], batch: Batch) -> KnownKey:
    """Record the successor of ``known``, good from now on. ``evidence`` is the package that ``known`` signed."""
    key_used(incoming, known, batch)
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
        evidence=evidence,
        duplicate_of=old.duplicate_of,  # Found alike: the same machines as before, and itself.
        ignored_keys=found.ignored,
        replaces=known.fingerprint,
    )
    batch.stage(registration, by_agent(incoming, subject_id))
    agent = batch.agent(known.agent_id)
    migrated = known.public_key.algorithm in TOO_WEAK
    agent.offer_key(known.fingerprint, key.fingerprint, batch.now_ms, migrated=migrated)
    fresh = batch.memory.remember(_fresh(known, update, subject_id, old.claims, batch))
    batch.touch(fresh)
    batch.stage(agent, by_agent(incoming, known.subject_id))
    return fresh


def _fresh(known: KnownKey, update: KeyUpdate, subject_id: int, claims: dict[str, object], batch: Batch) -> KnownKey:
    """The successor begins at number 1 with nothing held: what the old key reported is in the old key's diary."""
    return KnownKey(
        public_key=update.key,
        subject_id=subject_id,
        agent_id=known.agent_id,
        name=known.name,
        status=known.status,
        trusted=known.trusted,
        claims_digest=claims_digest(claims),
        requested_ms=batch.now_ms,
        algorithms=tuple(update.algorithms),
        told_id=known.agent_id.bytes,
    )
