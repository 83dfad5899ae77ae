"""A file of the desired state, in TOML: read whole, and where in it a fault of the server's lies."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from console.exit_code import CommandFailed, ExitCode
from console.given_file import name_of, read_given_text
from console.printable import printable

MAX_BYTES = 6 * 1024 * 1024
_HEADER = re.compile(r"\s*\[\[\s*([A-Za-z_]+)\s*\]\]")
_SUBTABLE = re.compile(r"\s*\[{1,2}\s*[A-Za-z_]+\.([^\]]+?)\s*\]{1,2}")
_PREDICATES = ("is missing",)
"""What reads as one sentence with the name of the field before it."""
JSON_ENDING = "_json"
"""What TOML cannot say, as null, stands as JSON in a text under this ending: settings_json, schema_json."""


def read_document_file(path: Path) -> tuple[dict[str, Any], str]:
    """The document and its text; CommandFailed names the line of what is no TOML."""
    text = read_given_text(path, "a document", MAX_BYTES)
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as broken:
        raise CommandFailed(ExitCode.REFUSED, f"{name_of(path)}: no TOML: {broken}. Nothing was changed.") from broken
    return _from_toml(document, path), text


def told_faults(path: Path, text: str, faults: list[dict[str, Any]]) -> str:
    """Each fault with its line."""
    lines = [f"{name_of(path)} has {len(faults)} fault{'s' * (len(faults) > 1)}; nothing was changed."]
    placed = sorted(((line_of(text, fault), number) for number, fault in enumerate(faults)))
    for line, number in placed:
        fault = faults[number]
        colon = "" if fault["problem"] in _PREDICATES else ":"
        field = f"{fault['field']}{colon} " if fault["field"] else ""
        table = f"{fault['table']} {fault['number'] + 1}, " if fault["table"] else ""
        lines.append(f"  line {line}: {table}{field}{fault['problem']}")
    return "\n".join(map(printable, lines))


def line_of(text: str, fault: Mapping[str, Any]) -> int:
    """The line, from 1, of the field a fault names; of the table that should have it when it is not there."""
    if not fault["table"]:
        return next(
            (at for at, line in _lines(text) if re.match(rf"\s*(\[\[\s*)?{re.escape(fault['field'])}\b", line)), 1
        )
    if (inline := _inline(text, fault["table"], fault["number"])) is not None:
        return inline
    steps = re.split(r"[.\[]", str(fault["field"]))
    found, seen, within = 1, -1, False
    for at, line in _lines(text):
        if (header := _HEADER.match(line)) is not None:
            seen += header[1] == fault["table"]
            if within:
                break
            within = header[1] == fault["table"] and seen == fault["number"]
            found = at if within else found
        elif within and (_names(line, steps)):
            return at
    return found


def _inline(text: str, table: str, number: int) -> int | None:
    """The line of an entry of a list in brackets, each on a line of its own: as people may write short ones."""
    within, seen = False, -1
    for at, line in _lines(text):
        if within and re.match(r"\s*\]", line):
            return None
        seen += within and re.match(r"\s*\{", line) is not None
        if within and seen == number:
            return at
        within = within or re.match(rf"\s*{re.escape(table)}\s*=\s*\[\s*$", line) is not None
    return None


def _names(line: str, steps: list[str]) -> bool:
    """Whether a line gives one of the fields on the way to the fault, the last one first of all."""
    wanted = [step.strip("'\"]") for step in steps if step and not step.rstrip("]").isdigit()]
    for step in reversed(wanted):
        if re.match(rf"""\s*["']?{re.escape(step)}["']?\s*[=.]""", line):
            return True
    subtable = _SUBTABLE.match(line)
    return subtable is not None and len(wanted) == 1 and subtable[1].strip("'\"") == wanted[0]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), 1))


def _from_toml(document: dict[str, Any], path: Path) -> dict[str, Any]:
    for table, entries in document.items():
        for number, each in enumerate(entries if isinstance(entries, list) else ()):
            for name in [name for name in each if name.endswith(JSON_ENDING)] if isinstance(each, dict) else ():
                try:
                    each[name.removesuffix(JSON_ENDING)] = json.loads(each.pop(name))
                except (TypeError, ValueError) as broken:
                    message = f"{name_of(path)}, {table} {number + 1}, {name}: no JSON: {broken}. Nothing was changed."
                    raise CommandFailed(ExitCode.REFUSED, message) from broken
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    """TOML's dates and times as the texts they are written as: settings are JSON."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value
