"""The filter of agents in the query of a request: the same for the list and for orders about all that match."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query

from console.problems import Problem
from console.status_word import StatusWord
from projections.reports import Reports


class Sought(NamedTuple):
    """Which agents are asked for."""

    status: str | None
    name: str | None
    query: str | None
    overdue: bool
    group: str | None

    def matching(self, reports: Reports, most: int) -> list[dict[str, Any]]:
        """All agents that match; a problem when they are more than so many."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = reports.agents(**self._asdict(), limit=1000, cursor=cursor)
            found += page.items
            if len(found) > most:
                raise Problem(422, "too_many", f"More than {most} match: narrow the filter. Nothing was done.")
            if (cursor := page.next) is None:
                return found


async def _sought(
    status: StatusWord = None,
    name: Annotated[
        str | None, Query(max_length=1024, description="Whole name in any case, or a mask with *, ? and [ab].")
    ] = None,
    query: Annotated[str | None, Query(max_length=1024, description="Somewhere in what describes it.")] = None,
    overdue: Annotated[bool, Query(description="Only those that should have called in by now.")] = False,
    group: Annotated[
        str | None, Query(max_length=2_000, description="In this group of the system tree or below; / is everybody.")
    ] = None,
) -> Sought:
    return Sought(status, name, query, overdue, group)


SoughtOf = Annotated[Sought, Depends(_sought)]
