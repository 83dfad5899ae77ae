"""Files below folders that this machine's administrator allowed, reached without following anybody's symbolic link."""

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from agents.enforcer import CannotEnforce
from agents.enforcers.trusted_way import open_folder

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NotAllowed(CannotEnforce):
    """The path is not below one of the agent's allowed paths (`muster agent install --allow-path`)."""


class Seen(NamedTuple):
    """A file as it is; of a large one no more content than was asked for."""

    content: bytes
    mode: int
    uid: int
    gid: int


class Slot:
    """A name in an open folder."""

    def __init__(self, folder: int, name: str) -> None:
        self._folder = folder
        self._name = name

    def look(self, most: int) -> Seen | None:
        """The regular file of this name, at most ``most`` bytes of it; None when there is none or something else."""
        try:
            descriptor = os.open(self._name, _LOOK, dir_fd=self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            if stat.S_ISREG(os.stat(self._name, dir_fd=self._folder, follow_symlinks=False).st_mode):
                raise
            return None  # a symbolic link, or a socket
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                return None
            return Seen(file.read(most), stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid)

    def write(self, content: bytes, mode: int, owner: tuple[int, int]) -> None:
        """Replace whatever has the name by a file: whole and on the disk, or not at all. An ``owner`` of -1 is left."""
        fresh = f".muster-{secrets.token_hex(8)}"
        descriptor = os.open(fresh, _FRESH, 0o600, dir_fd=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                if owner != (-1, -1):
                    os.fchown(descriptor, *owner)
                os.fchmod(descriptor, mode)
                file.flush()
                os.fsync(descriptor)
            os.rename(fresh, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=self._folder)
            raise
        os.fsync(self._folder)

    def remove(self) -> None:
        """Take the name away; a link is removed, not what it leads to."""
        with suppress(FileNotFoundError):
            os.unlink(self._name, dir_fd=self._folder)
        os.fsync(self._folder)


@contextmanager
def slot_of(path: str, allowed: Sequence[str], home: Path) -> Iterator[Slot]:
    """The slot of an absolute, plain ``path``; raise NotAllowed, also for what is the agent's own in ``home``.

    Links on the way to the allowed folder are followed if they are root's or the agent's own; below it none is.
    """
    root, steps, name = _split(path, allowed)
    folder = open_folder(root)
    try:
        for step in steps:
            below = os.open(step, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        # Who may write here could allow himself everything else.
        if (Path(f"/proc/self/fd/{folder}").readlink() / name).is_relative_to(home.resolve()):
            raise NotAllowed(f"{path} is the agent's own")
        yield Slot(folder, name)
    finally:
        os.close(folder)


def _split(path: str, allowed: Sequence[str]) -> tuple[str, list[str], str]:
    """The folder to begin at, the folders below it, the name."""
    for prefix in sorted(allowed, key=len, reverse=True):
        root = prefix.rstrip("/")
        if path == root:
            above, _, name = path.rpartition("/")
            return above or "/", [], name
        if path.startswith(root + "/"):
            *steps, name = path[len(root) + 1 :].split("/")
            return root or "/", steps, name
    raise NotAllowed(f"{path} is not below an allowed path of this agent")
