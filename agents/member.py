"""An agent as the flow of a call-in sees it: who it is, what it keeps, whom it trusts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.authorities import Authorities
from agents.codec import MsgpackCodec
from agents.events import EventQueue
from agents.holdings import Holdings
from agents.identity import SUPPORTED, Identity
from agents.keep import Accepted, Keep
from agents.key_ring import KeyRing
from agents.property_set import Change, apply_change
from agents.shelf import MemoryShelf
from agents.state import InFlight
from wire.codec import Codec
from wire.packages import decode_body
from wire.trust import ServerTrust
from wire.types import AgentType


class Entrusted(Protocol):
    """Something the server gave to an agent it trusts: policies, tasks, lists."""

    def clear(self) -> None:
        """Give all of it up and end what runs because of it; durable on return. Called again, it changes nothing."""
        ...


class Enforces(Protocol):
    """Brings about what is held."""

    def enforce(self) -> None:
        """Bring all of it about, now; what came of it is queued as events. Never raises for what a plug-in did."""
        ...


class NothingToEnforce:
    """For an agent that holds nothing."""

    def enforce(self) -> None:
        """Nothing to do."""


@dataclass
class Member:
    """One agent of a deployment, with its stores. ``identity`` is the key that speaks now, one of ``keys``.

    Without ``keys`` the agent has one key for ever, without ``authorities`` it believes others about TLS.
    ``algorithms`` are those it can sign with, best first. ``entrusted`` is given up, in this order, when trust is
    withdrawn.
    """

    codec: Codec
    identity: Identity
    keep: Keep
    events: EventQueue
    trust: ServerTrust
    ticket: bytes = b""
    keys: KeyRing | None = None
    algorithms: Sequence[str] = tuple(SUPPORTED)
    entrusted: Sequence[Entrusted] = ()
    enforcement: Enforces = NothingToEnforce()  # noqa: RUF009 - it has no state
    holdings: Holdings = field(default_factory=lambda: Holdings(MsgpackCodec(), MemoryShelf()))
    authorities: Authorities | None = None
    rhythm: Callable[[], tuple[int, str] | None] = field(default=lambda: None)
    """Interval in seconds without its jitter, and pull or push; None for an agent that does not stay."""

    def content_of(self, package: InFlight) -> dict[str, Any]:
        """What stands in a package of this agent's own."""
        return decode_body(self.codec, package.flags, package.body)

    def accept_properties(self, package: InFlight) -> None:
        """The server took the properties in ``package``: they are the base of the next change."""
        if package.type == AgentType.PROPS_VERSION:
            return
        content = self.content_of(package)
        digest = package.state_hash[:8]
        known = self.keep.accepted()
        if package.type == AgentType.FULL_PROPS:
            self.keep.accept(Accepted(digest, content["properties"]))
        elif known and known.hash == content["base"]:
            change = Change(content["set"], content["gone"])
            self.keep.accept(Accepted(digest, apply_change(known.properties, change)))
