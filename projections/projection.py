"""A projection: the question it answers, its tables, and what each event does to their rows."""

from collections.abc import Callable, Mapping
from typing import Any

from projections.rows import Rows
from projections.table import Table, tables_of
from store.mapper import Recorded

Handler = Callable[[Recorded, Rows], None]
"""Event in, rows out; no side effect, so that a rebuild is safe."""


class Projection:
    """Named by the question it answers; its tables are in `sql/NAME.sql`.

    `version` grows with every change of the tables or of what the handlers put there: the projector then builds it
    anew. `needs_personal` says whether handlers look at the sealed part of events. `counters` names, by table, the
    columns that add up (see Rows.tally).
    """

    def __init__(
        self,
        name: str,
        version: int,
        *,
        needs_personal: bool = False,
        counters: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.needs_personal = needs_personal
        self.counters = dict(counters or {})
        self.tables: dict[str, Table] = tables_of(name)
        self.handlers: dict[str, Handler] = {}

    def when(self, *events: type[Any] | str) -> Callable[[Handler], Handler]:
        """Call the function for these events, named by class or, where there is none, by topic."""

        def remember(handler: Handler) -> Handler:
            for each in events:
                self.handlers[each if isinstance(each, str) else each.TOPIC] = handler
            return handler

        return remember

    def suffix(self, build: int) -> str:
        """What follows the names of the tables of one build."""
        return f"_v{self.version}_b{build}"

    def rows(self, build: int) -> Rows:
        """An empty buffer for the tables of one build."""
        return Rows(self.tables, self.suffix(build), self.counters)
