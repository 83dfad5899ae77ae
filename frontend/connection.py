"""One agent's connection: Twisted's bytes to the wire session, its packages to the outbox, answers back.

HANDSHAKE --done--> FIRST_FRAME --package--> ANSWER --answer, Busy--> IDLE --package--> ANSWER
IDLE --frame begun--> MIDWAY --package--> ANSWER         IDLE --output not read--> CLOGGED --read--> IDLE
any --close--> CLOSING --> lost                          any --abort--> lost
"""

# Twisted calls most of these methods by its own names.
# ruff: noqa: N802
from enum import IntFlag
from typing import Any

from twisted.internet.interfaces import IHandshakeListener, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from broker.messages import Answer, PackageReceived, Verdict
from frontend.deadlines import Phase
from frontend.house import House
from frontend.origins import Origin
from frontend.tls import ALPN
from wire.headers import FINGERPRINT_AT
from wire.packages import NONCE_SIZE, AgentPackage, encode_unsigned
from wire.server_session import PackageArrived, ServerSession
from wire.types import ServerType


class _Paused(IntFlag):
    NOT = 0
    PRESSURE = 1
    OUTPUT = 2


@implementer(IHandshakeListener, IPushProducer)
class AgentConnection(Protocol):
    """`phase` belongs to the deadlines, `key` to the held keys; the transport is TLS."""

    transport: Any

    def __init__(self, house: House, origin: Origin) -> None:
        self.phase: Phase | None = None
        self.key = b""
        self._house = house
        self._origin = origin
        self._session: ServerSession | None = None
        self._handshaking = True
        self._paused = _Paused.NOT
        self._number = 0
        self._header = b""
        self._weight = 0
        self._weight_before = 0

    def connectionMade(self) -> None:
        """TCP is there, TLS is not: nothing is said yet."""
        self._house.deadlines.enter(self, Phase.HANDSHAKE)

    def handshakeCompleted(self) -> None:
        """The server speaks first."""
        house = self._house
        self._handshake_ended()
        if self.transport.negotiatedProtocol != ALPN:
            self.abort("no_alpn")
            return
        self._session = ServerSession(house.codec, house.random.randbytes(NONCE_SIZE))
        house.deadlines.enter(self, Phase.FIRST_FRAME)
        # Who sends and does not read would fill our memory with answers: the transport tells us to stop.
        self.transport.registerProducer(self, True)
        self.transport.write(self._session.welcome(house.clock_ms()))

    def dataReceived(self, data: bytes) -> None:
        """Bytes the agent sent, decrypted; cut anywhere."""
        session = self._session
        if session is None:
            return
        self._weight += len(data)
        room = self._house.memory.take(len(data))
        for event in session.receive(data):
            if isinstance(event, PackageArrived):
                self._arrived(event.package, session, room)
            else:
                self._violated(event.detail)
                return
        if session.midway:
            self._midway(room)

    def answered(self, answer: Answer) -> None:
        """The worker's answer to the package in flight."""
        house, accepted = self._house, answer.verdict is Verdict.ACCEPTED
        fingerprint = answer.fingerprint or self._header[FINGERPRINT_AT]
        house.counts.packages[answer.verdict.name] += 1
        if accepted:
            house.log.accepted(answer.type, answer.name, answer.agent_id)
        else:
            house.log.not_accepted(answer.type, fingerprint, answer.verdict.name.lower(), answer.why)
        self._answer(answer.package, accepted=accepted)
        if accepted:
            self._accepted(fingerprint)
        elif answer.verdict is Verdict.BAD:
            house.admission.bad(self._origin)
            self.close("bad")
        elif answer.verdict is Verdict.REFUSED and answer.fingerprint:
            house.keys.offer(fingerprint, self)
        if house.draining:
            self.close("drained")

    def busy(self) -> None:
        """Nobody judges the package in flight now: its sender may come again later."""
        house = self._house
        house.pending.take(self._number)
        house.counts.packages["BUSY_HERE"] += 1
        house.log.not_accepted(self._header[0], self._header[FINGERPRINT_AT], "busy")
        content = {"retry_after": house.retry_after_s()}
        self._answer(encode_unsigned(house.codec, ServerType.BUSY, content), accepted=False)
        if house.draining:
            self.close("drained")

    def hint(self) -> None:
        """Something waits for this agent."""
        if self._session is not None:
            self.transport.write(self._session.unsigned(ServerType.MSG_AVAILABLE, {}))

    def expired(self, phase: Phase) -> None:
        """The time allowed in `phase` is over."""
        if phase is Phase.ANSWER:
            self.busy()
        elif phase is Phase.MIDWAY and self._fast_enough():
            self._rest(midway=True)
        elif phase in (Phase.HANDSHAKE, Phase.CLOGGED, Phase.CLOSING):
            self.abort(phase.name.lower())
        else:
            self.close(phase.name.lower())

    def drain(self) -> None:
        """The frontend is going: so does this connection, after the answer that it waits for."""
        if self.phase is Phase.HANDSHAKE:
            self.abort("drained")
        elif self.phase is not Phase.ANSWER:
            self.close("drained")

    def close(self, why: str) -> None:
        """Say goodbye and go; what was written is still sent."""
        if self._session is None:
            return
        self._house.counts.closed[why] += 1
        self._session = None
        self._forget_package()
        self._house.keys.forget(self)
        self._resume(_Paused.PRESSURE | _Paused.OUTPUT)
        self.transport.unregisterProducer()
        self._house.deadlines.enter(self, Phase.CLOSING)
        self.transport.loseConnection()

    def abort(self, why: str) -> None:
        """Go without a word."""
        self._house.counts.closed[why] += 1
        self._session = None
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Give back all that this connection held."""
        self._session = None
        self._handshake_ended()
        self._forget_package()
        self._house.keys.forget(self)
        self._house.deadlines.leave(self)
        self._house.admission.leave(self._origin)

    def pauseProducing(self) -> None:
        """The agent does not read what we send: read nothing from it either."""
        if self._session is not None:
            self._pause(_Paused.OUTPUT)
            if not self._number:
                self._house.deadlines.enter(self, Phase.CLOGGED)

    def resumeProducing(self) -> None:
        """It reads again."""
        self._resume(_Paused.OUTPUT)
        if self._session is not None and self.phase is Phase.CLOGGED:
            self._rest(midway=self._session.midway)

    def stopProducing(self) -> None:
        """The connection is lost; connectionLost follows."""

    def _arrived(self, package: AgentPackage, session: ServerSession, room: bool) -> None:
        house = self._house
        self._header = package.header
        self._number = number = house.pending.add(self)
        house.deadlines.enter(self, Phase.ANSWER)
        received = PackageReceived(
            number, session.offered, session.nonce, *package, self._origin.host, house.clock_ms()
        )
        if not room or not house.outbox.add(received):
            self.busy()
        elif house.outbox.pressed:
            self._pause(_Paused.PRESSURE)

    def _answer(self, payload: bytes, *, accepted: bool) -> None:
        session = self._session
        self._forget_package()
        if session is None:
            return
        self._rest(midway=session.midway)
        data = session.answer(payload, accepted=accepted)
        if data:
            self.transport.write(data)
        self._resume(_Paused.PRESSURE)

    def _accepted(self, fingerprint: bytes) -> None:
        self._house.admission.accepted(self._origin)
        older = self._house.keys.hold(fingerprint, self)
        if older is not None:
            older.close("replaced")

    def _violated(self, detail: str) -> None:
        self._house.admission.bad(self._origin)
        self._house.log.closed(self._origin.host, detail)
        self.close("malformed")

    def _midway(self, room: bool) -> None:
        if not room:
            self.close("memory")
        elif self.phase is Phase.IDLE:
            self._rest(midway=True)

    def _rest(self, *, midway: bool) -> None:
        """No package is in flight: wait for the next, for the rest of it, or for our output to be read."""
        phase = Phase.CLOGGED if self._paused & _Paused.OUTPUT else Phase.MIDWAY if midway else Phase.IDLE
        self._weight_before = self._weight
        self._house.deadlines.enter(self, phase)

    def _fast_enough(self) -> bool:
        limits = self._house.limits
        return self._weight - self._weight_before >= limits.bytes_per_s * limits.midway_s

    def _forget_package(self) -> None:
        self._house.pending.take(self._number)
        self._number, self._header = 0, b""
        if self._session is None or not self._session.midway:
            self._house.memory.give(self._weight)
            self._weight = 0

    def _handshake_ended(self) -> None:
        if self._handshaking:
            self._handshaking = False
            self._house.admission.handshake_ended(self._origin)

    def _pause(self, why: _Paused) -> None:
        if not self._paused:
            self.transport.pauseProducing()
        self._paused |= why

    def _resume(self, why: _Paused) -> None:
        if self._paused:
            self._paused &= ~why
            if not self._paused:
                self.transport.resumeProducing()
