"""One simulated agent, sans-io: what it says next, and what an answer means to it.

    register -> FullProps (number 1) -> PropsVersion (2, 3, ...) -> AgentKeyUpdate -> FullProps (1 again) -> ...

An answer that brings something of a manifest is followed by a PropsVersion that says what is held. What an agent says
first in a run follows from what was kept alone: when the run before was broken off, that is a repeat and no fork.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from agents.swarm.holding import Holding, Holds
from agents.swarm.keeping import Kept
from agents.swarm.manifests import Manifests
from agents.swarm.request import request
from agents.swarm.succession import Succession
from wire.agent_session import Answered, Outgoing, Told
from wire.codec import Codec
from wire.fork_claim import fork_field, fork_proof
from wire.keys import P256, PrivateKey, fingerprint_of, generate_key, public_der, sign
from wire.packages import encode_body
from wire.refusals import NUMBER_REASONS, TRUST_REASONS, Reason
from wire.types import AgentType, ServerType

_WITHDRAWN = frozenset({Reason.REVOKED, Reason.BLOCKED})


class Step(Enum):
    """What to do after an answer."""

    SAY = auto()
    DONE = auto()
    REST = auto()
    WAIT = auto()


class Heard(NamedTuple):
    """``trouble`` names what did not go as it should, empty if nothing; ``rest_s`` belongs to REST."""

    step: Step
    trouble: str = ""
    rest_s: float = 0.0


class Endpoint:
    """Identity, number and undelivered package of one agent; ``acknowledged`` gets each number once it is delivered."""

    def __init__(
        self,
        codec: Codec,
        key: PrivateKey,
        properties: dict[str, Any],
        acknowledged: Callable[[bytes, int], None],
        manifests: Manifests,
    ) -> None:
        self.holding = Holding(manifests, Holds())
        self.succession = Succession(codec)
        self.allowed = False
        self.number = 1
        self._codec = codec
        self._speak_by(key)
        self._properties = properties
        self._acknowledged = acknowledged
        self._manifests = manifests
        self._in_flight: Outgoing | None = None
        self._full_wanted = False
        self._greeted = False
        self._fork_of: dict[str, bytes] = {}
        self._idle = encode_body(codec, {})

    def _speak_by(self, key: PrivateKey) -> None:
        self.key, self._der = key, public_der(key.public_key())
        self.fingerprint = fingerprint_of(self._der)
        self._hash_state()

    def _hash_state(self) -> None:
        """A later run must make the same from what was kept."""
        self._state_hash = self.fingerprint[:8] + self.holding.hash(self.fingerprint)

    def resume(self, kept: Kept) -> None:
        """Go on with the number and holdings of an earlier run, and first with what was said there."""
        self.number, self.allowed = kept.number, kept.allowed
        self.holding = Holding(self._manifests, kept.holds)
        self._hash_state()
        self._in_flight = kept.said
        if kept.said is None and (kept.number > 1 or kept.allowed):
            self._in_flight = self._next()  # Whatever is heard before it goes out must not make it another.

    @property
    def kept(self) -> Kept:
        """For the next run."""
        return Kept(self.key, self.number, self.allowed, self.holding.kept, self._in_flight)

    def sign(self, message: bytes) -> bytes:
        """In the wire's form."""
        return sign(self.key, message)

    def say(self) -> Outgoing:
        """The package to send now; the same again until it is answered."""
        self._greeted = False
        if not self.allowed:
            self.succession.offered = False
            return self._outgoing(AgentType.REGISTRATION_REQUEST, encode_body(self._codec, self._request()), 0)
        if self._in_flight is None and self.succession.following is not None:
            return self._outgoing(AgentType.AGENT_KEY_UPDATE, self.succession.offer(self.fingerprint), 0)
        if self._in_flight is None:
            self._in_flight = self._next()
        return self._in_flight

    def hello(self, package: Outgoing) -> Outgoing:
        """What to send before a package that is too large for the first of a session."""
        self._greeted = True
        body = encode_body(self._codec, {"size": len(package.body)})
        return Outgoing(AgentType.HELLO, *body, 0, package.state_hash)

    def _next(self) -> Outgoing:
        """The package of the next number: properties, what is held, or nothing new."""
        if self.number == 1 or self._full_wanted:
            besides = self.holding.said() if self.holding.due else {}
            body = encode_body(self._codec, {"why": "start", "properties": self._properties, **besides})
            return self._outgoing(AgentType.FULL_PROPS, body, self.number)
        body = self._idle
        if self.holding.due:
            body = self.holding.statement() or encode_body(self._codec, self.holding.said())
        return self._outgoing(AgentType.PROPS_VERSION, body, self.number)

    def heard(self, event: Answered | Told) -> Heard:
        """Take in an answer."""
        if isinstance(event, Told):
            return self._told(event)
        if self.succession.offered:
            return self._key_answered(event)
        if event.type == ServerType.REGISTRATION_RESPONSE:
            return self._registered(event.content)
        if event.type == ServerType.ACCESS_DENIED and event.content.get("reason") in NUMBER_REASONS:
            return self._denied(event, event.content["reason"])  # Another package has the number: nothing is delivered.
        delivered = self._delivered(event.next_number)
        if event.type == ServerType.ACCESS_DENIED:
            return self._denied(event, str(event.content.get("reason", "")))
        if self._greeted and not delivered:
            return Heard(Step.SAY)
        self._full_wanted = event.content.get("full") is True
        self._asked_for_key(event.content)
        if not delivered:
            return Heard(Step.SAY, "full_wanted" if self._full_wanted else "not_delivered")
        return self._went_on(self._told_of_lists(event.content))

    def _went_on(self, trouble: str) -> Heard:
        if self._full_wanted:
            return Heard(Step.SAY, trouble or "full_wanted")
        if self.holding.due or self.succession.following is not None:
            return Heard(Step.SAY, trouble)
        self.holding.rest()
        return Heard(Step.DONE, trouble)

    def _told_of_lists(self, content: dict[str, Any]) -> str:
        if "manifest" not in content and "held" not in content:
            return ""
        trouble = self.holding.heard(content)
        self._hash_state()
        return trouble

    def _withdrawn(self) -> None:
        self.holding.clear()
        self._hash_state()

    def _asked_for_key(self, content: dict[str, Any]) -> None:
        if content.get("rekey") is True:
            self.succession.begin()

    def _key_answered(self, event: Answered) -> Heard:
        """The next key speaks from now on, with number 1 and its properties; or the old one goes on."""
        if event.type == ServerType.REGISTRATION_RESPONSE and event.content.get("status") == "allowed":
            self._speak_by(self.succession.taken())
            self.number = 1
            return Heard(Step.SAY)
        self.succession.refused()
        return Heard(Step.SAY, str(event.content.get("reason", "unexpected_answer")))

    def _outgoing(self, kind: AgentType, body: tuple[int, bytes], number: int) -> Outgoing:
        return Outgoing(kind, *body, number, self._state_hash)

    def _request(self) -> dict[str, Any]:
        return request(self._der, self.fingerprint, str(self._properties["name"]), self._fork_of)

    def _delivered(self, next_number: int) -> bool:
        in_flight = self._in_flight
        if in_flight is None or in_flight.number >= next_number:
            return False
        self._in_flight = None
        self.number = next_number
        self._acknowledged(self.fingerprint, in_flight.number)
        return True

    def _registered(self, content: dict[str, Any]) -> Heard:
        status = str(content.get("status"))
        self.allowed = status == "allowed"
        if status in _WITHDRAWN:
            self._withdrawn()
        self._asked_for_key(content)
        if self.allowed:
            return Heard(Step.SAY)
        return Heard(Step.REST, status, _wait(content.get("retry_after_s")))

    def _denied(self, event: Answered, reason: str) -> Heard:
        if reason in TRUST_REASONS:
            self.allowed = False
            if reason in _WITHDRAWN:
                self._withdrawn()
            return Heard(Step.SAY, reason)
        if reason == Reason.FORK:
            return self._begin_anew()
        if reason in (Reason.GAP, Reason.NUMBER_USED) and self._in_flight is not None:
            self.number = event.next_number
            self._in_flight = self._in_flight._replace(number=event.next_number)
            return Heard(Step.SAY, reason)
        return Heard(Step.REST, reason, 1.0)

    def _begin_anew(self) -> Heard:
        """Somebody else uses the key too: a fresh one, for which this one vouches, asks to be an agent of its own."""
        forked, old = self.key, self.fingerprint
        self._speak_by(generate_key(P256))
        proof = fork_proof(self.fingerprint, lambda message: sign(forked, message))
        self._fork_of = fork_field(old, proof)
        self.succession = Succession(self._codec)
        self.allowed, self.number = False, 1
        self._in_flight = self._in_flight and self._in_flight._replace(number=1)
        return Heard(Step.SAY, Reason.FORK)

    def _told(self, event: Told) -> Heard:
        if event.type is ServerType.BUSY:
            return Heard(Step.REST, "busy", _wait(event.content.get("retry_after")))
        if event.type is ServerType.UNKNOWN_KEY:
            self.allowed = False
            return Heard(Step.SAY, "unknown_key")
        if event.type is ServerType.KEY_UPDATE:
            return Heard(
                Step.REST, "key_update", 1.0
            )  # Whoever tells the same again and again is not asked in a hurry.
        return Heard(Step.WAIT)


def _wait(told: object) -> float:
    return float(min(max(told, 1), 120)) if isinstance(told, int) else 2.0


__all__ = ["Endpoint", "Heard", "PrivateKey", "Step"]
