"""Sorting rules in a file: TOML as `muster apply` reads it, JSON when its name says so; every fault with its line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from console.document_file import read_document_file, told_faults
from console.exit_code import CommandFailed, ExitCode
from console.written_file import read_written
from domain.desired_document import Sort
from domain.document_place import BadDocument, Fault
from wire.conditions import BadCondition, read


def read_sorting_file(path: Path, groups: Iterable[str]) -> list[dict[str, Any]]:
    """The rules as the API takes them; ``groups`` are the paths there are. CommandFailed names every fault."""
    known = list(groups)
    if path.suffix == ".json":
        plain: object = read_written(
            path,
            "file of sorting rules",
            "sort",
            "sort",
            lambda found: [
                (each.number if each.table else None, each.field, each.problem) for each in _faults(found, known)
            ],
        )
        return _rules(plain, known)
    document, text = read_document_file(path)
    if faults := _faults(document, known):
        raise CommandFailed(ExitCode.REFUSED, told_faults(path, text, [each._asdict() for each in faults]))
    return _rules(document, known)


def _rules(plain: object, groups: list[str]) -> list[dict[str, Any]]:
    return [each._asdict() for each in _read(plain, groups)]


def _faults(plain: object, groups: list[str]) -> list[Fault]:
    try:
        _read(plain, groups)
    except BadDocument as bad:
        return bad.faults
    return []


def _read(plain: object, groups: list[str]) -> tuple[Sort, ...]:
    # Imported late: it brings the judges of schemas, which no other command of this group needs.
    from domain.read_document import read_sorting

    return read_sorting(plain, groups, _condition_faults)


def _condition_faults(when: object) -> list[tuple[str, str]]:
    try:
        read(when)
    except BadCondition as bad:
        return [(each.field, each.problem) for each in bad.faults]
    return []
