"""What travels on the bus between frontends and the worker, and its bytes (MessagePack arrays)."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

_M = TypeVar("_M")


class MalformedMessage(Exception):
    """A message on the bus could not be decoded; whoever sent it does not run our code or runs another version."""


class PackageReceived(Struct, array_like=True, frozen=True):
    """One agent package as a frontend saw it: the signed bytes untouched, the rest the frontend's claim."""

    connection: int
    offered: int
    nonce: bytes
    header: bytes
    body: bytes
    signature: bytes
    address: str
    received_at_ms: int


class Packages(Struct, tag="packages", array_like=True, frozen=True):
    """Packages of one frontend, coalesced, oldest first."""

    packages: list[PackageReceived]


class FrontendAnnounced(Struct, tag="announce", array_like=True, frozen=True):
    """A frontend is alive, took up its work at `started_at_ms` and reads its replies from `queue`."""

    queue: str
    started_at_ms: int


class Verdict(IntEnum):
    """What a frontend does after an answer, besides sending it."""

    ACCEPTED = 1
    """A package of a known, allowed key: lift the frame limit."""
    REFUSED = 2
    """Verified and refused (pending, blocked, revoked, content): the connection stays."""
    BAD = 3
    """Malformed, wrong signature or unknown key: send, close, cost the address a token."""
    BUSY = 4
    """Not judged: send and keep the connection."""


class Answer(Struct, array_like=True, frozen=True):
    """The worker's answer to one package; `package` is the frame payload to send as it is, empty for none."""

    connection: int
    verdict: Verdict
    package: bytes
    fingerprint: bytes
    agent_id: bytes
    name: str
    type: int
    why: str = ""
    """Of one that was not accepted: the reason, or how the agent stands; for the log."""


class Answers(Struct, tag="answers", array_like=True, frozen=True):
    """Answers for one frontend, coalesced, in the order they were committed."""

    answers: list[Answer]


class WakeHints(Struct, tag="hints", array_like=True, frozen=True):
    """Something waits for the agents with these keys: tell those that are connected here."""

    fingerprints: list[bytes]


class Cut(Struct, tag="cut", array_like=True, frozen=True):
    """These keys have lost their trust: close what they hold here, without a word. The worker refuses them anyway."""

    fingerprints: list[bytes]


Command = Packages | FrontendAnnounced
Reply = Answers | WakeHints | Cut

_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode(message: Command | Reply) -> bytes:
    """The bytes of a command or a reply."""
    return _encoder.encode(message)


def decode_command(body: bytes) -> Command:
    """The command in these bytes; raises MalformedMessage."""
    return _decoded(_commands.decode, body)


def decode_reply(body: bytes) -> Reply:
    """The reply in these bytes; raises MalformedMessage, also for a kind that only later versions know."""
    return _decoded(_replies.decode, body)


def _decoded(decode: Callable[[Any], _M], body: bytes) -> _M:
    # msgspec lets RecursionError and UnicodeDecodeError escape on hostile bytes.
    try:
        return decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedMessage(str(error)) from error
