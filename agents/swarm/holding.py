"""What one simulated agent holds of what it is assigned, by the rules of agents/holdings.py and agents/delivery.py.

Contents are checked against the manifest and dropped. What is not complete is forgotten with the run: the agent's next
statement does not name it, and the server sends it again.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from agents.swarm.manifests import Manifests, SharedManifest
from wire.codec import MalformedBody
from wire.held import NO_LISTS, NOTHING, Held, Version, digest_of, held_plain, read_contents

MANIFEST_REFUSED = "manifest_refused"
MAX_ROUNDS = 1_000
"""Statements in one call-in."""
_NONE: frozenset[bytes] = frozenset()


class Holds(NamedTuple):
    """Between two runs. ``newest`` is the version that no manifest may fall behind; ``due`` as in ``Holding``."""

    manifest: SharedManifest | None = None
    newest: Version = NOTHING
    due: bool = False


class Holding:
    """``due``: the next package about properties shall say what is held."""

    __slots__ = ("_lacked", "_manifests", "_newest", "_rounds", "_there", "_wanted", "due", "manifest")

    def __init__(self, manifests: Manifests, holds: Holds) -> None:
        self.manifest, self._newest, self.due = holds
        self._manifests = manifests
        self._wanted: SharedManifest | None = None
        self._there = _NONE
        self._lacked: int | None = None
        self._rounds = 0

    @property
    def kept(self) -> Holds:
        """For the next run."""
        return Holds(self.manifest, self._newest, self.due)

    def hash(self, salt: bytes) -> bytes:
        """8 bytes that differ whenever what is held differs; zeros for nothing."""
        return NO_LISTS if self.manifest is None else hashlib.sha256(salt + self.manifest.digest).digest()[:8]

    def said(self) -> dict[str, Any]:
        """What a package says besides."""
        self.due = False
        self._rounds += 1
        version, items = (self.manifest.version, self.manifest.versions) if self.manifest else (NOTHING, {})
        begun = self._wanted.items if self._wanted else ()
        return {"held": held_plain(Held(version, items | {e.id: e.version for e in begun if e.digest in self._there}))}

    def statement(self) -> tuple[int, bytes] | None:
        """The same as flags and body of an idle call-in, when it is what all who hold this manifest say."""
        if self.manifest is None or self._wanted is not None:
            return None
        self.due = False
        self._rounds += 1
        return self.manifest.statement

    def heard(self, content: dict[str, Any]) -> str:
        """What a signed answer says about lists; returns what is wrong with it, empty for nothing."""
        if content.get("held") is True:
            self.due = self._rounds < MAX_ROUNDS
        if "manifest" not in content:
            return ""
        try:
            manifest = self._manifests.read(content["manifest"])
            arrived = read_contents(content.get("contents", []))
        except MalformedBody:
            return MANIFEST_REFUSED
        if manifest.version < self._newest:
            return MANIFEST_REFUSED
        self._take(manifest, map(digest_of, arrived))
        return ""

    def rest(self) -> None:
        """The call-in is over."""
        self._rounds, self._lacked = 0, None

    def clear(self) -> None:
        """Trust was withdrawn: nothing is held any more, and nothing older than what was is ever taken."""
        self.due = self.due or self.manifest is not None
        self.manifest, self._wanted, self._there = None, None, _NONE

    def _take(self, manifest: SharedManifest, arrived: Iterable[bytes]) -> None:
        before = self._there | (self.manifest.digests if self.manifest else _NONE)
        there = before.union(arrived) & manifest.digests
        fresh = there - before
        self._manifests.items += sum(each.digest in fresh for each in manifest.items) if fresh else 0
        lacking = len(manifest.digests) - len(there)
        # An answer that brought nothing of what is missing ends the delivery of this call-in: the next one goes on.
        stuck = lacking and manifest is self._wanted and self._lacked is not None and self._lacked <= lacking
        if lacking:
            self._wanted, self._there, self._lacked = manifest, there, lacking
        else:
            self.manifest, self._newest, self._wanted, self._there = manifest, manifest.version, None, _NONE
            self._manifests.manifests += 1
        self.due = not stuck and self._rounds < MAX_ROUNDS
