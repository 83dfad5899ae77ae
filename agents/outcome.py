"""How a call-in ends, and what it has to say next."""

from enum import StrEnum
from typing import Any, NamedTuple


class Why(StrEnum):
    """What made the agent call in; the server records it."""

    INTERVAL = "interval"
    START = "start"
    MANUAL = "manual"
    WAKE_UP = "wake-up"
    TASK = "task"
    """A task wanted it, or a run of one has ended."""
    RECONNECT = "reconnect"
    """The connection that was held in push mode broke."""


class Outcome(StrEnum):
    """In one word."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


BUSY = "busy"
"""The reason of a call-in that nobody had time for."""
UNEXPECTED_ANSWER = "unexpected_answer"
"""The reason of a call-in whose answer is none that the package can have."""
NOT_DELIVERED = "not_delivered"
"""The reason of a call-in whose answer does not say that what was sent has arrived."""


class Done(NamedTuple):
    """The conversation is over. ``retry_after_s`` when the server named it, already clamped; ``slot_s``: in how many
    seconds it would have the agent call in next."""

    outcome: Outcome
    reason: str = ""
    retry_after_s: int | None = None
    slot_s: int | None = None


class Again(NamedTuple):
    """Connect once more to the same handler: this one hangs up after what it said."""


class Result(NamedTuple):
    """What a call-in came to, for people and for the schedule; times in ms, 0 when no signed answer came."""

    outcome: Outcome
    reason: str
    agent_id: bytes
    number: int
    server_time_ms: int
    handler: str = ""
    retry_after_s: int | None = None
    slot_s: int | None = None

    def to_plain(self) -> dict[str, Any]:
        """For the control socket."""
        return {**self._asdict(), "agent_id": self.agent_id.hex()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Result":
        """Read ``to_plain``; raise ValueError, TypeError or KeyError."""
        fields = {**plain, "outcome": Outcome(plain["outcome"]), "agent_id": bytes.fromhex(plain["agent_id"])}
        return cls(**fields)
