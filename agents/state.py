"""What an agent must not forget: numbers, the package in flight, its standing, the server keys it trusts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

DEFAULT_INTERVAL_S = 300
"""Until the server names one."""

Pair = tuple[bytes, bytes]


class DamagedState(Exception):
    """The state file of this agent is not what an agent wrote."""


class Standing(StrEnum):
    """How the server sees this agent, as far as a signed answer told."""

    UNREGISTERED = "unregistered"
    PENDING = "pending"
    ALLOWED = "allowed"
    BLOCKED = "blocked"
    REVOKED = "revoked"


class InFlight(NamedTuple):
    """A numbered package from the moment before its first byte is sent until it is known to be delivered."""

    number: int
    type: int
    flags: int
    body: bytes
    state_hash: bytes


class LastCallIn(NamedTuple):
    """How the last call-in ended; times in ms, ``server_time_ms`` 0 when no signed answer came."""

    at_ms: int
    outcome: str
    reason: str
    handler: str
    server_time_ms: int


@dataclass
class State:
    """Everything small that survives the agent. ``certificates`` are root-signed pairs, oldest first."""

    next_number: int = 1
    in_flight: InFlight | None = None
    agent_id: bytes = b""
    standing: Standing = Standing.UNREGISTERED
    interval_s: int = DEFAULT_INTERVAL_S
    server_time_ms: int = 0
    epoch: int = 0
    certificates: list[Pair] = field(default_factory=list)
    minimum_version: int = 0
    last: LastCallIn | None = None
    refused_hash: bytes = b""
    ticket_done: bool = False
    """The install ticket has let this agent in, or was refused: it is not shown again."""
    key: bytes = b""
    """Fingerprint of the key whose numbers these are; empty before this agent ever replaced its key."""
    fallback_number: int = 0
    """Where the old key would go on, while a new one is in use and not known to be delivered under; else 0."""
    forked_key: bytes = b""
    """Fingerprint of a key that another machine used too, and that the one in use comes out of; else empty."""
    fork_proof: bytes = b""
    """That key's signature over the fingerprint of the one in use: the last that it was good for."""
    held_told: bytes = bytes(8)
    """Hash of what is held as the server was told it last; zeros for nothing."""
    rhythm_told: tuple[int, str] | None = None
    """Interval and mode as the server was told them last."""

    def to_plain(self) -> dict[str, Any]:
        """The stored form: plain values for MessagePack."""
        return {
            "next_number": self.next_number,
            "in_flight": list(self.in_flight) if self.in_flight else None,
            "agent_id": self.agent_id,
            "standing": str(self.standing),
            "interval_s": self.interval_s,
            "server_time_ms": self.server_time_ms,
            "epoch": self.epoch,
            "certificates": [list(pair) for pair in self.certificates],
            "minimum_version": self.minimum_version,
            "last": list(self.last) if self.last else None,
            "refused_hash": self.refused_hash,
            "ticket_done": self.ticket_done,
            "key": self.key,
            "fallback_number": self.fallback_number,
            "rhythm_told": list(self.rhythm_told) if self.rhythm_told else None,
            "forked_key": self.forked_key,
            "fork_proof": self.fork_proof,
            "held_told": self.held_told,
        }

    @classmethod
    def from_plain(cls, plain: Any) -> "State":
        """Read the stored form; raise DamagedState when it is something else."""
        try:
            return cls(
                next_number=int(plain["next_number"]),
                in_flight=InFlight(*plain["in_flight"]) if plain["in_flight"] else None,
                agent_id=bytes(plain["agent_id"]),
                standing=Standing(plain["standing"]),
                interval_s=int(plain["interval_s"]),
                server_time_ms=int(plain["server_time_ms"]),
                epoch=int(plain["epoch"]),
                certificates=[(bytes(pair[0]), bytes(pair[1])) for pair in plain["certificates"]],
                minimum_version=int(plain["minimum_version"]),
                last=LastCallIn(*plain["last"]) if plain["last"] else None,
                refused_hash=bytes(plain.get("refused_hash", b"")),
                ticket_done=bool(plain.get("ticket_done", False)),
                key=bytes(plain.get("key", b"")),
                fallback_number=int(plain.get("fallback_number", 0)),
                rhythm_told=_rhythm(plain.get("rhythm_told")),
                forked_key=bytes(plain.get("forked_key", b"")),
                fork_proof=bytes(plain.get("fork_proof", b"")),
                held_told=bytes(plain.get("held_told", bytes(8))),
            )
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise DamagedState(f"the stored state is damaged: {error!r}") from error


def _rhythm(plain: Any) -> tuple[int, str] | None:
    return (int(plain[0]), str(plain[1])) if plain else None
