"""Results on standard output as table, JSON or CSV; remarks on standard error."""

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from console.api_client import ApiClient, next_of
from console.ascii_json import ascii_json
from console.csv_text import csv_text
from console.printable import printable
from console.session import Form, Session
from console.tables import print_fields, print_table


class ListView(NamedTuple):
    """How a list is shown: its path, the table's columns by field, what to say when it is empty."""

    path: str
    columns: Mapping[str, str]
    empty: str


class Paging(NamedTuple):
    """Which pages of a list."""

    limit: int = 100
    cursor: str | None = None
    every: bool = False


def show_list(session: Session, view: ListView, paging: Paging, filters: Mapping[str, Any] | None = None) -> None:
    """Print a list in the form asked for."""
    params = {**(filters or {}), "limit": 1000 if paging.every else paging.limit, "cursor": paging.cursor}
    with session.api() as api:
        if session.form is Form.CSV:
            _csv_list(api, view, params, every=paging.every)
        else:
            _list(session, api, view, params, every=paging.every)


def _csv_list(api: ApiClient, view: ListView, params: Mapping[str, Any], *, every: bool) -> None:
    for index, page in enumerate(api.pages(view.path, params, "text/csv", every=every)):
        # Every page repeats the header line; column names have no line breaks.
        sys.stdout.write(page.text if index == 0 else page.text.partition("\r\n")[2])
        if not every:
            _tell_more(page)


def _list(session: Session, api: ApiClient, view: ListView, params: Mapping[str, Any], *, every: bool) -> None:
    pages = list(api.pages(view.path, params, every=every))
    document = pages[-1].json()
    if session.form is Form.JSON:
        document["items"] = [item for page in pages for item in page.json()["items"]]
        sys.stdout.write((pages[0].text if len(pages) == 1 else ascii_json(document)) + "\n")
        return
    rows = [item for page in pages for item in page.json()["items"]]
    if rows:
        print_table(session.environ, view.columns, rows)
    else:
        sys.stdout.write(view.empty + "\n")
    _tell_more(pages[-1])
    if document.get("stale"):
        remark(f"The reports are behind the log; this is true as of position {document['position']}.")


def _tell_more(page: httpx.Response) -> None:
    if next_of(page):
        remark("There is more: --all shows every one.")


def show_one(session: Session, response: httpx.Response) -> None:
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
            print_fields(fields)


def show_outcome(session: Session, document: dict[str, Any], sentence: str) -> None:
    """Print what became of an order: a sentence for people, the document for programs."""
    if session.form is Form.TABLE:
        sys.stdout.write(printable(sentence) + "\n")
    else:
        show_fields(session, document)


def remark(text: str) -> None:
    """Tell the person something that is not the result."""
    sys.stderr.write(printable(text) + "\n")
