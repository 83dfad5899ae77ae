"""Delivery within a call-in: what the server assigns is taken, what is held is said, until nothing is missing."""

from typing import Any

from agents.events import new_event
from agents.holdings import OlderManifest
from agents.member import Member
from agents.rhythm import rhythm_delivered, rhythm_field
from agents.state import InFlight
from wire.authorities import UntrustedAuthorities, content_pair
from wire.codec import MalformedBody
from wire.held import AUTHORITIES, Manifest, held_plain, read_contents, read_manifest
from wire.types import AgentType

MANIFEST_REFUSED = "ManifestRefused"
AUTHORITIES_REFUSED = "AuthoritiesRefused"
MAX_ROUNDS = 1_000
"""Statements in one call-in: at 512 KiB an answer, far more than anybody holds."""


class Delivery:
    """``due``: the next package about properties shall say what is held."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._holdings = member.holdings
        self._missing: tuple[Manifest, int] | None = None
        self._rounds = 0
        self.due = self._holdings.incomplete or self._holdings.hash() != member.keep.state.held_told

    def besides(self, kind: AgentType) -> dict[str, Any]:
        """What a package about properties says besides: how often this agent comes, and what it holds, each if due."""
        said = rhythm_field(self._member, kind)
        if self.due:
            self.due = False
            self._rounds += 1
            said["held"] = held_plain(self._holdings.statement())
        return said

    def said(self, package: InFlight) -> None:
        """A package of this agent's was delivered: the server may know now what is held."""
        rhythm_delivered(self._member, package)
        if "held" in self._member.content_of(package):
            self._member.keep.state.held_told = package.state_hash[8:]
            if package.state_hash[8:] == self._holdings.hash() and not self._holdings.incomplete:
                self.due = False

    def heard(self, content: dict[str, Any], now_ms: int) -> None:
        """What a signed answer says about lists."""
        if content.get("held") is True:
            self.due = self._rounds < MAX_ROUNDS
        if "manifest" in content:
            self._take(content, now_ms)

    def _take(self, content: dict[str, Any], now_ms: int) -> None:
        try:
            manifest = read_manifest(content["manifest"])
            missing = len(self._holdings.take(manifest, read_contents(content.get("contents", []))))
        except (MalformedBody, OlderManifest) as error:
            self._tell(MANIFEST_REFUSED, error, now_ms)
            return
        if not missing:
            self._complete(now_ms)
        # An answer that brought nothing of what is missing ends the delivery of this call-in: the next one goes on.
        before, self._missing = self._missing, (manifest, missing)
        stuck = missing and before is not None and before[0] == manifest and before[1] <= missing
        self.due = not stuck and self._rounds < MAX_ROUNDS

    def _complete(self, now_ms: int) -> None:
        try:
            adopt_authorities(self._member)
        except (MalformedBody, UntrustedAuthorities) as error:
            self._tell(AUTHORITIES_REFUSED, error, now_ms)
        self._member.enforcement.enforce()

    def _tell(self, kind: str, error: Exception, now_ms: int) -> None:
        self._member.events.add(new_event(kind, {"error": str(error)[:200]}, now_ms))


def adopt_authorities(member: Member) -> None:
    """Believe the CA set that is held; raise MalformedBody or UntrustedAuthorities, and go on believing the last."""
    for item, content in member.holdings.items():
        if item.kind == AUTHORITIES and member.authorities is not None:
            member.authorities.adopt(content_pair(member.codec.decode(content)))
