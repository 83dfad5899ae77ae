"""Reads the log and tells where the side tables say something else; a worker may be at work meanwhile."""

from collections.abc import Callable, Sequence
from typing import Protocol

from eventsourcing.persistence import Notification

from handlers.derived import Derived, Difference
from store.mapper import EventMapper
from store.side_tables import SideTables

PAGE = 2_000


class ReadLog(Protocol):
    """Of EventLog, what is needed to follow it."""

    def read(self, after: int, limit: int) -> list[Notification]:
        """The next events with a position greater than `after`, in order."""
        ...

    def head(self) -> int:
        """The position of the newest event, 0 when there is none."""
        ...


class SideTableCheck:
    """``told(read, head)`` is called after each page: positions read so far, and there are."""

    def __init__(
        self, log: ReadLog, mapper: EventMapper, derived: Sequence[Derived], told: Callable[[int, int], None]
    ) -> None:
        self._log = log
        self._mapper = mapper
        self._derived = derived
        self._told = told
        self._position = 0

    def differences(self, tables: SideTables) -> list[Difference]:
        """Where each table and the log disagree. Rows that change while they are read count as right."""
        self._follow()
        self._follow()  # What came meanwhile: after a long reading a little more.
        for each in self._derived:
            each.touched.clear()
        stored = []
        for each in self._derived:
            stored.append(tables.rows(each.table))
            self._told(self._position, self._position)
        self._follow()
        return [each.compared(rows) for each, rows in zip(self._derived, stored, strict=True)]

    def _follow(self) -> None:
        head = self._log.head()
        while self._position < head and (page := self._log.read(self._position, PAGE)):
            for row in page:
                for watching in [each for each in self._derived if each.watches]:
                    watching.pass_by(row)
                wanting = [each for each in self._derived if row.topic in each.topics]
                if wanting:
                    event = self._mapper.decode(row, personal=any(each.personal for each in wanting))
                    for each in wanting:
                        each.take(event)
            self._position = page[-1].id
            self._told(self._position, head)
