"""The keys of an agent: the one it was known by until now, and the one that is to follow it."""

import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import serialization

from agents.durable import sync_folder, write_durably
from agents.identity import Identity, load_identity, load_key
from wire.keys import generate_key

NEXT = "key.next.pem"
FRESH = "key.fresh.pem"


class KeyRing(Protocol):
    """``current`` signs until its successor was used. What a verb did is durable when it returns."""

    current: Identity

    def next(self) -> Identity | None:
        """The successor, if there is one."""
        ...

    def make_next(self, algorithm: str) -> None:
        """Make a successor; one that is there already stays."""
        ...

    def promote(self) -> None:
        """The successor is the current key from now on, the key before it is gone."""
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
    """In the home: ``key.pem``; ``key.next.pem`` while there is a successor, ``key.fresh.pem`` while one begins anew.

    All have one salt.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
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
        """The fresh key takes the current key's place; a successor that was to follow that one is removed first."""
        found = self.fresh()
        self.drop_next()
        if found is not None:
            (self._home / FRESH).replace(self._home / "key.pem")
            sync_folder(self._home)
            self.current = found

    def promote(self) -> None:
        """The successor takes the current key's place."""
        found = self.next()
        if found is not None:
            (self._home / NEXT).replace(self._home / "key.pem")
            sync_folder(self._home)
            self.current, self._next = found, None

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
