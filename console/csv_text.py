"""Rows as CSV (RFC 4180) that neither a spreadsheet nor a terminal will execute."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.ascii_json import ascii_json
from console.printable import printable

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A header line and one line per row; a value a row lacks is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case str():
            return ("'" if value.startswith(_FORMULA_STARTS) else "") + printable(value)
        case _:
            return ascii_json(value)
