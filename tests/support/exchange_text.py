"""Exchanges as Markdown: headers field by field, and in hex every byte that is sent or signed."""

import hashlib
import json
import re
import struct
from typing import Any, NamedTuple

from agents.codec import MsgpackCodec
from fixed_deployment import Asked
from wire import headers
from wire.headers import AgentHeader, ServerHeader
from wire.packages import ServerPackage, decode_agent_package, decode_body, decode_server_package, server_signed_bytes
from wire.types import type_name

HEX_DIGITS_A_LINE = 96
_CODEC = MsgpackCodec()


class Field(NamedTuple):
    """One field of a header."""

    name: str
    offset: int
    size: int


def fields_of(header: type[AgentHeader] | type[ServerHeader]) -> list[Field]:
    """Where each field of a header stands."""
    layout = headers._AGENT if header is AgentHeader else headers._SERVER
    sizes = [struct.calcsize(f"!{part}") for part in re.findall(r"\d*[A-Za-z]", layout.format)]
    offsets = [sum(sizes[:at]) for at in range(len(sizes))]
    return [Field(*each) for each in zip(header._fields, offsets, sizes, strict=True)]


def notation(value: Any) -> str:
    """A value as docs/protocol.md writes it: JSON, but h'..' for bytes."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{notation(key)}: {notation(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(notation(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def hex_block(label: str, data: bytes, remark: str = "") -> str:
    """A labelled block of hex; readers and tests find it by its label."""
    digits = data.hex()
    lines = [digits[at : at + HEX_DIGITS_A_LINE] for at in range(0, len(digits), HEX_DIGITS_A_LINE)]
    told = f"{len(data)} bytes" + (f": {remark}" if remark else "")
    return f"**{label}** ({told})\n\n```text\n" + "\n".join(lines) + "\n```\n"


def header_table(header: AgentHeader | ServerHeader) -> str:
    """The fields of a header as they stand in it, and what the numbers are."""
    data = header.pack()
    rows = ["| offset | field | bytes | value |", "|---|---|---|---|"]
    for field, value in zip(fields_of(type(header)), header, strict=True):
        plain = "" if isinstance(value, bytes) else str(value)
        told = f"{plain} {type_name(header.type)}" if field.name == "type" else plain
        part = data[field.offset : field.offset + field.size]
        rows.append(f"| {field.offset} | {field.name} | `{part.hex()}` | {told} |")
    return "\n".join(rows) + "\n"


def whole_exchange(asked: Asked, recipient: bytes) -> str:
    """One connection: the Welcome, a package, its answer."""
    package = decode_agent_package(_CODEC, asked.frame[4:])
    header = AgentHeader.unpack(package.header)
    return "\n".join(
        [
            hex_block("Welcome, frame", asked.welcome, notation(_CODEC.decode(asked.welcome[4:]))),
            "The agent's header:\n",
            header_table(header),
            f"The agent's body: `{notation(decode_body(_CODEC, header.flags, package.body))}`\n",
            hex_block("Agent package, body", package.body),
            hex_block("Agent package, signed bytes", asked.signed, "context, nonce, header, SHA-256 of the body"),
            hex_block("Agent package, signature", package.signature),
            hex_block("Agent package, frame", asked.frame),
            *_answer(asked, recipient),
        ]
    )


def short_exchange(asked: Asked) -> str:
    """A numbered package by its body alone, and what was answered."""
    package = decode_agent_package(_CODEC, asked.frame[4:])
    header, answer = AgentHeader.unpack(package.header), asked.answer
    told = (
        f"number {header.number}, flags {header.flags}, state hash `{header.state_hash.hex()}`; "
        f"answered {type_name(answer.type)} `{notation(answer.content)}`, next number {answer.next_number}"
    )
    content = decode_body(_CODEC, header.flags, package.body)
    block = hex_block(f"{type_name(header.type)}, body", package.body)
    return f"{type_name(header.type)} `{notation(content)}`: {told}.\n\n{block}"


def _answer(asked: Asked, recipient: bytes) -> list[str]:
    package = decode_server_package(_CODEC, asked.answer_frame[4:])
    assert isinstance(package, ServerPackage)
    answered = hashlib.sha256(asked.signed).digest()
    signed = server_signed_bytes(recipient, answered, package.header_bytes, package.body)
    content = decode_body(_CODEC, package.header.flags, package.body)
    remark = "context, fingerprint of the agent, SHA-256 of what the agent signed, header, SHA-256 of the body"
    return [
        "The answer's header:\n",
        header_table(package.header),
        f"The answer's body: `{notation(content)}`\n",
        hex_block("Answer, body", package.body),
        *[part for pair in package.certificates for part in _certificate(pair)],
        hex_block("Answer, signed bytes", signed, remark),
        hex_block("Answer, signature", package.signature),
        hex_block("Answer, frame", asked.answer_frame),
    ]


def _certificate(pair: tuple[bytes, bytes]) -> list[str]:
    statement, signature = pair
    return [
        f"With it comes one certificate; its statement is `{notation(_CODEC.decode(statement))}`\n",
        hex_block("Certificate, statement", statement),
        hex_block("Certificate, root signature", signature, "over the certificate's context and the statement"),
    ]
