"""Lists as every list of the API gives them: pages with a cursor, as JSON or as CSV."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, Header, Query, Response
from fastapi.responses import JSONResponse

from console.ascii_json import ascii_json
from console.csv_text import csv_text
from projections.reports import Page
from projections.reports.page import decode_cursor, encode_cursor

MAX_LIMIT = 1000


class AsciiJson(JSONResponse):
    """JSON that is safe to print on a terminal as it stands."""

    def render(self, content: Any) -> bytes:
        """The document as printable ASCII."""
        return ascii_json(content).encode("ascii")


class Listing(NamedTuple):
    """Which part of a list is asked for, and in which form."""

    limit: int
    cursor: str | None
    as_csv: bool

    def part(self, report: str, whole: Page, *key: str) -> Page:
        """The part asked for of a report that is read as a whole; the fields of `key` tell its rows apart.

        Rows that go or come between two parts shift nothing: the next one begins after the last row that was given.
        """
        start = 0
        if (after := decode_cursor(report, self.cursor, str, int)) is not None:
            found = (at for at, row in enumerate(whole.items, start=1) if _key(row, key) == after[0])
            start = next(found, max(0, after[1]))
        items, end = whole.items[start : start + self.limit], start + self.limit
        more = encode_cursor(report, _key(items[-1], key), end) if end < len(whole.items) else None
        return whole._replace(items=items, next=more)

    def answer(self, page: Page, columns: Sequence[str]) -> Response:
        """The page in the form asked for; CSV carries cursor and position in headers."""
        if self.as_csv:
            headers = {"Muster-Position": str(page.position), "Content-Disposition": 'attachment; filename="list.csv"'}
            headers |= {"Muster-Next": page.next} if page.next else {}
            headers |= {"Muster-Stale": "true"} if page.stale else {}
            return Response(csv_text(columns, page.items), headers=headers, media_type="text/csv")
        document = {"items": page.items, "next": page.next, "position": page.position}
        return AsciiJson(document | ({"stale": True} if page.stale else {}))


def _key(row: dict[str, Any], fields: Sequence[str]) -> str:
    return "\n".join(str(row[field]) for field in fields)


async def _listing(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")] = 100,
    cursor: Annotated[str | None, Query(max_length=2048, description="`next` of the page before.")] = None,
    form: Annotated[
        Literal["json", "csv"] | None, Query(alias="format", description="Wins over the Accept header.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Listing:
    prefers_csv = "text/csv" in accept and "application/json" not in accept
    return Listing(limit, cursor, form == "csv" or (form is None and prefers_csv))


ListingOf = Annotated[Listing, Depends(_listing)]
"""Parameters of a list: limit, cursor, format."""
