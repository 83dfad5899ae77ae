"""Tables and fields for a terminal: they fit its width, and agents' text stays text."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from console.ascii_json import ascii_json
from console.column_widths import GAP, fitting, least_width
from console.printable import printable

_PART, _WHOLE = 36, 200
_LINES = 3
"""Of a value with fields, on a terminal."""
_NOTHING: tuple[Any, ...] = (None, "", [], {})

_AMBIGUOUS = re.compile(r"[\s,]")
"""In a list, it hides where one of its texts ends."""


def print_table(
    environ: Mapping[str, str],
    columns: Mapping[str, str],
    rows: Iterable[Mapping[str, Any]],
    spare: Sequence[str] = (),
) -> None:
    """A table on standard output; `columns` gives the heading of each field.

    The fields of `spare` are left out, in this order, where the terminal is too narrow for all; files get every one.
    """
    from rich.cells import cell_len
    from rich.console import Console

    found = [{field: row.get(field) for field in columns} for row in rows]
    texts = [{field: _brief(value) for field, value in row.items()} for row in found]
    wanted = {
        field: max(map(cell_len, (heading, *(row[field] for row in texts)))) for field, heading in columns.items()
    }
    if not sys.stdout.isatty():
        _print_whole(_table(columns, texts, wanted), _total(wanted))
        return
    console = Console(file=sys.stdout, _environ=environ)
    # What has fields is folded anywhere: it is cut short in a table, and nobody copies from it.
    folded = [[field for field, value in row.items() if isinstance(value, dict)] for row in found]
    firm = {
        field: [heading, *(row[field] for row, loose in zip(texts, folded, strict=True) if field not in loose)]
        for field, heading in columns.items()
    }
    least = {field: least_width(firm[field], wanted[field]) for field in columns}
    widths = fitting(console.width, least, wanted, spare)
    for row, loose in zip(texts, folded, strict=True):
        row |= {field: _cut(row[field], _LINES * widths[field]) for field in loose if field in widths}
    # What must not be broken may be wider than the terminal: that folds it, and copies it as one.
    console.width = max(console.width, _total(widths))
    console.print(_table(columns, texts, widths))
    if left_out := [heading for field, heading in columns.items() if field not in widths]:
        sys.stderr.write(f"Too narrow for {', '.join(left_out)}: -o json has all.\n")


def _print_whole(table: Any, width: int) -> None:
    """As wide as it is, without what steers a terminal."""
    from rich.console import Console

    console = Console(file=StringIO(), width=width, color_system=None, _environ={})
    with console.capture() as capture:
        console.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _table(columns: Mapping[str, str], texts: Sequence[Mapping[str, str]], widths: Mapping[str, int]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for field, width in widths.items():
        table.add_column(Text(columns[field]), overflow="fold", width=width)
    for row in texts:
        table.add_row(*(Text(row[field]) for field in widths))
    return table


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def print_fields(fields: Mapping[str, Any]) -> None:
    """One field a line; what is nested becomes a path."""
    lines = list(_flat("", fields))
    width = min(max((len(name) for name, _ in lines), default=0), 40)
    for name, value in lines:
        sys.stdout.write(f"{printable(name):<{width}}  {cell(value)}".rstrip() + "\n")


def cell(value: Any) -> str:
    """A value as a person reads it, safe to print."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case str():
            return printable(_moment(value) or value)
        case list() if all(isinstance(each, str) and not _AMBIGUOUS.search(each) for each in value):
            return printable(", ".join(value)) or "-"
        case dict() | list():
            return ascii_json(value)
        case _:
            return str(value)


def _brief(value: Any) -> str:
    """A value in a table: of one with fields the beginning of each that says something; JSON and CSV have the whole."""
    if not isinstance(value, dict):
        return cell(value)
    told = [
        f"{printable(str(name))}={_cut(cell(inner), _PART)}" for name, inner in value.items() if inner not in _NOTHING
    ]
    return _cut(" ".join(told), _WHOLE) or "-"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _flat(prefix: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for index, inner in enumerate(value):
            yield from _flat(f"{prefix}[{index}]", inner)
    else:
        yield prefix, value


def _moment(text: str) -> str | None:
    # Only what has the shape of the API's times: other text of agents stays as it is.
    if len(text) < len("2025-01-01T00:00:00Z") or text[4:5] != "-" or text[10:11] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if moment.tzinfo else None
