"""Packages that await the worker's answer, by a number of their own.

The number goes to the worker as the connection's. One for each package, not one for each connection: an answer that
comes after we said Busy must not be taken for the answer to the next package.
"""

from itertools import count
from typing import Generic, TypeVar

C = TypeVar("C")


class PendingPackages(Generic[C]):
    """Which connection waits for which answer."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._waiting: dict[int, C] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, number: int) -> bool:
        return number in self._waiting

    def add(self, connection: C) -> int:
        """A package of this connection is on its way; returns its number."""
        number = next(self._numbers)
        self._waiting[number] = connection
        return number

    def take(self, number: int) -> C | None:
        """Whose package it was, once; None when nobody waits for it any more."""
        return self._waiting.pop(number, None)
