"""Replies to bytes: signed for one agent and one package, after the batch they answer was committed."""

from broker.messages import Answer, Verdict
from handlers.deployment import Deployment
from handlers.incoming import Incoming, NotVerified, Reply
from wire.headers import VERSION, ServerHeader
from wire.msgspec_codec import MsgspecCodec
from wire.packages import encode_body, encode_server_package, encode_unsigned, server_signed_bytes
from wire.refusals import Reason
from wire.types import UNSIGNED, ServerType

_codec = MsgspecCodec()


def signed_answer(reply: Reply, deployment: Deployment) -> Answer:
    """Sign a reply; certificates the agent lacks travel with it, outside the signature."""
    if reply.type in UNSIGNED:
        return _answer(reply.incoming, reply.verdict, encode_unsigned(_codec, reply.type, reply.content), reply)
    key = deployment.key
    flags, body = encode_body(_codec, reply.content)
    header = ServerHeader(
        reply.type,
        flags,
        VERSION,
        key.version,
        reply.next_number,
        deployment.now_ms(),
        deployment.epoch,
    ).pack()
    signature = key.sign(server_signed_bytes(reply.recipient, reply.answered, header, body))
    missing = key.missing(reply.incoming.header.server_key_version)
    package = encode_server_package(_codec, header, body, signature, missing)
    return _answer(reply.incoming, reply.verdict, package, reply)


def unverified_answer(incoming: Incoming, error: NotVerified) -> Answer:
    """An unknown key is told so, unsigned; anything else that nobody proved gets no answer, only the close."""
    unknown = error.reason is Reason.UNKNOWN_KEY
    package = encode_unsigned(_codec, ServerType.UNKNOWN_KEY, {}) if unknown else b""
    return _answer(incoming, Verdict.BAD, package, None, error.reason.value)


def _answer(incoming: Incoming, verdict: Verdict, package: bytes, reply: Reply | None, why: str = "") -> Answer:
    known = reply.known if reply is not None and verdict is Verdict.ACCEPTED else None
    return Answer(
        incoming.received.connection,
        verdict,
        package,
        incoming.header.fingerprint,
        known.agent_id.bytes if known else b"",
        known.name if known else "",
        incoming.header.type,
        why or _why(reply),
    )


def _why(reply: Reply | None) -> str:
    if reply is None or reply.verdict is not Verdict.REFUSED:
        return ""
    return str(reply.content.get("reason") or reply.content.get("status") or "")
