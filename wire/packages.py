"""Packages: what is framed, and the exact bytes that are signed, in both directions.

An agent package is ``[header, body, signature]``, a signed server package ``[header, body, signature, certificates?]``,
an unsigned server package ``[type, map]``. Bodies are hashed, signed and stored as they are sent.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wire.codec import MAX_VALUES, Codec, MalformedBody, check_count
from wire.compression import SMALLEST_WORTH_COMPRESSING, BodyTooLarge, NotCompressed, compress, decompress
from wire.frames import BODY_LIMIT
from wire.headers import FLAG_ZSTD, AgentHeader, MalformedHeader, ServerHeader
from wire.types import UNSIGNED, ServerType

NONCE_SIZE = 16
MAX_SIGNATURE = 256
MAX_CERTIFICATES = 16
"""Beside one answer."""
MAX_KEY_UPDATE = 64
"""In one KeyUpdate."""
PACKAGE_VALUES = 256
_AGENT_CONTEXT = b"muster/1 agent package\n"
_SERVER_CONTEXT = b"muster/1 server package\n"

Signer = Callable[[bytes], bytes]
"""Signs a message with one private key, in the wire's form."""


class MalformedPackage(Exception):
    """A frame holds no package of the protocol."""


class AgentPackage(NamedTuple):
    """What an agent sent, untouched: evidence needs these very bytes."""

    header: bytes
    body: bytes
    signature: bytes


class ServerPackage(NamedTuple):
    """A signed answer as it was received; ``certificates`` are good by themselves and not part of what is signed."""

    header: ServerHeader
    header_bytes: bytes
    body: bytes
    signature: bytes
    certificates: tuple[tuple[bytes, bytes], ...]


class UnsignedPackage(NamedTuple):
    """Welcome, Busy, UnknownKey, MsgAvailable, or KeyUpdate, of which only what the root key signed is stored."""

    type: ServerType
    content: dict[str, Any]


def agent_signed_bytes(nonce: bytes, header: bytes, body: bytes) -> bytes:
    """What the agent's key signs: context, session nonce, header, SHA-256 of the body as sent."""
    return _AGENT_CONTEXT + nonce + header + hashlib.sha256(body).digest()


def server_signed_bytes(recipient: bytes, answered: bytes, header: bytes, body: bytes) -> bytes:
    """What the server key signs; ``answered`` is SHA-256 of the signed bytes of the package this answers.

    Recipient fingerprint and ``answered`` are known to the agent and not sent: an answer fits one package.
    """
    return _SERVER_CONTEXT + recipient + answered + header + hashlib.sha256(body).digest()


def encode_agent_package(codec: Codec, package: AgentPackage) -> bytes:
    """The frame payload of an agent package."""
    return codec.encode(list(package))


def decode_agent_package(codec: Codec, payload: bytes) -> AgentPackage:
    """Read a frame payload; raise MalformedPackage unless it is three byte strings of allowed sizes."""
    parts = _list_of(codec, payload)
    if len(parts) != 3 or not all(isinstance(part, bytes) for part in parts):
        raise MalformedPackage("an agent package is [header, body, signature]")
    package = AgentPackage(*parts)
    try:
        AgentHeader.unpack(package.header)
    except MalformedHeader as error:
        raise MalformedPackage(str(error)) from error
    if len(package.signature) > MAX_SIGNATURE:
        raise MalformedPackage(f"a signature has at most {MAX_SIGNATURE} bytes")
    return package


def encode_server_package(
    codec: Codec, header: bytes, body: bytes, signature: bytes, certificates: list[list[bytes]] | None = None
) -> bytes:
    """The frame payload of a signed server package."""
    parts: list[Any] = [header, body, signature]
    if certificates:
        parts.append(certificates)
    return codec.encode(parts)


def encode_unsigned(codec: Codec, kind: ServerType, content: Mapping[str, Any]) -> bytes:
    """The frame payload of a package that nobody signs."""
    return codec.encode([int(kind), dict(content)])


def decode_server_package(codec: Codec, payload: bytes) -> ServerPackage | UnsignedPackage:
    """Read what a server sent; raise MalformedPackage when it is neither signed nor one of the unsigned kinds."""
    parts = _list_of(codec, payload)
    if len(parts) == 2 and isinstance(parts[0], int) and isinstance(parts[1], dict):
        if parts[0] not in UNSIGNED:
            raise MalformedPackage(f"type {parts[0]} must be signed")
        return UnsignedPackage(ServerType(parts[0]), parts[1])
    if len(parts) not in (3, 4) or not all(isinstance(part, bytes) for part in parts[:3]):
        raise MalformedPackage("a server package is [header, body, signature, certificates?] or [type, map]")
    try:
        header = ServerHeader.unpack(parts[0])
    except MalformedHeader as error:
        raise MalformedPackage(str(error)) from error
    return ServerPackage(header, parts[0], parts[1], parts[2], _certificates(parts[3:]))


def encode_body(codec: Codec, content: Mapping[str, Any]) -> tuple[int, bytes]:
    """Return (flags, body as sent); raise BodyTooLarge over 4 MiB."""
    plain = codec.encode(dict(content))
    if len(plain) > BODY_LIMIT:
        raise BodyTooLarge(f"a body of {len(plain)} bytes, the limit is {BODY_LIMIT}")
    if len(plain) >= SMALLEST_WORTH_COMPRESSING:
        packed = compress(plain)
        if len(packed) < len(plain):
            return FLAG_ZSTD, packed
    return 0, plain


def decode_body(
    codec: Codec, flags: int, body: bytes, limit: int = BODY_LIMIT, values: int = MAX_VALUES
) -> dict[str, Any]:
    """The map in a body as sent; raise MalformedBody, or BodyTooLarge over ``limit`` before or after decompression.

    More than ``values`` values are malformed; they are counted before any is built.
    """
    if flags & ~FLAG_ZSTD:
        raise MalformedBody(f"unknown flags {flags:#04x}")
    if len(body) > limit:
        raise BodyTooLarge(f"a body of {len(body)} bytes, the limit is {limit}")
    try:
        plain = decompress(body, limit) if flags & FLAG_ZSTD else body
    except NotCompressed as error:
        raise MalformedBody(str(error)) from error
    check_count(plain, values)
    content = codec.decode(plain)
    if not isinstance(content, dict):
        raise MalformedBody("a body is a map")
    return content


def _list_of(codec: Codec, payload: bytes) -> list[Any]:
    try:
        check_count(payload, PACKAGE_VALUES)
        parts = codec.decode(payload)
    except MalformedBody as error:
        raise MalformedPackage(str(error)) from error
    if not isinstance(parts, list):
        raise MalformedPackage("a package is a list")
    return parts


def _certificates(tail: list[Any]) -> tuple[tuple[bytes, bytes], ...]:
    return certificate_pairs(tail[0]) if tail else ()


def certificate_pairs(found: object, most: int = MAX_CERTIFICATES) -> tuple[tuple[bytes, bytes], ...]:
    """The certificates in a list of at most ``most``, unchecked; raise MalformedPackage when it is none."""
    if not isinstance(found, list) or len(found) > most:
        raise MalformedPackage(f"certificates are a list of at most {most}")
    pairs: list[tuple[bytes, bytes]] = []
    for pair in found:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(half, bytes) for half in pair)):
            raise MalformedPackage("a certificate is [statement, root signature]")
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)
