"""One generation of the server key, certified by the deployment's root key; several live at once, one is current."""

import hashlib
from enum import StrEnum

from eventsourcing.domain import Aggregate, event

from domain.ids import server_key_stream
from domain.server_key_refusals import (
    KeyBelowMinimum,
    KeyIsCurrent,
    KeyNotCertified,
    KeyRetired,
    KeySignsNothing,
    KeyStillReliedOn,
    RetireFirst,
)

SIGNING = frozenset({"ed25519", "p256", "rsa2048"})
"""Algorithms a server key may sign with; any other is kept to be listed and counted."""


class Origin(StrEnum):
    """Where a server key came from."""

    FOUNDED = "founded"
    CREATED = "created"
    IMPORTED = "imported"


class ServerKey(Aggregate):
    """A server key that agents may be answered with; the one activated last is current."""

    class Certified(Aggregate.Created):
        """The root key vouched for the server key that the deployment was founded with."""

        TOPIC = "ServerKey.Certified"
        key_version: int
        algorithm: str
        public_key: bytes
        statement: bytes
        root_signature: bytes

    class Created(Aggregate.Created):
        """A server key was made or imported; ``statement`` is what the root key is asked to sign, empty for none."""

        TOPIC = "ServerKey.Created"
        key_version: int
        algorithm: str
        public_key: bytes
        origin: str
        statement: bytes

    class CertificateInstalled(Aggregate.Event):
        """The root key vouched for this server key; agents may be answered with it from now on."""

        TOPIC = "ServerKey.CertificateInstalled"
        statement: bytes
        root_signature: bytes

    class Activated(Aggregate.Event):
        """The worker answers with this key; ``turn`` grows with every activation of any server key."""

        TOPIC = "ServerKey.Activated"
        turn: int
        reason: str

    class Retired(Aggregate.Event):
        """The key is good for nothing any more; ``relying`` agents held none newer."""

        TOPIC = "ServerKey.Retired"
        reason: str
        relying: int
        forced: bool

    class Deleted(Aggregate.Event):
        """The private half was destroyed."""

        TOPIC = "ServerKey.Deleted"
        reason: str
        relying: int
        forced: bool

    @event(Created)
    def __init__(
        self,
        key_version: int,
        algorithm: str,
        public_key: bytes,
        statement: bytes,
        origin: str = Origin.FOUNDED.value,
        root_signature: bytes = b"",
    ) -> None:
        self.key_version = key_version
        self.algorithm = algorithm
        self.public_key = public_key
        self.origin = Origin(origin)
        self.statement = statement
        self.root_signature = root_signature
        # The founded key answers without being activated first.
        self.turn = 0 if root_signature else -1
        self.retired = False
        self.deleted = False

    @classmethod
    def certify(
        cls, key_version: int, algorithm: str, public_key: bytes, certificate: tuple[bytes, bytes]
    ) -> "ServerKey":
        """The generation a deployment is founded with, and its root-signed certificate."""
        return cls._create(
            cls.Certified,
            id=server_key_stream(key_version),
            key_version=key_version,
            algorithm=algorithm,
            public_key=public_key,
            statement=certificate[0],
            root_signature=certificate[1],
        )

    @classmethod
    def create(
        cls, key_version: int, algorithm: str, public_key: bytes, origin: Origin, statement: bytes
    ) -> "ServerKey":
        """A further generation, not certified yet."""
        return cls._create(
            cls.Created,
            id=server_key_stream(key_version),
            key_version=key_version,
            algorithm=algorithm,
            public_key=public_key,
            origin=origin.value,
            statement=statement,
        )

    @property
    def certificate(self) -> tuple[bytes, bytes]:
        """Statement and root signature."""
        return self.statement, self.root_signature

    @property
    def signs(self) -> bool:
        """True when an answer may be signed with it."""
        return self.algorithm in SIGNING and bool(self.root_signature) and not self.retired

    @property
    def sealed_name(self) -> str:
        """Under which name its private half is sealed."""
        if self.origin is Origin.FOUNDED:
            return f"server-key/{self.key_version}"
        return sealed_name_of(self.public_key)

    def install(self, certificate: tuple[bytes, bytes]) -> bool:
        """Take its certificate; False when it has one."""
        self._refuse_useless()
        if self.root_signature:
            return False
        self._installed(statement=certificate[0], root_signature=certificate[1])
        return True

    def activate(self, newest_turn: int, minimum_version: int, reason: str) -> bool:
        """Answer with this key from now on; False when it is current already."""
        self._refuse_useless()
        if not self.root_signature:
            raise KeyNotCertified
        if self.key_version < minimum_version:
            raise KeyBelowMinimum
        if self.turn == newest_turn:
            return False
        self._activated(turn=newest_turn + 1, reason=reason)
        return True

    def retire(self, newest_turn: int, reason: str, relying: int, forced: bool) -> bool:
        """Stop using this key for ever; False when it is retired."""
        if self.retired:
            return False
        if self.turn == newest_turn:
            raise KeyIsCurrent
        _refuse_relied_on(reason, relying, forced)
        self._retired(reason=reason, relying=relying, forced=forced)
        return True

    def delete(self, reason: str, relying: int, forced: bool) -> bool:
        """Give up the private half; False when that was done."""
        if self.deleted:
            return False
        if not self.retired:
            raise RetireFirst
        _refuse_relied_on(reason, relying, forced)
        self._deleted(reason=reason, relying=relying, forced=forced)
        return True

    def _refuse_useless(self) -> None:
        if self.algorithm not in SIGNING:
            raise KeySignsNothing
        if self.retired:
            raise KeyRetired

    @event(CertificateInstalled)
    def _installed(self, statement: bytes, root_signature: bytes) -> None:
        self.statement, self.root_signature = statement, root_signature

    @event(Activated)
    def _activated(self, turn: int, reason: str) -> None:
        self.turn = turn

    @event(Retired)
    def _retired(self, reason: str, relying: int, forced: bool) -> None:
        self.retired = True

    @event(Deleted)
    def _deleted(self, reason: str, relying: int, forced: bool) -> None:
        self.deleted = True


def sealed_name_of(public_key: bytes) -> str:
    """Under which name the private half of a created or imported server key is sealed."""
    return f"server-key/{hashlib.sha256(public_key).hexdigest()}"


def _refuse_relied_on(reason: str, relying: int, forced: bool) -> None:
    if relying and not (forced and reason.strip()):
        raise KeyStillReliedOn(f"{relying} agents hold no newer server key: only with --force and a reason.")
