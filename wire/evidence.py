"""Evidence of one agent package: the exact bytes with their meaning spelled out, verified by the public key alone."""

import json
from typing import Any, NamedTuple

from wire.codec import Codec, MalformedBody
from wire.compression import BodyTooLarge
from wire.headers import AgentHeader, MalformedHeader
from wire.keys import UnusableKey, WrongSignature, load_public_key
from wire.packages import NONCE_SIZE, agent_signed_bytes, decode_body
from wire.types import type_name

_RAW = ("key", "nonce", "header_bytes", "body_bytes", "signature")


class Tampered(Exception):
    """This evidence was changed, or was never signed by the key it names."""


class Evidence(NamedTuple):
    """What an agent sent and signed, and the key it signed with."""

    key: bytes
    nonce: bytes
    header: bytes
    body: bytes
    signature: bytes

    def verify(self) -> None:
        """Return when the key in here is the one the header names and signed all of it; raise Tampered otherwise."""
        try:
            key = load_public_key(self.key)
            header = AgentHeader.unpack(self.header)
            if len(self.nonce) != NONCE_SIZE:
                raise Tampered(f"a nonce has {NONCE_SIZE} bytes, not {len(self.nonce)}")
            if header.fingerprint != key.fingerprint:
                raise Tampered("the header names another key")
            key.verify(self.signature, agent_signed_bytes(self.nonce, self.header, self.body))
        except (UnusableKey, MalformedHeader, WrongSignature) as error:
            raise Tampered(str(error)) from error

    def document(self, codec: Codec) -> dict[str, Any]:
        """The evidence for people and programs: every byte in hex, and what header and body mean."""
        return {
            **dict(zip(_RAW, (each.hex() for each in self), strict=True)),
            "algorithm": _algorithm(self.key),
            "header": _header(self.header),
            "body": _body(codec, self.header, self.body),
        }


def read_evidence(codec: Codec, document: Any) -> Evidence:
    """The verified evidence in a document; Tampered when a byte, or a word of its meaning, is not what was signed."""
    try:
        found = Evidence(*(bytes.fromhex(document[name]) for name in _RAW))
    except (KeyError, TypeError, ValueError) as error:
        raise Tampered(f"a part of the evidence is missing or is not hex: {error}") from error
    found.verify()
    # Meaning that is shown beside the bytes must be theirs: nobody reads hex.
    if _text(found.document(codec)) != _text(document):
        raise Tampered("what is shown is not what the signed bytes say")
    return found


def _text(document: Any) -> str:
    return json.dumps(document, sort_keys=True)


def _algorithm(key: bytes) -> str:
    try:
        return load_public_key(key).algorithm
    except UnusableKey:
        return "unusable"


def _header(data: bytes) -> dict[str, Any]:
    try:
        header = AgentHeader.unpack(data)
    except MalformedHeader as error:
        return {"unreadable": str(error)}
    return {
        "type": type_name(header.type),
        "flags": header.flags,
        "version": header.version,
        "offered": header.offered,
        "fingerprint": header.fingerprint.hex(),
        "number": header.number,
        "agent_time_ms": header.agent_time_ms,
        "server_key_version": header.server_key_version,
        "state_hash": header.state_hash.hex(),
    }


def _body(codec: Codec, header: bytes, body: bytes) -> Any:
    try:
        return _plain(decode_body(codec, AgentHeader.unpack(header).flags, body))
    except (MalformedBody, BodyTooLarge, MalformedHeader) as error:
        return {"unreadable": str(error)}


def _plain(value: Any) -> Any:
    """A decoded value as JSON knows it: bytes as `hex:...`, what is no number as null."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value
