"""Keeps managed files as a policy wants them: content, mode and, if said so, owner."""

import grp
import json
import pwd
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from agents.durable import write_durably
from agents.enforcer import CannotEnforce, Workplace
from agents.enforcers.managed_file import ManagedFile, read_files
from agents.enforcers.safe_folder import Slot, slot_of

_MANAGED = "managed"


class FileEnforcer:
    """Category ``file``. Remembers which files it was told to remove once no policy lists them any more."""

    def __init__(self, workplace: Workplace) -> None:
        self._allowed = workplace.settings.allow_paths
        self._home = workplace.folder.parents[1]
        self._book = workplace.folder / _MANAGED

    def check(self, settings: Mapping[str, Any]) -> str:
        """The files that differ, and how."""
        files = read_files(settings)
        differ = [f"{file.path}: {how}" for file in files if (how := self._how_it_differs(file))]
        return "; ".join(differ + [f"{path}: is to be removed" for path in self._leftovers(files)])

    def enforce(self, settings: Mapping[str, Any]) -> str:
        """Write what differs, remove what is no longer listed and was to go; one bad file keeps no other back."""
        files = read_files(settings)
        leftovers = self._leftovers(files)
        listed = {file.path: file.remove for file in files}
        self._remember({**dict.fromkeys(leftovers, True), **listed})  # before the first byte: a crash forgets no file
        faults = [fault for file in files if (fault := self._attempt(file.path, partial(self._write, file)))]
        kept = {path: fault for path in leftovers if (fault := self._attempt(path, partial(self._remove, path)))}
        self._remember({**dict.fromkeys(kept, True), **listed})
        if faults or kept:
            raise CannotEnforce("; ".join([*faults, *kept.values()]))
        return f"{len(files)} files"

    def withdraw(self) -> str:
        """Remove the files that were to go; the others stay as they are."""
        going = [path for path, remove in self._managed().items() if remove]
        faults = {path: fault for path in going if (fault := self._attempt(path, partial(self._remove, path)))}
        self._remember(dict.fromkeys(faults, True))
        if faults:
            raise CannotEnforce("; ".join(faults.values()))
        return f"{len(going)} files removed" if going else ""

    def _slot(self, path: str) -> AbstractContextManager[Slot]:
        return slot_of(path, self._allowed, self._home)

    def _how_it_differs(self, file: ManagedFile) -> str:
        try:
            with self._slot(file.path) as slot:
                return _difference(slot, file)
        except (CannotEnforce, OSError) as error:
            return str(error)

    def _write(self, file: ManagedFile) -> None:
        with self._slot(file.path) as slot:
            if _difference(slot, file):
                slot.write(file.content, file.mode, _owner(file))

    def _remove(self, path: str) -> None:
        with self._slot(path) as slot:
            slot.remove()

    def _attempt(self, path: str, act: Callable[[], None]) -> str:
        try:
            act()
        except CannotEnforce as error:
            return str(error)
        except FileNotFoundError:
            return f"{path}: its folder does not exist"
        except OSError as error:
            return f"{path}: {error.strerror}"
        return ""

    def _leftovers(self, files: list[ManagedFile]) -> list[str]:
        listed = {file.path for file in files}
        return [path for path, remove in self._managed().items() if remove and path not in listed]

    def _managed(self) -> dict[str, bool]:
        try:
            plain = json.loads(self._book.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, TypeError):
            return {}
        return {str(path): remove is True for path, remove in dict(plain).items()}

    def _remember(self, managed: dict[str, bool]) -> None:
        if managed != self._managed():
            write_durably(self._book, json.dumps(managed).encode())


def _difference(slot: Slot, file: ManagedFile) -> str:
    seen = slot.look(len(file.content) + 1)
    if seen is None:
        return "is not there"
    uid, gid = _owner(file)
    differ = {
        "content": seen.content != file.content,
        "mode": seen.mode != file.mode,
        "owner": uid not in (-1, seen.uid) or gid not in (-1, seen.gid),
    }
    names = [name for name, differs in differ.items() if differs]
    return f"differs in {' and '.join(names)}" if names else ""


def _owner(file: ManagedFile) -> tuple[int, int]:
    """Numbers of user and group; -1 for one not named."""
    user, _, group = file.owner.partition(":")
    try:
        return pwd.getpwnam(user).pw_uid if user else -1, grp.getgrnam(group).gr_gid if group else -1
    except (KeyError, ValueError):
        raise CannotEnforce(f"{file.path}: there is no owner {file.owner}") from None
