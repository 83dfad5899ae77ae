"""The tables of a projection, read from the SQL that creates them: columns are named in one place only."""

import re
from typing import Any, NamedTuple

from projections.sql import ddl

_TABLE = re.compile(r"CREATE TABLE (\w+)\{suffix\} \(\n(.*?)\n\);", re.DOTALL)
_COLUMN = re.compile(r"(\w+)\s+(bigint|bytea|text|boolean)\b")
_DEFAULT = re.compile(r"DEFAULT (\d+|true|false|'[^']*')")
_KEY = re.compile(r"PRIMARY KEY \(([^)]*)\)")
_COMMENT = re.compile(r"--.*")


class Table(NamedTuple):
    """One table: its name, the type and default of each column, the columns of its primary key."""

    name: str
    types: dict[str, str]
    defaults: dict[str, Any]
    key: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.types)

    @property
    def rest(self) -> tuple[str, ...]:
        """The columns that are not the key."""
        return tuple(name for name in self.types if name not in self.key)


def tables_of(projection: str) -> dict[str, Table]:
    """The tables of a projection by their name without suffix."""
    text = _COMMENT.sub("", ddl(projection))
    return {name: _table(name, lines) for name, lines in _TABLE.findall(text)}


def _table(name: str, body: str) -> Table:
    types: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    key: tuple[str, ...] = ()
    for line in (each.strip() for each in body.splitlines()):
        if whole := _KEY.match(line):
            key = tuple(column.strip() for column in whole[1].split(","))
        elif column := _COLUMN.match(line):
            types[column[1]] = column[2]
            defaults[column[1]] = _value(_DEFAULT.search(line))
            if "PRIMARY KEY" in line:
                key = (column[1],)
    return Table(name, types, defaults, key)


def _value(default: re.Match[str] | None) -> Any:
    if default is None:
        return None
    text = default[1]
    if text in ("true", "false"):
        return text == "true"
    return text[1:-1] if text.startswith("'") else int(text)
