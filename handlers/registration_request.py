"""A key asks to be let in: told who it is at once, decided by the policy or a person."""

from typing import Any

from broker.messages import Verdict
from domain.agent import Status
from domain.install_ticket import InstallTicket
from domain.registration import HOUR_MS, MINUTE_MS
from handlers.batch import Batch, Cause
from handlers.forks import fork_claimed
from handlers.incoming import Incoming, NotVerified, Reply, by_agent, verified
from handlers.install_tickets import judged, redeem
from handlers.introduction import NewKey, introduce
from handlers.key_news import key_news
from handlers.key_strength import should_rekey, turned_away
from handlers.known_key import KnownKey
from handlers.memory import claims_digest
from handlers.merging import merge_when_both_allowed
from handlers.resource_index import look_up
from handlers.succession import succeed
from wire.codec import MalformedBody
from wire.compression import BodyTooLarge
from wire.keys import PublicKey, UnusableKey, WrongSignature, load_public_key
from wire.msgspec_codec import MsgspecCodec
from wire.packages import decode_body
from wire.refusals import Reason
from wire.types import ServerType

BODY_LIMIT = 64 * 1024
BODY_VALUES = 1_000
"""Nobody's signature is known before the body was read: it must be cheap to read."""
MAX_TEXT = 255
MAX_LIST = 64
FULL_RETRY_S = 600
_TEXTS = ("name", "domain", "os", "user")
_codec = MsgspecCodec()


def registration_request(incoming: Incoming, known: KnownKey | None, batch: Batch) -> Reply:
    """Answer a registration request; what is new about it is staged."""
    content = _content(incoming)
    key = known.public_key if known is not None else _announced_key(incoming, content)
    answered = verified(incoming, key, batch.deployment.offered)
    able = texts(content.get("algorithms"))
    if (reason := turned_away(key.algorithm, able, batch, registered=known is not None)) is not None:
        # Nothing is stored of it: no registration rests on such a signature. It is counted by reason.
        denied = {"reason": reason.value}
        return Reply(incoming, ServerType.ACCESS_DENIED, denied, Verdict.REFUSED, key.fingerprint, answered, 1)
    claims = _claims(content)
    if (news := key_news(incoming, batch)) is not None:
        return news
    if known is None and (follower := succeed(incoming, key, content.get("succession"), batch)) is not None:
        return registration_response(incoming, follower, answered, batch)
    try:
        fork = fork_claimed(content.get("fork_of"), key.fingerprint, batch) if known is None else None
    except WrongSignature:
        denied = {"reason": Reason.FORK_UNPROVED.value}  # A stranger: nothing is stored of it either.
        return Reply(incoming, ServerType.ACCESS_DENIED, denied, Verdict.REFUSED, key.fingerprint, answered, 1)
    ticket = judged(content.get("ticket"), key.fingerprint, batch)
    if known is None:
        has_room = batch.memory.waiting.has_room(incoming.received.address, batch.now_ms)
        if not has_room and not isinstance(ticket, InstallTicket):
            return _busy(incoming)
        known = introduce(NewKey(incoming, key, able, claims, ticket, fork), batch)
    else:
        _repeat(incoming, known, claims, able, batch)
        if isinstance(ticket, InstallTicket) and known.status is Status.PENDING:
            registration, agent = batch.registration(known.fingerprint), batch.agent(known.agent_id)
            redeem(ticket, agent, registration, batch)
    if isinstance(ticket, Reason):
        return _ticket_refused(incoming, known, answered, ticket, batch)
    return registration_response(incoming, known, answered, batch)


def _busy(incoming: Incoming) -> Reply:
    """Too many wait for a decision: nothing is stored, the agent comes back later."""
    return Reply(incoming, ServerType.BUSY, {"retry_after": FULL_RETRY_S}, Verdict.BUSY)


def _repeat(incoming: Incoming, known: KnownKey, claims: dict[str, Any], algorithms: list[str], batch: Batch) -> None:
    worth = _worth_recording(known, claims, algorithms, batch.now_ms)
    waits_for_this = known.refusal() is Reason.TRUST_NOT_GRANTED
    if not waits_for_this and not worth:
        return
    registration = batch.registration(known.fingerprint)
    if registration.knows(incoming.received.signature):
        return  # A recorded request, sent again by whoever carries packages: it says nothing new.
    batch.touch(known)
    if worth:
        found = look_up(claims, known.fingerprint, batch, before=registration.claims)
        address, evidence = incoming.received.address, incoming.evidence
        able = tuple(algorithms)
        registration.repeat(claims, batch.now_ms, address, evidence, found.duplicate_of, found.ignored, able)
        batch.stage(registration, by_agent(incoming, known.subject_id))
        known.changes += 1
        known.algorithms = able
        known.claims_digest, known.requested_ms, known.name = claims_digest(claims), batch.now_ms, claims["name"]
    agent = batch.agent(known.agent_id)
    granted = agent.asked_again()
    cause = Cause(handler=incoming.handler, cause=registration.id.bytes)
    batch.stage(agent, cause)
    if granted:
        merge_when_both_allowed(known.fingerprint, batch, cause)


def _worth_recording(known: KnownKey, claims: dict[str, Any], algorithms: list[str], now_ms: int) -> bool:
    """Other claims after a minute, two, four ... up to an hour; the same claims after an hour."""
    since_ms = now_ms - known.requested_ms
    if since_ms >= HOUR_MS:
        return True
    changed = tuple(algorithms) != known.algorithms or claims_digest(claims) != known.claims_digest
    return since_ms >= MINUTE_MS << min(known.changes, 6) and changed


def registration_response(incoming: Incoming, known: KnownKey, answered: bytes, batch: Batch) -> Reply:
    """Tell an agent how it stands; its id and its interval with it."""
    content: dict[str, Any] = {
        "status": known.status.value.lower(),
        "agent_id": known.agent_id.bytes,
        "interval_s": batch.deployment.interval_s,
    }
    if not known.trusted:
        content["retry_after_s"] = batch.deployment.pending_retry_s
    if should_rekey(known, batch):
        content["rekey"] = True
    known.told_id, known.told_number = known.agent_id.bytes, 0
    verdict = Verdict.ACCEPTED if known.trusted else Verdict.REFUSED
    kind = ServerType.REGISTRATION_RESPONSE
    return Reply(incoming, kind, content, verdict, known.fingerprint, answered, known.next_number, known)


def _ticket_refused(incoming: Incoming, known: KnownKey, answered: bytes, reason: Reason, batch: Batch) -> Reply:
    """The request is recorded and decided as one without a ticket; the agent hears what is wrong with its ticket."""
    if batch.now_ms - known.refused_ms.get(reason, -HOUR_MS) >= HOUR_MS:
        header, registration = incoming.header, batch.registration(known.fingerprint)
        registration.refuse(reason, 0, header.type, batch.now_ms, incoming.received.address, incoming.evidence)
        batch.touch(known)
        batch.stage(registration, by_agent(incoming, known.subject_id))
        known.refused_ms[reason] = batch.now_ms
    content = {"reason": reason.value}
    kind, number = ServerType.ACCESS_DENIED, known.next_number
    return Reply(incoming, kind, content, Verdict.REFUSED, known.fingerprint, answered, number, known)


def _content(incoming: Incoming) -> dict[str, Any]:
    if incoming.header.number != 0:
        raise NotVerified(Reason.MALFORMED_FRAME)
    try:
        return decode_body(_codec, incoming.header.flags, incoming.received.body, BODY_LIMIT, BODY_VALUES)
    except (MalformedBody, BodyTooLarge):
        raise NotVerified(Reason.MALFORMED_FRAME) from None


def _announced_key(incoming: Incoming, content: dict[str, Any]) -> PublicKey:
    """The key in the request; it must be the one the header names."""
    der = content.get("key")
    try:
        key = load_public_key(der) if isinstance(der, bytes) else None
    except UnusableKey:
        raise NotVerified(Reason.MALFORMED_FRAME) from None
    if key is None or key.fingerprint != incoming.header.fingerprint:
        raise NotVerified(Reason.WRONG_SIGNATURE)
    return key


def _claims(content: dict[str, Any]) -> dict[str, Any]:
    """What the machine says of itself, cut to size: claims, never credentials."""
    claims: dict[str, Any] = {name: _text(content.get(name)) for name in _TEXTS}
    claims["addresses"] = texts(content.get("addresses"))
    keys = content.get("resource_keys")
    named = keys.items() if isinstance(keys, dict) else ()
    claims["resource_keys"] = {_text(kind): _text(value) for kind, value in list(named)[:MAX_LIST] if _text(value)}
    return claims


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """The non-empty texts in a list that an agent sent, cut to size; none of anything else."""
    return [_text(each) for each in value[:MAX_LIST] if _text(each)] if isinstance(value, list) else []
