"""Filtered lists in the order of names: the same way for registrations and agents."""

import re
from typing import Any, NamedTuple

from projections.claims import sort_key
from projections.database import Row
from projections.mask import is_mask, mask
from projections.reports.page import decode_cursor, encode_cursor, within
from projections.reports.view import View

_BEGINNING_OF_ID = re.compile(r"[0-9a-f]{6,64}")
_IDS = ("registration_id", 64), ("agent_id", 32)


class Wanted(NamedTuple):
    """What a reader asks for; `query` is part of a name, domain, system, user or address, or the beginning of an id."""

    status: str | None = None
    name: str | None = None
    query: str | None = None
    limit: int = 100
    cursor: str | None = None
    duplicate: bool | None = None
    merged: bool = False
    """Entries that were merged into others and keys not in use, instead of those that stand for themselves."""


class Conditions:
    """What stands after WHERE, with its values."""

    def __init__(self) -> None:
        self.terms: list[str] = []
        self.values: list[Any] = []

    def add(self, term: str, *values: Any) -> None:
        """One more condition; `?` in it stand for the values."""
        self.terms.append(term)
        self.values += values

    def like(self, column: str, wanted: str) -> None:
        """The column is this text, or matches it as a mask (`projections/mask.py`); both are casefolded already."""
        wanted = wanted.replace("\0", "")
        if "[" in wanted:
            self.add(f"{column} GLOB ?", mask(wanted))
        elif is_mask(wanted):
            self.add(f"{column} LIKE ? ESCAPE '!'", _escaped(wanted).replace("*", "%").replace("?", "_"))
        else:
            self.add(f"{column} = ?", wanted)

    def join(self, other: "Conditions") -> None:
        """Both must hold."""
        self.terms += other.terms
        self.values += other.values

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.terms)}" if self.terms else ""


def by_name(
    view: View, table: str, identity: str, wanted: Wanted, more: Conditions | None = None
) -> tuple[list[Row], str | None]:
    """The rows and the cursor of the next page; `identity` is the column that tells equal names apart."""
    where = conditions(table, identity, wanted)
    if more is not None:
        where.join(more)
    after = decode_cursor(table, wanted.cursor, str, str)
    if after is not None:
        where.add(f"(name_key, {identity}) > (?, ?)", after[0], _identity(after[1]))
    limit = within(wanted.limit)
    order = f"ORDER BY name_key, {identity}"
    # Which rows is found in an index alone; only those shown are looked up.
    chosen = f"SELECT {identity} FROM {{{table}}} {where} {order} LIMIT ?"  # noqa: S608 - names of our own
    sql = f"SELECT * FROM {{{table}}} WHERE {identity} IN ({chosen}) {order}"  # noqa: S608 - names of our own
    rows = view.query(sql, (*where.values, limit + 1))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(table, last["name_key"], bytes(last[identity]).hex())


def _identity(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def conditions(table: str, identity: str, wanted: Wanted) -> Conditions:
    """What is wanted as SQL."""
    where = Conditions()
    where.add("merged" if wanted.merged else "NOT merged")
    if wanted.duplicate is not None:
        where.add("duplicate" if wanted.duplicate else "NOT duplicate")
    if wanted.status is not None:
        where.add("status = ?", wanted.status.replace("\0", "").capitalize())
    if wanted.name is not None:
        where.like("name_key", sort_key(wanted.name))
    if wanted.query and (query := wanted.query.strip().casefold().replace("\0", "")):
        looks_like_an_id = query.strip("{}").replace("-", "")
        if _BEGINNING_OF_ID.fullmatch(looks_like_an_id):
            ids, bounds = _with_id(table, identity, looks_like_an_id)
            where.add(f"(search LIKE ? ESCAPE '!' OR {identity} IN ({ids}))", _pattern(query), *bounds)
        else:
            where.add("search LIKE ? ESCAPE '!'", _pattern(query))
    return where


def _with_id(table: str, identity: str, beginning: str) -> tuple[str, list[bytes]]:
    """A query for the rows of which one of the ids begins so."""
    queries: list[str] = []
    bounds: list[bytes] = []
    for column, digits in _IDS:
        if len(beginning) <= digits:
            queries.append(f"SELECT {identity} FROM {{{table}}} WHERE {column} BETWEEN ? AND ?")  # noqa: S608
            bounds += [bytes.fromhex(beginning.ljust(digits, edge)) for edge in "0f"]
    return " UNION ALL ".join(queries), bounds


def _pattern(query: str) -> str:
    return f"%{_escaped(query)}%"


def _escaped(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return text
