"""One simulated agent, sans-io: what it says next, and what an answer means to it.

    register -> FullProps (number 1) -> PropsVersion (2, 3, ...) -> AgentKeyUpdate -> FullProps (1 again) -> ...

All PropsVersion of an agent are equal but for their number, so that one that was forgotten in a broken run is a repeat.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, NamedTuple

from agents.swarm.succession import Succession
from wire.agent_session import Answered, Outgoing, Told
from wire.codec import Codec
from wire.fork_claim import fork_field, fork_proof
from wire.keys import P256, RSA2048, PrivateKey, fingerprint_of, generate_key, public_der, sign
from wire.packages import encode_body
from wire.refusals import NUMBER_REASONS, TRUST_REASONS, Reason
from wire.types import AgentType, ServerType

PROPERTIES_SALT = b"muster swarm"


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
    ) -> None:
        self.succession = Succession(codec)
        self.allowed = False
        self.number = 1
        self._codec = codec
        self._speak_by(key)
        self._properties = properties
        self._acknowledged = acknowledged
        self._in_flight: Outgoing | None = None
        self._full_wanted = False
        self._fork_of: dict[str, bytes] = {}
        self._idle = encode_body(codec, {})

    def _speak_by(self, key: PrivateKey) -> None:
        self.key, self._der = key, public_der(key.public_key())
        self.fingerprint = fingerprint_of(self._der)
        self._state_hash = self.fingerprint[:8] + bytes(8)  # A later run must make the same from what was kept.

    def sign(self, message: bytes) -> bytes:
        """In the wire's form."""
        return sign(self.key, message)

    def say(self) -> Outgoing:
        """The package to send now; the same again until it is answered."""
        if not self.allowed:
            self.succession.offered = False
            return self._outgoing(AgentType.REGISTRATION_REQUEST, encode_body(self._codec, self._request()), 0)
        if self._in_flight is None and self.succession.following is not None:
            return self._outgoing(AgentType.AGENT_KEY_UPDATE, self.succession.offer(self.fingerprint), 0)
        if self._in_flight is None:
            if self.number == 1 or self._full_wanted:
                body = encode_body(self._codec, {"why": "start", "properties": self._properties})
                self._in_flight = self._outgoing(AgentType.FULL_PROPS, body, self.number)
            else:
                self._in_flight = self._outgoing(AgentType.PROPS_VERSION, self._idle, self.number)
        return self._in_flight

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
        self._full_wanted = event.content.get("full") is True
        self._asked_for_key(event.content)
        if self._full_wanted or not delivered:
            return Heard(Step.SAY, "full_wanted" if self._full_wanted else "not_delivered")
        return Heard(Step.SAY if self.succession.following is not None else Step.DONE)

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
        name = str(self._properties["name"])
        return {
            "key": self._der,
            "algorithms": [P256, RSA2048],
            "name": name,
            "domain": "swarm.example",
            "os": "Linux",
            "user": "swarm",
            "addresses": ["192.0.2.1"],
            "resource_keys": {"machine_uuid": self.fingerprint.hex()},
            **({"fork_of": self._fork_of} if self._fork_of else {}),
        }

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
        self._asked_for_key(content)
        if self.allowed:
            return Heard(Step.SAY)
        return Heard(Step.REST, status, _wait(content.get("retry_after_s")))

    def _denied(self, event: Answered, reason: str) -> Heard:
        if reason in TRUST_REASONS:
            self.allowed = False
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
