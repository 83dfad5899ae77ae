"""The keys of an agent: the one it was known by until now, and the one that is to follow it."""

import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import serialization

from agents.durable import sync_folder, write_durably
from agents.identity import Identity, load_identity, load_key
from wire.codec import Codec, MalformedBody
from wire.keys import generate_key
from wire.succession import MAX_HANDOVERS, Handover, read_succession

NEXT = "key.next.pem"
FRESH = "key.fresh.pem"
HANDOVERS = "key.handovers"


class KeyRing(Protocol):
    """``current`` signs until its successor was used. What a verb did is durable when it returns."""

    current: Identity

    def next(self) -> Identity | None:
        """The successor, if there is one."""
        ...

    def make_next(self, algorithm: str) -> None:
        """Make a successor; one that is there already stays."""
        ...

    def promote(self, handover: Handover) -> None:
        """The successor is the current key from now on; of the key before it only its ``handover`` is left."""
        ...

    def succession(self) -> list[Handover]:
        """The newest handovers that lead to the current key, oldest first."""
        ...

    def drop_next(self) -> None:
        """The successor is good for nothing."""
        ...

    def fresh(self) -> Identity | None:
        """The key that is to begin anew, if there is one."""
        ...

    def make_fresh(self, algorithm: str) -> Identity:
        """Make a key to begin anew with; one that is there already stays."""
        ...

    def begin_anew(self) -> None:
        """The fresh key is the current one from now on; the key before it and its successor are gone."""
        ...


class DiskKeyRing:
    """In the home: ``key.pem``, ``key.next.pem`` while there is a successor, ``key.handovers``; one salt for all.

    And ``key.fresh.pem`` for the moment in which the agent leaves a key that was forked.
    """

    def __init__(self, home: Path, codec: Codec) -> None:
        self._home = home
        self._codec = codec
        self.current = load_identity(home)
        self._next: Identity | None = None

    def next(self) -> Identity | None:
        """The successor, if there is one; another process may have made it a moment ago."""
        path = self._home / NEXT
        if not path.exists():
            self._next = None
        elif self._next is None:
            self._next = Identity(load_key(path), self.current.salt)
        return self._next

    def make_next(self, algorithm: str) -> None:
        """Make a successor; one that is there stays, for it may be in use already."""
        make_next_key(self._home, algorithm)

    def fresh(self) -> Identity | None:
        """The key that is to begin anew, if there is one."""
        path = self._home / FRESH
        return Identity(load_key(path), self.current.salt) if path.exists() else None

    def make_fresh(self, algorithm: str) -> Identity:
        """Make a key to begin anew with; one that was made before a crash stays."""
        _make_key(self._home, FRESH, algorithm)
        made = self.fresh()
        assert made is not None
        return made

    def begin_anew(self) -> None:
        """The fresh key takes the current key's place; that one's successor and handovers go first."""
        found = self.fresh()
        self.drop_next()
        (self._home / HANDOVERS).unlink(missing_ok=True)
        if found is not None:
            (self._home / FRESH).replace(self._home / "key.pem")
            sync_folder(self._home)
            self.current = found

    def promote(self, handover: Handover) -> None:
        """The successor takes the current key's place; the handover is on disk before the key that signed it goes."""
        found = self.next()
        if found is not None:
            kept = [each for each in self._handovers() if each.signer != handover.signer]
            newest = [list(each) for each in [*kept, handover][-MAX_HANDOVERS:]]
            write_durably(self._home / HANDOVERS, self._codec.encode(newest))
            (self._home / NEXT).replace(self._home / "key.pem")
            sync_folder(self._home)
            self.current, self._next = found, None

    def succession(self) -> list[Handover]:
        """The newest handovers that lead to the current key, oldest first; none when the file is damaged."""
        found = self._handovers()
        # One that was written before a crash may be of the key that is current still.
        return [each for each in found if each.signer != self.current.fingerprint]

    def _handovers(self) -> list[Handover]:
        try:
            return read_succession(self._codec.decode((self._home / HANDOVERS).read_bytes()))
        except (FileNotFoundError, MalformedBody):
            return []

    def drop_next(self) -> None:
        """Remove the successor."""
        (self._home / NEXT).unlink(missing_ok=True)
        sync_folder(self._home)
        self._next = None


def make_next_key(home: Path, algorithm: str) -> bool:
    """Write a successor for the key of this home; False when there is one. Needs no lock: the first to write wins."""
    return _make_key(home, NEXT, algorithm)


def _make_key(home: Path, name: str, algorithm: str) -> bool:
    if (home / name).exists():
        return False
    pem = generate_key(algorithm).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = home / f"{name}.{os.getpid()}"
    write_durably(draft, pem)
    try:
        os.link(draft, home / name)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        sync_folder(home)
    return True
