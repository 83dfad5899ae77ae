"""A managed file as a policy describes it, checked."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from agents.enforcer import CannotEnforce

MAX_FILES = 256
MAX_PATH = 4_096
MODE = 0o644
_FIELDS = frozenset({"path", "content", "mode", "owner", "remove_on_withdraw"})


class ManagedFile(NamedTuple):
    """``owner`` is USER or USER:GROUP, empty for whoever the agent is; ``remove`` when no policy lists it any more."""

    path: str
    content: bytes
    mode: int
    owner: str
    remove: bool


def read_files(settings: Mapping[str, Any]) -> list[ManagedFile]:
    """The files of a policy: one, or those in its list ``files``; raise CannotEnforce naming the field."""
    if "files" not in settings:
        return [_file("file", settings)]
    plain = settings["files"]
    if set(settings) != {"files"} or not isinstance(plain, list) or len(plain) > MAX_FILES:
        raise CannotEnforce(f"files: the one setting is a list of at most {MAX_FILES} files")
    files = [_file(f"files[{at}]", each) for at, each in enumerate(plain)]
    paths = [file.path for file in files]
    for at, path in enumerate(paths):
        if path in paths[:at]:
            raise CannotEnforce(f"files[{at}].path: {path} is listed twice")
    return files


def _file(at: str, plain: Any) -> ManagedFile:
    if not isinstance(plain, Mapping):
        raise CannotEnforce(f"{at}: a map is needed")
    for field in sorted(plain.keys() - _FIELDS):
        raise CannotEnforce(f"{at}.{field[:64]}: no field of a file; there are {', '.join(sorted(_FIELDS))}")
    owner, remove = plain.get("owner", ""), plain.get("remove_on_withdraw", False)
    if not isinstance(owner, str) or not isinstance(remove, bool):
        raise CannotEnforce(f"{at}: owner is a text, remove_on_withdraw true or false")
    return ManagedFile(
        _path(at, plain.get("path")), _content(at, plain.get("content")), _mode(at, plain), owner, remove
    )


def _path(at: str, path: Any) -> str:
    if not isinstance(path, str) or not 2 <= len(path) <= MAX_PATH or not path.startswith("/") or "\0" in path:
        raise CannotEnforce(f"{at}.path: an absolute path is needed")
    if any(step in ("", ".", "..") for step in path.split("/")[1:]):
        raise CannotEnforce(f"{at}.path: {path} has an empty step, a . or a ..")
    return path


def _content(at: str, content: Any) -> bytes:
    if isinstance(content, str):
        try:
            return content.encode()
        except UnicodeEncodeError:
            raise CannotEnforce(f"{at}.content: no text that UTF-8 can hold") from None
    if not isinstance(content, bytes):
        raise CannotEnforce(f"{at}.content: text or bytes are needed")
    return content


def _mode(at: str, plain: Mapping[str, Any]) -> int:
    mode = plain.get("mode", MODE)
    if isinstance(mode, str):
        mode = int(mode, 8) if 1 <= len(mode) <= 5 and set(mode) <= set("01234567") else -1
    if not isinstance(mode, int) or isinstance(mode, bool) or not 0 <= mode <= 0o777:
        raise CannotEnforce(f"{at}.mode: octal digits as 0644 are needed, at most 0777")
    return mode
