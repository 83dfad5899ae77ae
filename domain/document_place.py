"""Where in a document of the desired state something is wrong, and what."""

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """``table`` as policy, ``number`` from 0 among its kind, ``field`` in it; table "" is the document itself."""

    table: str
    number: int
    field: str
    problem: str

    def told(self) -> str:
        """As a sentence for people who do not see lines."""
        where = f"{self.table} {self.number + 1}" if self.table else "the document"
        return f"{where}, {self.field}: {self.problem}" if self.field else f"{where}: {self.problem}"


class BadDocument(Exception):
    """The document has faults; nothing of it was applied."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(each.told() for each in faults))
        self.faults = list(faults)
