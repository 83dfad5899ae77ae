"""The home of an agent: a private folder, one agent in it, one process at a time that calls in."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.durable import make_private_folder

SETTINGS = "install.json"
BOOTSTRAP = "bootstrap.json"
AUTHORITIES = "authorities"
_OURS = {SETTINGS, BOOTSTRAP, AUTHORITIES, "key.pem", "salt", "lock", "ticket"}


class NotInstalled(Exception):
    """No agent is installed in this home; run `muster agent --home DIR install` first."""


class ForeignFolder(Exception):
    """The home has files in it that no agent wrote; choose an empty folder."""


class HomeLocked(Exception):
    """Another process of this agent is at work in this home."""


class Home:
    """Paths and the lock. ``path`` is absolute."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def installed(self) -> bool:
        """True once an install has come to its end."""
        return (self.path / SETTINGS).is_file()

    def must_be_installed(self) -> None:
        """Raise NotInstalled."""
        if not self.installed:
            raise NotInstalled(f"no agent is installed in {self.path}")

    def make(self) -> None:
        """Make the folder, for its owner alone; raise ForeignFolder rather than take over somebody's files."""
        make_private_folder(self.path)
        names = {entry.name.removesuffix(".new") for entry in self.path.iterdir()}
        if not self.installed and not names <= _OURS:
            raise ForeignFolder(f"{self.path} holds other files: {', '.join(sorted(names - _OURS)[:3])}")
        self.path.chmod(0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; raise HomeLocked at once when another process does. The kernel frees it whatever happens."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeLocked(f"another process is at work in {self.path}") from None
            yield
        finally:
            os.close(descriptor)
