"""One connection as the agent sees it, sans-io: the server speaks first, then one package and its answer at a time.

    AWAITING_WELCOME --Welcome--> READY --send--> AWAITING_ANSWER --answer--> READY
    any              --violation, close--> CLOSED

An answer counts only when it is signed, for this agent and this package, by a key under the root key. Busy, UnknownKey
and the MsgAvailable hint are unsigned: they are reported as what they are and move no stored state. KeyUpdate is
unsigned too: each certificate in it is good by itself or ends the session.
"""

import hashlib
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from wire.certificates import UntrustedCertificate
from wire.codec import Codec, MalformedBody
from wire.compression import BodyTooLarge
from wire.frames import FIRST_FRAME_LIMIT, FRAME_LIMIT, FrameBuffer, FrameTooLarge, to_frame
from wire.headers import OFFERED, VERSION, AgentHeader
from wire.packages import (
    MAX_KEY_UPDATE,
    NONCE_SIZE,
    AgentPackage,
    MalformedPackage,
    ServerPackage,
    Signer,
    UnsignedPackage,
    agent_signed_bytes,
    certificate_pairs,
    decode_body,
    decode_server_package,
    encode_agent_package,
)
from wire.trust import ServerTrust, UntrustedAnswer
from wire.types import ServerType


class State(Enum):
    """Phases of a connection."""

    AWAITING_WELCOME = auto()
    READY = auto()
    AWAITING_ANSWER = auto()
    CLOSED = auto()


class Outgoing(NamedTuple):
    """What to send: a package before it is bound to a session and signed."""

    type: int
    flags: int
    body: bytes
    number: int
    state_hash: bytes


class Welcomed(NamedTuple):
    """The server spoke first; its time here is a hint, unsigned."""

    versions: int
    time_ms: int


class Answered(NamedTuple):
    """The signed answer to the package in flight. ``certificates_to_store``: trust grew."""

    type: int
    content: dict[str, Any]
    next_number: int
    server_time_ms: int
    epoch: int
    certificates_to_store: bool


class Told(NamedTuple):
    """An unsigned package: Busy, UnknownKey, MsgAvailable or KeyUpdate."""

    type: ServerType
    content: dict[str, Any]


class Violated(NamedTuple):
    """The server broke the protocol or is not ours: leave, keep everything, try another."""

    detail: str


Event = Welcomed | Answered | Told | Violated
_VIOLATIONS = FrameTooLarge, MalformedPackage, MalformedBody, BodyTooLarge, UntrustedAnswer, UntrustedCertificate


class AgentSession:
    """State of one connection to one handler."""

    def __init__(
        self, codec: Codec, trust: ServerTrust, fingerprint: bytes, sign: Signer, clock: Callable[[], int]
    ) -> None:
        """``clock`` gives the agent's time in ms; ``trust`` is shared with the agent and grows here."""
        self.state = State.AWAITING_WELCOME
        self.newest_server_time_ms = 0
        self._codec = codec
        self._trust = trust
        self._fingerprint = fingerprint
        self._sign = sign
        self._clock = clock
        self._frames = FrameBuffer(FRAME_LIMIT)
        self._nonce = b""
        self._versions = 0
        self._answered = b""
        self.large_frames = False

    def speak_as(self, fingerprint: bytes, sign: Signer) -> None:
        """What is sent from now on is of this key. Only in phase READY: an answer in flight is for the key before."""
        if self.state is not State.READY:
            raise RuntimeError(f"cannot change the key in phase {self.state.name}")
        self._fingerprint, self._sign = fingerprint, sign

    def send(self, package: Outgoing) -> bytes:
        """Bind ``package`` to this session, sign it, return the bytes. Only in phase READY."""
        if self.state is not State.READY:
            raise RuntimeError(f"cannot send in phase {self.state.name}")
        header = AgentHeader(
            package.type,
            package.flags,
            VERSION,
            self._versions,
            self._fingerprint,
            package.number,
            self._clock(),
            self._trust.newest_version,
            package.state_hash,
        ).pack()
        signed = agent_signed_bytes(self._nonce, header, package.body)
        self._answered = hashlib.sha256(signed).digest()
        self.state = State.AWAITING_ANSWER
        payload = encode_agent_package(self._codec, AgentPackage(header, package.body, self._sign(signed)))
        return to_frame(payload)

    def needs_hello(self, package: Outgoing) -> bool:
        """True when the server would refuse so large a frame before it has accepted a small one."""
        return not self.large_frames and len(package.body) + 512 > FIRST_FRAME_LIMIT

    def receive(self, data: bytes) -> list[Event]:
        """Return what ``data`` completed; after a violation the session is closed and hears nothing more."""
        if self.state is State.CLOSED:
            return []
        events: list[Event] = []
        try:
            for payload in self._frames.receive(data):
                events.append(self._arrived(decode_server_package(self._codec, payload)))
        except _VIOLATIONS as error:
            self.state = State.CLOSED
            events.append(Violated(str(error)))
        return events

    def close(self) -> None:
        """Hear nothing more."""
        self.state = State.CLOSED

    def _arrived(self, package: ServerPackage | UnsignedPackage) -> Event:
        if isinstance(package, ServerPackage):
            return self._signed(package)
        if package.type is ServerType.WELCOME:
            return self._welcomed(package.content)
        if package.type is ServerType.KEY_UPDATE:
            self._learn(package.content)
        if package.type in (ServerType.UNKNOWN_KEY, ServerType.BUSY) and self.state is State.AWAITING_ANSWER:
            self.state = State.READY
        return Told(package.type, package.content)

    def _welcomed(self, content: dict[str, Any]) -> Welcomed:
        versions, nonce, time_ms = content.get("versions"), content.get("nonce"), content.get("time")
        if self.state is not State.AWAITING_WELCOME:
            raise MalformedPackage("a second Welcome")
        if not (isinstance(versions, int) and isinstance(nonce, bytes) and isinstance(time_ms, int)):
            raise MalformedPackage("a Welcome has versions, nonce and time")
        if len(nonce) != NONCE_SIZE or not 0 < versions < 2**32:
            raise MalformedPackage("a Welcome has a nonce of 16 bytes and a 4-byte mask of versions")
        if not versions & OFFERED:
            raise MalformedPackage("the server offers no version of the protocol that this agent speaks")
        self._nonce, self._versions, self.state = nonce, versions, State.READY
        return Welcomed(versions, time_ms)

    def _learn(self, content: dict[str, Any]) -> None:
        if self.state is not State.AWAITING_ANSWER:
            raise MalformedPackage("a KeyUpdate to nothing")
        self._trust.learn(certificate_pairs(content.get("certificates"), MAX_KEY_UPDATE))
        self.state = State.READY

    def _signed(self, package: ServerPackage) -> Answered:
        if self.state is not State.AWAITING_ANSWER:
            raise MalformedPackage("an answer to nothing")
        if package.header.version != VERSION:
            raise MalformedPackage(f"an answer in version {package.header.version}, this agent chose {VERSION}")
        fresh = self._trust.check(package, self._fingerprint, self._answered, self.newest_server_time_ms)
        header = package.header
        self.newest_server_time_ms = max(self.newest_server_time_ms, header.server_time_ms)
        self.state = State.READY
        if header.type == ServerType.PROPS_RESPONSE:
            self.large_frames = True
        content = decode_body(self._codec, header.flags, package.body)
        return Answered(header.type, content, header.next_number, header.server_time_ms, header.epoch, fresh)
