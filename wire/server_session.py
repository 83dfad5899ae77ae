"""One agent connection as the server sees it, sans-io: bytes in, packages out; one package in flight.

    AWAITING_PACKAGE --package--> ANSWERING --answer--> AWAITING_PACKAGE
    any              --violation, close--> CLOSED

The session cuts and shapes; it trusts nobody. Whether a package is genuine is the worker's to say, with ``answer``.
"""

from enum import Enum, auto
from typing import NamedTuple

from wire.codec import Codec
from wire.frames import FRAME_LIMIT, FrameBuffer, FrameTooLarge, to_frame
from wire.headers import OFFERED
from wire.packages import AgentPackage, MalformedPackage, decode_agent_package, encode_unsigned
from wire.types import ServerType


class State(Enum):
    """Phases of a connection."""

    AWAITING_PACKAGE = auto()
    ANSWERING = auto()
    CLOSED = auto()


class PackageArrived(NamedTuple):
    """A well-formed package; nobody has verified it yet."""

    package: AgentPackage


class Violated(NamedTuple):
    """The peer broke the framing; the connection is to be closed and costs its address a token."""

    detail: str


Event = PackageArrived | Violated


class ServerSession:
    """State of one connection; ``nonce`` binds what arrives to it."""

    def __init__(self, codec: Codec, nonce: bytes, offered: int = OFFERED) -> None:
        self.nonce = nonce
        self.offered = offered
        self.state = State.AWAITING_PACKAGE
        self._codec = codec
        self._frames = FrameBuffer()

    @property
    def midway(self) -> bool:
        """True while a frame has begun and is not complete: the minimum byte rate applies."""
        return self._frames.waiting > 0

    def welcome(self, time_ms: int) -> bytes:
        """The first bytes on the connection."""
        content = {"versions": self.offered, "nonce": self.nonce, "time": time_ms}
        return to_frame(encode_unsigned(self._codec, ServerType.WELCOME, content))

    def receive(self, data: bytes) -> list[Event]:
        """Return what ``data`` completed; after a violation the session is closed and hears nothing more."""
        if self.state is State.CLOSED:
            return []
        events: list[Event] = []
        try:
            for payload in self._frames.receive(data):
                events.append(self._arrived(payload))
        except (FrameTooLarge, MalformedPackage) as error:
            self.state = State.CLOSED
            events.append(Violated(str(error)))
        return events

    def answer(self, payload: bytes, *, accepted: bool) -> bytes:
        """The bytes that answer the package in flight; an accepted key lifts the frame limit."""
        if self.state is not State.ANSWERING:
            return b""
        self.state = State.AWAITING_PACKAGE
        if accepted:
            self._frames.limit = FRAME_LIMIT
        return to_frame(payload) if payload else b""

    def unsigned(self, kind: ServerType, content: dict[str, int]) -> bytes:
        """Bytes of a Busy or MsgAvailable, which may be sent in any phase."""
        return to_frame(encode_unsigned(self._codec, kind, content))

    def close(self) -> None:
        """Hear nothing more."""
        self.state = State.CLOSED

    def _arrived(self, payload: bytes) -> PackageArrived:
        package = decode_agent_package(self._codec, payload)
        if self.state is State.ANSWERING:
            raise MalformedPackage("a package was sent before the last one was answered")
        self.state = State.ANSWERING
        return PackageArrived(package)
