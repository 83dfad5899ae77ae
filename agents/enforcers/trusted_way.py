"""The way to an allowed folder: links that the machine's administrator made are followed, nobody else's."""

import os
import stat
from collections.abc import Collection

from agents.enforcer import CannotEnforce

MOST_LINKS = 40
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_NAME = os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_ROOT = 0


class UntrustedLink(CannotEnforce):
    """On the way to an allowed path is a symbolic link of somebody who could lead the agent anywhere by it."""


def open_folder(path: str, trusted: Collection[int] | None = None) -> int:
    """A descriptor of the folder at an absolute ``path``; links count only if their owner is ``trusted``.

    Those are root and whoever the agent is. Raise UntrustedLink, OSError.
    """
    owners = {_ROOT, os.geteuid()} if trusted is None else trusted
    folder = os.open("/", _FOLDER)
    steps, links = _steps(path), 0
    try:
        while steps:
            step = steps.pop()
            target = _target(folder, step, owners, path)
            if target is None:
                folder = _into(folder, step)
                continue
            if (links := links + 1) > MOST_LINKS:
                raise UntrustedLink(f"{path} is behind too many links")
            steps += _steps(target)
            if target.startswith("/"):
                folder = _into(folder, "/")
        return os.open(".", _READ, dir_fd=folder)
    finally:
        os.close(folder)


def _into(folder: int, step: str) -> int:
    """One step further; the folder before is closed."""
    below = os.open(step, _FOLDER, dir_fd=folder)
    os.close(folder)
    return below


def _target(folder: int, step: str, owners: Collection[int], path: str) -> str | None:
    """Where a link leads; None when the name is no link. Owner and target are those of one and the same link."""
    name = os.open(step, _NAME, dir_fd=folder)
    try:
        about = os.fstat(name)
        if not stat.S_ISLNK(about.st_mode):
            return None
        if about.st_uid not in owners:
            raise UntrustedLink(f"{path}: {step} is a link of user {about.st_uid}, not of root or the agent")
        return os.readlink("", dir_fd=name)
    finally:
        os.close(name)


def _steps(path: str) -> list[str]:
    """The next step last."""
    return [step for step in reversed(path.split("/")) if step not in ("", ".")]
