"""A file with a list that a person wrote in JSON: read whole or refused with line and field of every fault."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from console.exit_code import CommandFailed, ExitCode
from console.given_file import name_of, read_given_text
from console.printable import printable

MAX_BYTES = 60 * 1024
"""What the API takes in one request, with room for the rest of it."""
Fault = tuple[int | None, str, str]
"""Which entry of the list (from 0, None for what is around it), which field, why."""
_BLANK = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


class Member(NamedTuple):
    """One member of an object in a text: its name, where the name and the value begin."""

    name: str
    at: int
    value: int


def read_written(
    path: Path, what: str, entries: str, entry: str, check: Callable[[object], list[Fault]]
) -> dict[str, Any]:
    """The file as plain values; CommandFailed names every fault by line and field.

    ``what`` the file is and ``entry`` are words for people; ``entries`` is the member that holds the list.
    """
    text, plain = _loaded(path, what)
    faults = [*_doubled(text, plain, entries), *check(plain)]
    if faults:
        raise CommandFailed(ExitCode.REFUSED, _told(path, text, faults, entries, entry))
    assert isinstance(plain, dict)
    return plain


def _loaded(path: Path, what: str) -> tuple[str, Any]:
    text = read_given_text(path, f"a {what}", MAX_BYTES)
    try:
        return text, json.loads(text)
    except json.JSONDecodeError as broken:
        message = f"{name_of(path)}, line {broken.lineno}: no JSON: {broken.msg}. Nothing was changed."
        raise CommandFailed(ExitCode.REFUSED, message) from broken
    except RecursionError as deep:
        raise CommandFailed(ExitCode.REFUSED, f"{name_of(path)} is nested too deeply to be a {what}.") from deep


def line_of(text: str, fault: Fault, entries: str) -> int:
    """The line, from 1, of the field a fault names; of what holds it when the field is not there."""
    at = _BLANK.match(text, 0).end()  # type: ignore[union-attr]
    if text[at : at + 1] != "{":
        return _line(text, at)
    number, field, _ = fault
    if number is not None:
        lists = [each for each in _members(text, at) if each.name == entries]
        at = _element(text, lists[-1].value, number)
        if text[at : at + 1] != "{":
            return _line(text, at)
    named = [each for each in _members(text, at) if each.name == field]
    return _line(text, named[-1].at if named else at)


def _told(path: Path, text: str, faults: list[Fault], entries: str, entry: str) -> str:
    lines = [f"{name_of(path)} has {len(faults)} fault{'s' * (len(faults) > 1)}; nothing was changed."]
    placed = [(line_of(text, fault, entries), fault) for fault in faults]
    for line, (number, field, problem) in sorted(placed, key=lambda each: each[0]):
        which = "" if number is None else f"{entry} {number + 1}, "
        lines.append(f"  line {line}: {which}{f'{field}: ' if field else ''}{problem}")
    return "\n".join(map(printable, lines))


def _doubled(text: str, plain: Any, entries: str) -> list[Fault]:
    """A name that stands twice in an object: JSON would silently take the last."""
    if not isinstance(plain, dict):
        return []
    start = _BLANK.match(text, 0).end()  # type: ignore[union-attr]
    faults = _twice(text, start, None)
    lists = [each for each in _members(text, start) if each.name == entries]
    if faults or not lists or not isinstance(plain[entries], list):
        return faults
    for number, at in enumerate(_elements(text, lists[-1].value)):
        faults += _twice(text, at, number) if text[at] == "{" else []
    return faults


def _twice(text: str, at: int, number: int | None) -> list[Fault]:
    names = [each.name for each in _members(text, at)]
    return [(number, name, "stands twice") for name in dict.fromkeys(names) if names.count(name) > 1]


def _members(text: str, at: int) -> Iterator[Member]:
    """The members of the object that begins at `at`; the text is known to be JSON."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, end = _decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)
        yield Member(name, at, value)
        at = _next(text, value)


def _elements(text: str, at: int) -> Iterator[int]:
    """Where each element of the array that begins at `at` begins."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        at = _next(text, at)


def _element(text: str, at: int, number: int) -> int:
    return next(each for index, each in enumerate(_elements(text, at)) if index == number)


def _next(text: str, value: int) -> int:
    """Where what follows a value begins: the next member or element, or the closing sign."""
    _, end = _decoder.raw_decode(text, value)
    end = _skip(text, end)
    return _skip(text, end + 1) if text[end] == "," else end


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
