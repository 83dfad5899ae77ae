"""Both ends of a connection and a deployment's keys, for tests: what the server signs is made by hand here."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.codec import MsgpackCodec
from wire import keys
from wire.agent_session import AgentSession, Outgoing
from wire.certificates import ServerKeyCertificate, certify
from wire.frames import to_frame
from wire.headers import VERSION, AgentHeader, ServerHeader
from wire.keys import PrivateKey, load_public_key, public_der
from wire.msgspec_codec import MsgspecCodec
from wire.packages import (
    AgentPackage,
    agent_signed_bytes,
    decode_agent_package,
    encode_agent_package,
    encode_body,
    encode_server_package,
    server_signed_bytes,
)
from wire.server_session import ServerSession
from wire.trust import Pair, ServerTrust
from wire.types import AgentType, ServerType

CODEC = MsgspecCodec()
AGENTS_CODEC = MsgpackCodec()
NOW_MS = 1_767_225_600_000
NONCE = bytes(range(16))
OTHER_NONCE = bytes(range(16, 32))
STATE_HASH = bytes(range(0x40, 0x50))


def key_of(seed: int) -> Ed25519PrivateKey:
    """The same key for the same number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


ROOT, OTHER_ROOT, AGENT, OTHER_AGENT = key_of(1), key_of(2), key_of(3), key_of(4)
SERVER_KEYS = {version: key_of(10 + version) for version in range(1, 5)}


def public(key: PrivateKey) -> keys.PublicKey:
    """The public half as the wire loads it."""
    return load_public_key(public_der(key.public_key()))


def certificate(version: int = 1, *, root: Ed25519PrivateKey = ROOT, **changes: Any) -> Pair:
    """The root's word for server key ``version``; ``changes`` are fields that say something else."""
    der = public_der(SERVER_KEYS[version].public_key())
    statement = ServerKeyCertificate(der, keys.ED25519, "server", NOW_MS + 10_000, version, 1)
    return certify(CODEC, statement._replace(**changes), root.sign)


def trust(*pairs: Pair, minimum_version: int = 0) -> ServerTrust:
    """What an agent believes."""
    return ServerTrust(AGENTS_CODEC, public(ROOT), pairs, minimum_version)


def agent_session(held: ServerTrust | None = None, key: Ed25519PrivateKey = AGENT) -> AgentSession:
    """An agent that waits for its Welcome."""
    return AgentSession(AGENTS_CODEC, held or trust(certificate()), public(key).fingerprint, key.sign, lambda: NOW_MS)


def server_session(nonce: bytes = NONCE) -> ServerSession:
    """A server that waits for a package."""
    return ServerSession(CODEC, nonce)


def welcomed(held: ServerTrust | None = None, key: Ed25519PrivateKey = AGENT) -> AgentSession:
    """An agent that may send."""
    session = agent_session(held, key)
    session.receive(server_session().welcome(NOW_MS))
    return session


def outgoing(content: dict[str, Any], kind: int = AgentType.PROPS_VERSION, number: int = 1) -> Outgoing:
    """A package to send."""
    flags, body = encode_body(AGENTS_CODEC, content)
    return Outgoing(kind, flags, body, number, STATE_HASH)


def agent_frame(body: bytes, key: Ed25519PrivateKey = AGENT, number: int = 1) -> bytes:
    """A well-formed, signed package with this body, in its frame."""
    fingerprint = public(key).fingerprint
    header = AgentHeader(4, 0, VERSION, 1, fingerprint, number, NOW_MS, 1, STATE_HASH).pack()
    signature = key.sign(agent_signed_bytes(NONCE, header, body))
    return to_frame(encode_agent_package(AGENTS_CODEC, AgentPackage(header, body, signature)))


def signed_by_agent(frame: bytes, nonce: bytes = NONCE) -> bytes:
    """What the agent signed for the package in ``frame``."""
    sent = decode_agent_package(CODEC, frame[4:])
    return agent_signed_bytes(nonce, sent.header, sent.body)


def answer(
    answered: bytes,
    content: dict[str, Any] | None = None,
    *,
    kind: int = ServerType.PROPS_RESPONSE,
    recipient: Ed25519PrivateKey = AGENT,
    version: int = 1,
    key: Ed25519PrivateKey | None = None,
    time_ms: int = NOW_MS,
    certificates: tuple[Pair, ...] = (),
    raw: tuple[int, bytes] | None = None,
) -> bytes:
    """The frame payload of a server's answer to the package whose signed bytes are ``answered``.

    ``raw`` are flags and body to sign as they are, in the place of ``content``.
    """
    flags, body = raw or encode_body(CODEC, content or {})
    header = ServerHeader(kind, flags, VERSION, version, 2, time_ms, 1).pack()
    digest = hashlib.sha256(answered).digest()
    signature = (key or SERVER_KEYS[version]).sign(
        server_signed_bytes(public(recipient).fingerprint, digest, header, body)
    )
    return encode_server_package(CODEC, header, body, signature, [list(pair) for pair in certificates])


def answer_frame(answered: bytes, content: dict[str, Any] | None = None, **how: Any) -> bytes:
    """``answer`` in its frame."""
    return to_frame(answer(answered, content, **how))
