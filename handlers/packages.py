"""Judging one package: is it genuine, is its key trusted, is its number next; then its content is decided."""

from collections.abc import Mapping
from typing import Any

from broker.messages import Verdict
from domain import diary
from domain.diary import Decision
from domain.registration import HOUR_MS
from handlers.agent_key_update import agent_key_update, offer_again_s
from handlers.assigned import assigned, differences, recall
from handlers.batch import Batch, Cause
from handlers.content import HANDLERS, TELL_WHAT_IS_HELD, Handler, size_announced, what_is_held
from handlers.forks import forked, is_fork
from handlers.incoming import Incoming, NotVerified, Reply, by_agent, verified
from handlers.key_news import key_news
from handlers.key_offer import key_used
from handlers.key_strength import is_too_old, should_rekey
from handlers.known_key import KnownKey
from handlers.memory import last_entry
from handlers.next_call_in import slot
from handlers.registration_request import registration_request, registration_response
from handlers.sorting import sort_by_properties
from store.mapper import DiaryEntry
from wire.codec import MalformedBody
from wire.compression import BodyTooLarge
from wire.msgspec_codec import MsgspecCodec
from wire.packages import decode_body
from wire.refusals import Reason
from wire.types import CONTROL, AgentType, ServerType

_codec = MsgspecCodec()
_RESERVED = frozenset({AgentType.MSG_UPLOAD, AgentType.MSG_REQUEST})
NOTHING_SAID: Mapping[str, Any] = {}
_CONTENT_REASON = {
    Decision.MALFORMED: Reason.MALFORMED,
    Decision.UNPROCESSABLE: Reason.UNPROCESSABLE,
    Decision.UNSUPPORTED_TYPE: Reason.UNSUPPORTED_TYPE,
    Decision.TOO_LARGE: Reason.TOO_LARGE,
}


def judge(incoming: Incoming, batch: Batch, handlers: dict[int, tuple[str, Handler]] = HANDLERS) -> Reply:
    """Decide about a package and stage what follows; NotVerified when nobody proved who sent it."""
    header = incoming.header
    known = batch.key(header.fingerprint, header.number)
    if header.type == AgentType.REGISTRATION_REQUEST and (known is None or not (known.retired or known.forked)):
        return registration_request(incoming, known, batch)
    if known is None:
        raise NotVerified(Reason.UNKNOWN_KEY)
    answered = verified(incoming, known.public_key, batch.deployment.offered)
    if (news := key_news(incoming, batch)) is not None:
        return news
    if (reason := known.refusal()) is not None:
        return refuse(incoming, known, answered, reason, batch)
    if header.type != AgentType.AGENT_KEY_UPDATE and is_too_old(known.public_key.algorithm, known.algorithms, batch):
        return refuse(incoming, known, answered, Reason.AGENT_TOO_OLD, batch)
    if header.type in CONTROL or header.number == 0:
        return _control(incoming, known, answered, batch)
    if header.number > known.next_number:
        known.gap_ms = max(known.gap_ms, header.agent_time_ms)
        batch.touch(known)
        return refuse(incoming, known, answered, Reason.GAP, batch)
    if header.number < known.next_number:
        return _repeat(incoming, known, answered, batch)
    return _next(incoming, known, answered, batch, handlers)


def unprocessable(incoming: Incoming, batch: Batch) -> Reply:
    """Set aside a package that failed twice alone: its number is used, its body kept, its agent goes on."""
    header = incoming.header
    known = batch.key(header.fingerprint, header.number)
    if known is None:
        raise NotVerified(Reason.UNKNOWN_KEY)
    answered = verified(incoming, known.public_key, batch.deployment.offered)
    if header.type not in HANDLERS or header.number != known.next_number or known.refusal() is not None:
        return judge(incoming, batch)
    _write(incoming, known, diary.CONTENT_REFUSED, Decision.UNPROCESSABLE, batch)
    return _present(incoming, known, answered, Decision.UNPROCESSABLE, batch, "the server failed on this package twice")


def refuse(
    incoming: Incoming,
    known: KnownKey,
    answered: bytes,
    reason: Reason,
    batch: Batch,
    detail: str = "",
    retry_s: int = 0,
) -> Reply:
    """Refuse a verified package about trust or numbers: signed, uses no number, an event at most hourly per reason."""
    if batch.now_ms - known.refused_ms.get(reason, -HOUR_MS) >= HOUR_MS:
        registration = batch.registration(known.fingerprint)
        header = incoming.header
        registration.refuse(
            reason, header.number, header.type, batch.now_ms, incoming.received.address, incoming.evidence
        )
        batch.touch(known)
        batch.stage(registration, by_agent(incoming, known.subject_id))
        known.refused_ms[reason] = batch.now_ms
    content: dict[str, Any] = {"reason": reason.value} | ({"detail": detail[:200]} if detail else {})
    if retry_s:
        content["retry_after_s"] = retry_s
    verdict = Verdict.REFUSED
    return _answer(incoming, known, answered, ServerType.ACCESS_DENIED, content)._replace(verdict=verdict)


def _control(incoming: Incoming, known: KnownKey, answered: bytes, batch: Batch) -> Reply:
    """Hello is answered; what cannot be read is refused like a type not served: no control package uses a number."""
    header = incoming.header
    detail = ""
    if header.type == AgentType.HELLO and header.number == 0:
        try:
            size_announced(decode_body(_codec, header.flags, incoming.received.body))
        except (MalformedBody, BodyTooLarge) as error:
            detail = str(error)
        else:
            return _answer(incoming, known, answered, ServerType.PROPS_RESPONSE, {})
    if header.type == AgentType.AGENT_KEY_UPDATE and header.number == 0:
        if (reason := agent_key_update(incoming, known, batch)) is not None:
            retry_s = offer_again_s(known, batch) if reason is Reason.KEY_OFFERED_TOO_OFTEN else 0
            return refuse(incoming, known, answered, reason, batch, retry_s=retry_s)
        return registration_response(incoming, known, answered, batch)
    return refuse(incoming, known, answered, Reason.NUMBER_NOT_ALLOWED, batch, detail)


def _repeat(incoming: Incoming, known: KnownKey, answered: bytes, batch: Batch) -> Reply:
    """Same number, type, state hash and body: nothing is appended, the answer is made from the present."""
    header, body = incoming.header, incoming.received.body
    entry = last_entry(header, body)
    if entry == known.last:
        return _present(incoming, known, answered, known.last_decision, batch)
    kept = batch.entry(known, header.number)
    if kept is not None and kept.body == body and _shape(kept.header) == _shape(incoming.received.header):
        return _present(incoming, known, answered, kept.decision, batch)
    if not is_fork(header, known, batch):
        return refuse(incoming, known, answered, Reason.NUMBER_USED, batch)
    reply = refuse(incoming, known, answered, Reason.FORK, batch)
    forked(incoming, known, batch)
    return reply


def _next(
    incoming: Incoming,
    known: KnownKey,
    answered: bytes,
    batch: Batch,
    handlers: dict[int, tuple[str, Handler]],
) -> Reply:
    header = incoming.header
    topic, handler = handlers.get(header.type, (diary.CONTENT_REFUSED, None))
    what = "reserved" if header.type in _RESERVED else "not known here"
    decision, detail = Decision.UNSUPPORTED_TYPE, f"type {header.type} is {what}"
    held = None
    content: dict[str, Any] = {}
    if handler is not None:
        try:
            content = decode_body(_codec, header.flags, incoming.received.body)
            held = what_is_held(header, content)
            decision, detail = handler(known, header, content), ""
        except MalformedBody as error:
            topic, decision, detail = diary.CONTENT_REFUSED, Decision.MALFORMED, str(error)
        except BodyTooLarge as error:
            topic, decision, detail = diary.CONTENT_REFUSED, Decision.TOO_LARGE, str(error)
    _write(incoming, known, topic, decision, batch)
    if held is not None:
        batch.held(known, header.lists_hash, held)
    if header.type == AgentType.FULL_PROPS and decision is Decision.ACCEPTED:
        told, address = content["properties"], incoming.received.address
        if sort_by_properties(known.agent_id, told, address, batch, Cause(handler=incoming.handler)):
            # What applies at its place is told once that is committed: in answer to what it holds, in this session.
            reply = _present(incoming, known, answered, decision, batch, detail, content)
            besides = {name: said for name, said in reply.content.items() if name not in ("manifest", "contents")}
            return reply._replace(content={**besides, "held": True})
    return _present(incoming, known, answered, decision, batch, detail, content)


def _write(incoming: Incoming, known: KnownKey, topic: str, decision: Decision, batch: Batch) -> None:
    sent = incoming.received
    kept = DiaryEntry(topic, decision, sent.header, sent.nonce, sent.signature, sent.body, sent.address)
    batch.write_diary(known, last_entry(incoming.header, sent.body), kept, incoming.handler)
    if known.offered:
        key_used(incoming, known, batch)


def _present(
    incoming: Incoming,
    known: KnownKey,
    answered: bytes,
    decision: Decision,
    batch: Batch,
    detail: str = "",
    said: Mapping[str, Any] = NOTHING_SAID,
) -> Reply:
    """The answer to a number that is in the diary: its decision is the stored one, its content the present."""
    if (reason := _CONTENT_REASON.get(decision)) is not None:
        content = {"reason": reason.value, "detail": detail[:200]}
        return _answer(incoming, known, answered, ServerType.ACCESS_DENIED, content)
    header = incoming.header
    told: dict[str, Any] = {"full": True} if known.accepted_hash != header.properties_hash else {}
    if should_rekey(known, batch):
        told["rekey"] = True
    if agent_id := known.news_of_id(header.number):
        told["agent_id"] = agent_id
    if header.type in TELL_WHAT_IS_HELD:
        recall(known, header.lists_hash, batch)
        told |= differences(known, header.lists_hash, assigned(known, batch))
        told |= slot(known, said, batch)
    return _answer(incoming, known, answered, ServerType.PROPS_RESPONSE, told)


def _answer(incoming: Incoming, known: KnownKey, answered: bytes, kind: ServerType, content: dict[str, Any]) -> Reply:
    return Reply(incoming, kind, content, Verdict.ACCEPTED, known.fingerprint, answered, known.next_number, known)


def _shape(header: bytes) -> tuple[int, bytes]:
    """What must be the same in a repeat: type and state hash; times and nonce may differ."""
    return header[0], header[60:76]
