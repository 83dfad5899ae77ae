"""What the server assigned to this agent and the agent holds: one whole manifest with its contents, or none.

A further manifest becomes the held one in a single write, once all its contents are there: a power cut at any moment
leaves the old one or the new one, whole. Its version never goes back, also not after ``clear``.
"""

import hashlib
from typing import Any

from agents.shelf import Shelf
from wire.codec import Codec, MalformedBody
from wire.held import (
    AUTHORITIES,
    NO_LISTS,
    NOTHING,
    SERVERS,
    Held,
    Item,
    Manifest,
    Version,
    digest_of,
    manifest_plain,
    read_manifest,
)

KEPT_WHEN_REVOKED = frozenset({AUTHORITIES, SERVERS})
"""The way back to the server: without it a revoked agent could never ask again."""


class OlderManifest(Exception):
    """The manifest is older than one that was held before; nothing of it was taken."""

    def __init__(self, offered: Version, held: Version) -> None:
        super().__init__(f"{self.__doc__} (offered {offered}, held {held})")
        self.offered, self.held = offered, held


class Holdings:
    """``salt`` keeps the hash from telling anybody what is held."""

    def __init__(self, codec: Codec, shelf: Shelf, salt: bytes = b"") -> None:
        self._codec = codec
        self._shelf = shelf
        self._salt = salt
        self._newest: Version = NOTHING
        self._wanted: Manifest | None = None
        self.manifest: Manifest | None = None
        """The held one; None when nothing is held."""
        self._load()

    @property
    def incomplete(self) -> bool:
        """True while a manifest was begun whose contents are not all there."""
        return self._wanted is not None

    def items(self) -> list[tuple[Item, bytes]]:
        """The held items with their contents, in the order of the manifest."""
        return _with_contents(self.manifest, self._shelf)

    def hash(self) -> bytes:
        """8 bytes that differ whenever what is held differs; zeros for nothing."""
        if self.manifest is None:
            return NO_LISTS
        return hashlib.sha256(self._salt + self._codec.encode(manifest_plain(self.manifest))).digest()[:8]

    def statement(self) -> Held:
        """What is complete: the held manifest's version, and every item whose content is there."""
        there = self._shelf.digests()
        known = [item for manifest in (self.manifest, self._wanted) if manifest for item in manifest.items]
        items = {item.id: item.version for item in known if item.digest in there}
        return Held(self.manifest.version if self.manifest else NOTHING, items)

    def take(self, manifest: Manifest, contents: list[bytes]) -> list[bytes]:
        """Take in contents of a manifest; return the digests that are missing still: none, and it is the held one.

        Raise OlderManifest. Contents that no item names are left aside.
        """
        if manifest.version < self._newest:
            raise OlderManifest(manifest.version, self._newest)
        there = self._shelf.digests()
        for digest, content in ((digest_of(each), each) for each in contents):
            if digest in manifest.digests and digest not in there:
                self._shelf.put(digest, content)
                there.add(digest)
        missing = manifest.digests - there
        if missing:
            if manifest != self._wanted:
                self._write(self.manifest, manifest)
            return sorted(missing)
        self._newest = manifest.version
        self._write(manifest, None)
        self._tidy()
        return []

    def clear(self) -> None:
        """Forget what was assigned, but for the way back to the server; on a signed refusal *revoked*."""
        if self.manifest is None and self._wanted is None:
            return
        held = self.manifest.items if self.manifest else ()
        kept = tuple(item for item in held if item.kind in KEPT_WHEN_REVOKED)
        self._write(Manifest(*NOTHING, kept) if kept else None, None)
        self._tidy()

    def forget(self, kind: str) -> None:
        """Hold no item of this kind any more: the server gives it again with the next call-in."""
        held, wanted = self.manifest, self._wanted
        if any(item.kind == kind for manifest in (held, wanted) if manifest for item in manifest.items):
            kept = tuple(item for item in (held.items if held else ()) if item.kind != kind)
            self._write(Manifest(*NOTHING, kept) if kept else None, None)
            self._tidy()

    def _write(self, manifest: Manifest | None, wanted: Manifest | None) -> None:
        plain = {
            "newest": list(self._newest),
            "manifest": manifest_plain(manifest) if manifest else None,
            "wanted": manifest_plain(wanted) if wanted else None,
        }
        self._shelf.write_index(self._codec.encode(plain))
        self.manifest, self._wanted = manifest, wanted

    def _tidy(self) -> None:
        needed = set[bytes]().union(*(each.digests for each in (self.manifest, self._wanted) if each))
        for digest in self._shelf.digests() - needed:
            self._shelf.drop(digest)

    def _load(self) -> None:
        """Read the index; what is damaged is fetched again, for the server is told what is there."""
        data = self._shelf.index()
        if not data:
            return
        try:
            plain: Any = self._codec.decode(data)
            newest = plain["newest"]
            self._newest = (int(newest[0]), int(newest[1]))
            self.manifest = read_manifest(plain["manifest"]) if plain["manifest"] else None
            self._wanted = read_manifest(plain["wanted"]) if plain["wanted"] else None
        except (MalformedBody, KeyError, TypeError, ValueError, IndexError):
            self.manifest = self._wanted = None
            return
        for digest in self._shelf.digests():
            if digest_of(self._shelf.content(digest) or b"") != digest:
                self._shelf.drop(digest)
        if self.manifest is not None and not self.manifest.digests <= self._shelf.digests():
            self._write(None, self.manifest)


class HeldByOther:
    """What the running process of this agent held a moment ago; mends nothing, for its owner may be at work."""

    def __init__(self, codec: Codec, shelf: Shelf) -> None:
        self._shelf = shelf
        self.manifest = manifest_on(codec, shelf)

    def items(self) -> list[tuple[Item, bytes]]:
        """The held items with their contents, in the order of the manifest."""
        return _with_contents(self.manifest, self._shelf)


def manifest_on(codec: Codec, shelf: Shelf) -> Manifest | None:
    """The held manifest as another process finds it; mends nothing, for its owner may be at work."""
    try:
        plain: Any = codec.decode(shelf.index())
        return read_manifest(plain["manifest"]) if plain["manifest"] else None
    except (MalformedBody, KeyError, TypeError):
        return None


def _with_contents(manifest: Manifest | None, shelf: Shelf) -> list[tuple[Item, bytes]]:
    contents = ((item, shelf.content(item.digest)) for item in (manifest.items if manifest else ()))
    return [(item, content) for item, content in contents if content is not None]
