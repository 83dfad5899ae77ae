"""What a server assigns to a swarm: each manifest once in memory, however many agents hold it, and no contents."""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from wire.codec import Codec
from wire.held import Held, Version, held_plain, read_manifest
from wire.packages import encode_body


class ItemHeld(NamedTuple):
    """What a holder must know of an item to say that it holds it, and that it lacks another version."""

    id: bytes
    version: int
    digest: bytes


class SharedManifest:
    """``digest`` is that of the whole; agents hold the same object as long as they hold the same."""

    __slots__ = ("__weakref__", "digest", "digests", "items", "statement", "version", "versions")

    def __init__(self, codec: Codec, digest: bytes, version: Version, items: Iterable[ItemHeld]) -> None:
        self.digest = digest
        self.version = version
        self.items = tuple(items)
        self.versions = {each.id: each.version for each in self.items}
        self.digests = frozenset(each.digest for each in self.items)
        self.statement = encode_body(codec, {"held": held_plain(Held(version, self.versions))})
        """Flags and body of an idle call-in that says all of it is held."""


class Manifests:
    """Those that are held somewhere. Counts what all agents together took: whole manifests, and items whose content
    came with them."""

    def __init__(self, codec: Codec) -> None:
        self.manifests = self.items = 0
        self._codec = codec
        self._known: WeakValueDictionary[bytes, SharedManifest] = WeakValueDictionary()

    def read(self, plain: Any) -> SharedManifest:
        """The manifest in an answer; raise MalformedBody."""
        digest = hashlib.sha256(self._codec.encode(plain)).digest()
        found = self._known.get(digest)
        if found is None:
            manifest = read_manifest(plain)
            items = (ItemHeld(each.id, each.version, each.digest) for each in manifest.items)
            found = self._known[digest] = SharedManifest(self._codec, digest, manifest.version, items)
        return found

    def known(self, digest: bytes, version: Version, items: Iterable[ItemHeld]) -> SharedManifest:
        """One that an earlier run had read."""
        found = self._known.get(digest)
        if found is None:
            found = self._known[digest] = SharedManifest(self._codec, digest, version, items)
        return found
