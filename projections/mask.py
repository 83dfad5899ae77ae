"""Masks as SQL: `*`, `?` and `[ab]` mean in a filter what they mean in conditions and rules (fnmatch, casefolded)."""

from collections.abc import Iterator
from typing import NamedTuple

_SIGNS = frozenset("*?[")


class OneOf(NamedTuple):
    """One character between two others of a pair, ends included; ``negated``: in none of them."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool


class Mask(str):
    """A mask as SQLite's GLOB takes it; ``regex`` is the same for PostgreSQL's `~`.

    SQL says `column GLOB ?`; the database that has no GLOB puts its own in place (`postgres_database.py`).
    """

    regex: str
    __slots__ = ("regex",)


def is_mask(wanted: str) -> bool:
    """Whether there is anything in it but a text to be equal to."""
    return not _SIGNS.isdisjoint(wanted)


def mask(wanted: str) -> Mask:
    """The mask in a text, which is casefolded already."""
    parts = list(_parts(wanted))
    made = Mask("".join(map(_glob, parts)))
    made.regex = f"^{''.join(map(_regex, parts))}$"
    return made


def _parts(wanted: str) -> Iterator[str | OneOf]:
    at = 0
    while at < len(wanted):
        end = _end_of_class(wanted, at) if wanted[at] == "[" else -1
        if end < 0:
            yield wanted[at] if wanted[at] in "*?" else OneOf(((wanted[at], wanted[at]),), False)
            at += 1
        else:
            inner = wanted[at + 1 : end]
            negated = inner.startswith("!")
            yield OneOf(tuple(_ranges(inner[negated:])), negated)
            at = end + 1


def _end_of_class(wanted: str, start: int) -> int:
    """Where its bracket is closed; -1 when it is none: then it stands for itself. A bracket that comes first is one."""
    first = start + 2 if wanted[start + 1 : start + 2] == "!" else start + 1
    return wanted.find("]", first + 1)


def _ranges(inner: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(inner):
        if at + 2 < len(inner) and inner[at + 1] == "-":
            if inner[at] <= inner[at + 2]:
                yield inner[at], inner[at + 2]
            at += 3
        else:
            yield inner[at], inner[at]
            at += 1


def _glob(part: str | OneOf) -> str:
    if isinstance(part, str):
        return part
    if not part.negated and len(part.ranges) == 1 and part.ranges[0][0] == part.ranges[0][1]:
        return _alone(part.ranges[0][0])
    if not part.ranges:
        return "?" if part.negated else "[^\1-\U0010ffff]"
    singles, ranges = set[str](), list[tuple[str, str]]()
    for low, high in part.ranges:
        if high in "]^-":
            singles.add(high)
            high = chr(ord(high) - 1)
        if low in "]^-":
            singles.add(low)
            low = chr(ord(low) + 1)
        if low < high:
            ranges.append((low, high))
        elif low == high:
            singles.add(low)
    ordinary = "".join(sorted(singles - set("]^-")))
    written = ("]" if "]" in singles else "") + ordinary + "".join(f"{low}-{high}" for low, high in ranges)
    if written or part.negated:
        return f"[{'^' if part.negated else ''}{written}{'^' if '^' in singles else ''}{'-' if '-' in singles else ''}]"
    return "[-^]" if len(singles) == 2 else _alone(singles.pop())


def _alone(sign: str) -> str:
    return f"[{sign}]" if sign in _SIGNS else sign


def _regex(part: str | OneOf) -> str:
    if isinstance(part, str):
        return ".*" if part == "*" else "."
    if not part.ranges:
        return "." if part.negated else "(?!)"
    if not part.negated and len(part.ranges) == 1 and part.ranges[0][0] == part.ranges[0][1]:
        return _escaped(part.ranges[0][0])
    inner = "".join(_escaped(low) + (f"-{_escaped(high)}" if high != low else "") for low, high in part.ranges)
    return f"[{'^' if part.negated else ''}{inner}]"


def _escaped(sign: str) -> str:
    return sign if sign.isalnum() or ord(sign) > 0x7F else f"\\{sign}"
