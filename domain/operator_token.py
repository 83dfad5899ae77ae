"""A bearer token of an operator: its hash, role and life; the secret itself is nowhere in the log."""

from enum import StrEnum

from eventsourcing.domain import Aggregate, event

from domain.errors import OrderRefused
from domain.ids import operator_token_stream

DAY_MS = 86_400_000


class Role(StrEnum):
    """What a token may do; checked in one place, ``permits``."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"


class TokenRevoked(OrderRefused):
    """This token was revoked already."""

    code = "token_revoked"


class OperatorToken(Aggregate):
    """One token: issued, used (noted at most once a day), revoked."""

    class Issued(Aggregate.Created):
        """A token was made; ``token_hash`` is SHA-256 of the secret."""

        TOPIC = "OperatorToken.Issued"
        token_id: str
        token_hash: bytes
        name: str
        role: str
        expires_at_ms: int | None

    class Used(Aggregate.Event):
        """The token was used, for the first time in a day."""

        TOPIC = "OperatorToken.Used"
        at_ms: int

    class Revoked(Aggregate.Event):
        """The token is good for nothing any more."""

        TOPIC = "OperatorToken.Revoked"
        reason: str

    @event(Issued)
    def __init__(self, token_id: str, token_hash: bytes, name: str, role: str, expires_at_ms: int | None) -> None:
        self.token_id = token_id
        self.token_hash = token_hash
        self.name = name
        self.role = Role(role)
        self.expires_at_ms = expires_at_ms
        self.used_at_ms: int | None = None
        self.revoked = False

    @classmethod
    def issue(
        cls, token_id: str, token_hash: bytes, name: str, role: Role, expires_at_ms: int | None
    ) -> "OperatorToken":
        """A new token for ``name``."""
        return cls._create(
            cls.Issued,
            id=operator_token_stream(token_id),
            token_id=token_id,
            token_hash=token_hash,
            name=name,
            role=role.value,
            expires_at_ms=expires_at_ms,
        )

    def is_good(self, now_ms: int) -> bool:
        """Neither revoked nor past its time."""
        return not self.revoked and (self.expires_at_ms is None or self.expires_at_ms > now_ms)

    def used(self, at_ms: int) -> bool:
        """Note a use; False when one was noted in the last day."""
        if self.used_at_ms is not None and at_ms - self.used_at_ms < DAY_MS:
            return False
        self._used(at_ms=at_ms)
        return True

    def revoke(self, reason: str) -> bool:
        """Make the token useless; False when it already is."""
        if self.revoked:
            return False
        self._revoked(reason=reason)
        return True

    @event(Used)
    def _used(self, at_ms: int) -> None:
        self.used_at_ms = at_ms

    @event(Revoked)
    def _revoked(self, reason: str) -> None:
        self.revoked = True
