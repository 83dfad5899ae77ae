"""The registration of one key: what was asked, when, and which of its packages were refused."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from domain.ids import registration_stream

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
"""A repeat of the same request, or of a refusal for the same reason, is recorded at most once in this time."""

MOST_DUPLICATES = 64


class Registration(Aggregate):
    """Requests of one key. Everything a machine says of itself here is a claim, sealed under the subject's key."""

    class Requested(Aggregate.Created):
        """A key asked for registration for the first time; its agent's id was given.

        ``duplicate_of`` are the fingerprints of earlier registrations that named one of its resource keys;
        ``ignored_keys`` the kinds of its keys that tell nothing, since many machines share them.
        """

        TOPIC = "Registration.Requested"
        PERSONAL = ("claims", "address", "evidence", "ignored_keys")
        fingerprint: bytes
        public_key: bytes
        algorithm: str
        algorithms: list[str]
        agent_id: bytes
        at_ms: int
        claims: dict[str, Any]
        address: str
        evidence: dict[str, Any]
        duplicate_of: Sequence[bytes] = ()
        ignored_keys: Sequence[str] = ()
        replaces: bytes = b""
        """Fingerprint of the key that offered this one as its successor; empty for a key that asked by itself."""
        fork_of: bytes = b""
        """The agent of ``fork_key``, a key that two machines used and that vouched for this one; empty for none."""
        fork_key: bytes = b""

    class RequestRepeated(Aggregate.Event):
        """The key asked again, with other claims or an hour after the last recorded request."""

        TOPIC = "Registration.RequestRepeated"
        PERSONAL = ("claims", "address", "evidence", "ignored_keys")
        at_ms: int
        claims: dict[str, Any]
        address: str
        evidence: dict[str, Any]
        duplicate_of: Sequence[bytes] = ()
        ignored_keys: Sequence[str] = ()
        algorithms: tuple[str, ...] = ()
        """What the agent can sign with now; empty in events from before this was recorded."""

    class PackageRefused(Aggregate.Event):
        """A verified package of this key was refused about trust, numbers or keys."""

        TOPIC = "Registration.PackageRefused"
        PERSONAL = ("address", "evidence")
        reason: str
        number: int
        package_type: int
        at_ms: int
        address: str
        evidence: dict[str, Any]

    @event(Requested)
    def __init__(
        self,
        fingerprint: bytes,
        public_key: bytes,
        algorithm: str,
        algorithms: list[str],
        agent_id: bytes,
        at_ms: int,
        claims: dict[str, Any],
        address: str,
        evidence: dict[str, Any],
        duplicate_of: Sequence[bytes] = (),
        replaces: bytes = b"",
        fork_of: bytes = b"",
    ) -> None:
        self.fingerprint = fingerprint
        self.fork_of = fork_of
        self.duplicate_of = list(duplicate_of)
        self.public_key = public_key
        self.algorithm = algorithm
        self.algorithms = algorithms
        self.agent_id = UUID(bytes=agent_id)
        self.replaces = replaces
        self.claims = claims
        self.last_recorded_ms = at_ms
        self.signatures = {evidence.get("signature", b"")}
        self.refused_ms: dict[str, int] = {}
        self.gap_header = b""

    @classmethod
    def request(cls, **asked: Any) -> "Registration":
        """The registration of a key that nobody knew; takes the fields of ``Requested``."""
        return cls._create(cls.Requested, id=registration_stream(asked["fingerprint"]), **asked)

    def repeat(
        self,
        claims: dict[str, Any],
        at_ms: int,
        address: str,
        evidence: dict[str, Any],
        duplicate_of: Sequence[bytes] = (),
        ignored_keys: Sequence[str] = (),
        algorithms: tuple[str, ...] = (),
    ) -> None:
        """Record a further request: it says something new, or the last one is an hour old.

        Once a duplicate, always shown as one: ``duplicate_of`` only grows.
        """
        fresh = [each for each in duplicate_of if each not in self.duplicate_of]
        known = [*self.duplicate_of, *fresh][:MOST_DUPLICATES]
        self._repeated(
            claims=claims,
            at_ms=at_ms,
            address=address,
            evidence=evidence,
            duplicate_of=known,
            ignored_keys=ignored_keys,
            algorithms=algorithms,
        )

    def knows(self, signature: bytes) -> bool:
        """True for a request that is recorded already; a fresh one is signed over a fresh time or session."""
        return signature in self.signatures

    def refuse(
        self, reason: str, number: int, package_type: int, at_ms: int, address: str, evidence: dict[str, Any]
    ) -> bool:
        """Record that a package was refused, at most once an hour per reason; False when that was recorded already."""
        if at_ms - self.refused_ms.get(reason, -HOUR_MS) < HOUR_MS:
            return False
        self._refused(
            reason=reason,
            number=number,
            package_type=package_type,
            at_ms=at_ms,
            address=address,
            evidence=evidence,
        )
        return True

    @event(RequestRepeated)
    def _repeated(
        self,
        claims: dict[str, Any],
        at_ms: int,
        address: str,
        evidence: dict[str, Any],
        duplicate_of: Sequence[bytes] = (),
        ignored_keys: Sequence[str] = (),
        algorithms: tuple[str, ...] = (),
    ) -> None:
        self.duplicate_of = list(duplicate_of) or self.duplicate_of
        self.claims = claims
        self.algorithms = list(algorithms) or self.algorithms
        self.last_recorded_ms = at_ms
        self.signatures.add(evidence.get("signature", b""))

    @event(PackageRefused)
    def _refused(
        self,
        reason: str,
        number: int,
        package_type: int,
        at_ms: int,
        address: str,
        evidence: dict[str, Any],
    ) -> None:
        self.refused_ms[reason] = at_ms
        if reason == "gap":
            self.gap_header = evidence.get("header", b"")
