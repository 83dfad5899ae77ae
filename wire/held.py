"""What a server assigns to an agent and what the agent holds of it: manifest, items and the agent's statement.

A manifest lists items by digest; contents travel beside it, only those the agent lacks. Plain data in, plain data out:
whoever sends encodes it with the body it travels in.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from wire.codec import MalformedBody

POLICY = "policy"
TASK = "task"
SERVERS = "servers"
REPOSITORIES = "repositories"
AUTHORITIES = "authorities"
KINDS = frozenset({POLICY, TASK, SERVERS, REPOSITORIES, AUTHORITIES})
"""An agent keeps an item of a kind it does not know, and does nothing with it: a newer server may name further ones."""

MAX_ITEMS = 4_096
MAX_CONTENT = 512 * 1024
"""Bytes of one item's content."""
CONTENTS_LIMIT = 512 * 1024
"""Bytes of all contents of one answer; a content of exactly MAX_CONTENT travels alone."""
MAX_NAME = 255
MAX_CONDITIONS = 16
NO_LISTS = bytes(8)
"""Second half of the state hash: nothing is held."""
_ID_SIZE = 16
_DIGEST_SIZE = 32
_LARGEST_INT = 2**63 - 1

Version = tuple[int, int]
"""(log epoch, position of the newest event the manifest rests on): compared in this order, never goes back."""
NOTHING: Version = (0, 0)
"""The version of what an agent holds that never took a manifest."""


class Item(NamedTuple):
    """One assigned thing: ``digest`` is SHA-256 of its content, a MessagePack map; ``when`` None applies always.

    One id may stand more than once under different conditions, always with the same version and digest.
    """

    id: bytes
    kind: str
    category: str
    name: str
    version: int
    digest: bytes
    when: dict[str, Any] | None = None


class Manifest(NamedTuple):
    """Everything assigned to one agent; of one category the first item whose ``when`` holds is the one in force."""

    epoch: int
    position: int
    items: tuple[Item, ...] = ()

    @property
    def version(self) -> Version:
        """What must never go back."""
        return self.epoch, self.position

    @property
    def digests(self) -> set[bytes]:
        """The contents it needs."""
        return {each.digest for each in self.items}


class Held(NamedTuple):
    """What is complete on an agent's disk: the version of its manifest, and each item's version by id."""

    version: Version
    items: dict[bytes, int]


def digest_of(content: bytes) -> bytes:
    """What a manifest says of a content."""
    return hashlib.sha256(content).digest()


def manifest_plain(manifest: Manifest) -> dict[str, Any]:
    """``manifest`` as it stands in a PropsResponse."""
    return {"version": [manifest.epoch, manifest.position], "items": [list(each) for each in manifest.items]}


def read_manifest(plain: Any) -> Manifest:
    """The manifest in an answer; raise MalformedBody."""
    if not isinstance(plain, dict):
        raise MalformedBody("`manifest` must be a map")
    items = tuple(_item(each) for each in _list(plain.get("items"), MAX_ITEMS))
    told: dict[bytes, tuple[int, bytes]] = {}
    for each in items:
        if told.setdefault(each.id, (each.version, each.digest)) != (each.version, each.digest):
            raise MalformedBody("one item of a manifest has two versions")
    return Manifest(*_version(plain.get("version")), items)


def read_contents(plain: Any) -> list[bytes]:
    """The contents beside a manifest, in any order; raise MalformedBody."""
    contents = _list(plain, MAX_ITEMS)
    if not all(isinstance(each, bytes) and len(each) <= MAX_CONTENT for each in contents):
        raise MalformedBody(f"a content is a bin of at most {MAX_CONTENT} bytes")
    if sum(map(len, contents)) > CONTENTS_LIMIT:
        raise MalformedBody(f"the contents of one answer have at most {CONTENTS_LIMIT} bytes")
    return contents


def contents_that_fit(contents: Iterable[bytes]) -> list[bytes]:
    """The first of ``contents`` that go into one answer together, at least one."""
    taken: list[bytes] = []
    room = CONTENTS_LIMIT
    for each in contents:
        if len(each) > room:
            break
        taken.append(each)
        room -= len(each)
    return taken


def held_plain(held: Held) -> dict[str, Any]:
    """``held`` as it stands in a numbered package."""
    return {"manifest": list(held.version), "items": [[key, version] for key, version in held.items.items()]}


def read_held(plain: Any) -> Held:
    """What an agent says it holds; raise MalformedBody."""
    if not isinstance(plain, dict):
        raise MalformedBody("`held` must be a map")
    items: dict[bytes, int] = {}
    for each in _list(plain.get("items"), MAX_ITEMS):
        if not isinstance(each, list) or len(each) != 2 or not _is_id(each[0]) or not _is_count(each[1]):
            raise MalformedBody("an item of `held` is [id, version]")
        items[each[0]] = each[1]
    return Held(_version(plain.get("manifest")), items)


def _item(plain: Any) -> Item:
    if not isinstance(plain, list) or len(plain) != len(Item._fields):
        raise MalformedBody("an item is [id, kind, category, name, version, digest, when]")
    identity, kind, category, name, version, digest, when = plain
    if not _is_id(identity) or not _is_count(version):
        raise MalformedBody("an item has an id of 16 bytes and a version")
    if not all(isinstance(text, str) and len(text) <= MAX_NAME for text in (kind, category, name)):
        raise MalformedBody(f"kind, category and name of an item are str of at most {MAX_NAME} characters")
    if not isinstance(digest, bytes) or len(digest) != _DIGEST_SIZE:
        raise MalformedBody(f"the digest of an item has {_DIGEST_SIZE} bytes")
    if when is not None and not (isinstance(when, dict) and len(when) <= MAX_CONDITIONS):
        raise MalformedBody(f"`when` of an item is nil or a map of at most {MAX_CONDITIONS}")
    return Item(identity, kind, category, name, version, digest, when)


def _version(plain: Any) -> Version:
    if not isinstance(plain, list) or len(plain) != 2 or not all(map(_is_count, plain)):
        raise MalformedBody("the version of a manifest is [epoch, position]")
    return plain[0], plain[1]


def _list(plain: Any, most: int) -> list[Any]:
    if not isinstance(plain, list) or len(plain) > most:
        raise MalformedBody(f"a list of at most {most} is needed")
    return plain


def _is_id(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) == _ID_SIZE


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_INT
