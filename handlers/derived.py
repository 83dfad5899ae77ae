"""One side table as the log says it must be: fed with events, then compared with what is stored."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

from eventsourcing.persistence import Notification

from store.mapper import Recorded
from store.side_tables import Key, Mend, Rest, SideTable


class Difference(NamedTuple):
    """Where a table and the log disagree; ``mend`` is what makes the table right, which then has ``rows``."""

    table: SideTable
    rows: int
    missing: list[Key]
    wrong: list[Key]
    extra: list[Key]
    mend: Mend

    @property
    def is_none(self) -> bool:
        """Both say the same."""
        return not (self.missing or self.wrong or self.extra)


class Derived(ABC):
    """``topics`` are those of the events it wants to ``take``; ``personal``: with what is sealed in them.

    ``touched`` are the keys of rows that events have changed since it was last emptied.
    """

    table: SideTable
    topics: frozenset[str]
    personal = False

    def __init__(self) -> None:
        self.touched: set[Key] = set()

    @abstractmethod
    def take(self, event: Recorded) -> None:
        """An event of the log, in its order."""

    @property
    def watches(self) -> bool:
        """Whether it wants to ``pass_by`` the next row, whatever its topic."""
        return False

    def pass_by(self, row: Notification) -> None:  # noqa: B027 - most watch nothing
        """A row of the log, before it is taken, if it is."""

    @abstractmethod
    def expected(self) -> dict[Key, Rest]:
        """The rows that are to be there."""

    def is_right(self, key: Key, stored: Rest, expected: Rest) -> bool:
        """Whether a stored row may stay as it is."""
        return stored == expected

    def may_stay(self, key: Key) -> bool:
        """Whether a row may stay that the log does not ask for: from it nobody can tell."""
        return False

    def compared(self, stored: dict[Key, Rest]) -> Difference:
        """What is different, but for rows that were touched meanwhile."""
        expected = self.expected()
        missing = self._settled(key for key in expected if key not in stored)
        wrong = self._settled(
            key for key, rest in expected.items() if key in stored and not self.is_right(key, stored[key], rest)
        )
        extra = self._settled(key for key in stored if key not in expected and not self.may_stay(key))
        mend = Mend(self.table, {key: expected[key] for key in (*missing, *wrong)}, extra)
        rows = len(stored) - len(extra) + len(missing)
        return Difference(self.table, rows, missing, wrong, extra, mend)

    def _settled(self, keys: Iterable[Key]) -> list[Key]:
        return sorted(key for key in keys if key not in self.touched)
