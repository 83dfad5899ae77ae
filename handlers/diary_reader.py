"""Reading a key's diary by primary key: one row says whether a number is taken, doubling finds the next."""

from uuid import UUID

from eventsourcing.persistence import StoredEvent

from domain.ids import diary_stream, diary_version
from handlers.records import Records
from store.mapper import DiaryEntry
from wire.headers import AgentHeader

HIGHEST = 1 << 48
"""Far beyond any diary: a package a millisecond for 8,900 years."""

Key = tuple[UUID, int]


class DiaryReader:
    """Rows read ahead for one batch, and single look-ups."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._ahead: dict[Key, StoredEvent | None] = {}

    def prefetch(self, headers: list[AgentHeader]) -> None:
        """Read rows n-3 to n+1 of each package in one query; a batch's rows are dropped at the next call."""
        around = [(each.fingerprint, each.number + step) for each in headers for step in range(-3, 2)]
        wanted = [_place(fingerprint, number) for fingerprint, number in around if 0 < number <= HIGHEST]
        found = self._records.log.rows(wanted) if wanted else {}
        self._ahead = {place: found.get(place) for place in wanted}

    def next_number(self, fingerprint: bytes, hint: int) -> int:
        """The first number with no row. Diaries have no gaps, so one taken and the next free settles it."""
        if 0 < hint <= HIGHEST:
            if not self._taken(fingerprint, hint) and (hint == 1 or self._taken(fingerprint, hint - 1)):
                return hint
            if self._taken(fingerprint, hint) and not self._taken(fingerprint, hint + 1):
                return hint + 1
        return self._search(fingerprint)

    def entry(self, fingerprint: bytes, number: int) -> DiaryEntry | None:
        """What stands under a number, decoded; None when the number is free."""
        row = self._row(fingerprint, number)
        return None if row is None else self._records.mapper.decode_entry(row, fingerprint)[1]

    def _taken(self, fingerprint: bytes, number: int) -> bool:
        return self._row(fingerprint, number) is not None

    def _row(self, fingerprint: bytes, number: int) -> StoredEvent | None:
        place = _place(fingerprint, number)
        if place in self._ahead:
            return self._ahead[place]
        return self._records.log.rows([place]).get(place)

    def _search(self, fingerprint: bytes) -> int:
        powers = [1 << bit for bit in range(HIGHEST.bit_length())]
        places = {_place(fingerprint, number): number for number in powers}
        taken = [places[place] for place in self._records.log.rows(list(places))]
        low, high = max(taken, default=0), min((each for each in powers if each not in set(taken)), default=HIGHEST)
        while high - low > 1:
            middle = (low + high) // 2
            if self._records.log.rows([_place(fingerprint, middle)]):
                low = middle
            else:
                high = middle
        return low + 1


def _place(fingerprint: bytes, number: int) -> Key:
    return diary_stream(fingerprint, number), diary_version(number)
