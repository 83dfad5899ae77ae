"""Results on standard output as table, JSON or CSV; remarks on standard error."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from console.ascii_json import ascii_json
from console.csv_text import csv_text
from console.printable import printable
from console.session import Form, Session
from console.tables import print_fields, print_table

if TYPE_CHECKING:
    import httpx

    from console.api_client import FetchedPage

_OF_THE_LOG = frozenset({"position", "revision"})
"""What a program needs to know how new an answer is; of no use to who reads it."""


class ListView(NamedTuple):
    """How a list is shown: its path, the table's columns by field, what to say when it is empty, what a row becomes.

    ``spare`` fields go first, in this order, where a terminal is too narrow.
    """

    path: str
    columns: Mapping[str, str]
    empty: str
    row: Callable[[dict[str, Any]], dict[str, Any]] = dict
    spare: Sequence[str] = ()


class Paging(NamedTuple):
    """Which pages of a list."""

    limit: int = 100
    cursor: str | None = None
    every: bool = False


def show_list(session: Session, view: ListView, paging: Paging, filters: Mapping[str, Any] | None = None) -> None:
    """Print a list in the form asked for."""
    params = {**(filters or {}), "limit": 1000 if paging.every else paging.limit, "cursor": paging.cursor}
    with session.api() as api:
        pages = list(api.pages(view.path, params, every=paging.every, as_csv=session.form is Form.CSV))
    match session.form:
        case Form.CSV:
            # Every page repeats the header line; column names have no line breaks.
            rest = (page.text.partition("\r\n")[2] for page in pages[1:])
            sys.stdout.writelines([pages[0].text, *rest])
        case Form.JSON:
            sys.stdout.write(_joined(pages) + "\n")
        case Form.TABLE:
            _show_table(session, view, pages, filtered=any((filters or {}).values()))
    if pages[-1].next:
        remark("There is more: --all shows every one.")
    if pages[-1].document.get("stale"):
        remark(f"The reports are behind the log; this is true as of position {pages[-1].document['position']}.")


def _joined(pages: "list[FetchedPage]") -> str:
    """One page exactly as it came; several as one list."""
    if len(pages) == 1:
        return pages[0].text
    return ascii_json(pages[-1].document | {"items": _items(pages)})


def _items(pages: "list[FetchedPage]") -> list[dict[str, Any]]:
    return [item for page in pages for item in page.document["items"]]


def _show_table(session: Session, view: ListView, pages: "list[FetchedPage]", *, filtered: bool) -> None:
    if rows := _items(pages):
        print_table(session.environ, view.columns, [view.row(row) for row in rows], view.spare)
    else:
        sys.stdout.write(("Nothing matches." if filtered else view.empty) + "\n")


def show_one(session: Session, response: "httpx.Response") -> None:
    """Print one thing: as the API gives it, or its fields."""
    show_fields(session, response.json(), response.text)


def show_fields(session: Session, fields: dict[str, Any], text: str | None = None) -> None:
    """Print the fields of one thing; `text` is its JSON as it came."""
    match session.form:
        case Form.JSON:
            sys.stdout.write((text or ascii_json(fields)) + "\n")
        case Form.CSV:
            sys.stdout.write(csv_text(list(fields), [fields]))
        case Form.TABLE:
            print_fields({name: value for name, value in fields.items() if name not in _OF_THE_LOG})


def show_outcome(session: Session, document: dict[str, Any], sentence: str) -> None:
    """Print what became of an order: a sentence for people, the document for programs."""
    if session.form is Form.TABLE:
        sys.stdout.write(printable(sentence) + "\n")
    else:
        show_fields(session, document)
    if document.get("stale"):
        remark("The reports do not show it yet.")


def remark(text: str) -> None:
    """Tell the person something that is not the result."""
    sys.stderr.write(printable(text) + "\n")
