"""Filtered lists in the order of names: the same way for registrations and agents."""

from typing import Any, NamedTuple

from projections.claims import sort_key
from projections.database import Row
from projections.reports.page import decode_cursor, encode_cursor, within
from projections.reports.view import View


class Wanted(NamedTuple):
    """What a reader asks for; `query` is looked for anywhere in names, domain, system, user, addresses, ids."""

    status: str | None = None
    name: str | None = None
    query: str | None = None
    limit: int = 100
    cursor: str | None = None


def by_name(view: View, table: str, identity: str, wanted: Wanted) -> tuple[list[Row], str | None]:
    """The rows and the cursor of the next page; `identity` is the column that tells equal names apart."""
    conditions, values = _conditions(wanted)
    after = decode_cursor(table, wanted.cursor, str, str)
    if after is not None:
        conditions.append(f"(name_key, {identity}) > (?, ?)")
        values += [after[0], _identity(after[1])]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = within(wanted.limit)
    sql = f"SELECT * FROM {{{table}}} {where} ORDER BY name_key, {identity} LIMIT ?"  # noqa: S608 - names of our own
    rows = view.query(sql, (*values, limit + 1))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(table, last["name_key"], bytes(last[identity]).hex())


def _identity(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if wanted.status is not None:
        conditions.append("status = ?")
        values.append(wanted.status.capitalize())
    if wanted.name is not None:
        conditions.append("name_key = ?")
        values.append(sort_key(wanted.name))
    if wanted.query:
        conditions.append("search LIKE ? ESCAPE '!'")
        values.append(_pattern(wanted.query))
    return conditions, values


def _pattern(query: str) -> str:
    folded = query.strip().casefold().replace("\0", "")
    for special in "!%_":
        folded = folded.replace(special, "!" + special)
    return f"%{folded}%"
