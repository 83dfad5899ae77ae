"""Which events of a timeline are sought: by name, and by when they were recorded."""

import re
from fnmatch import translate
from typing import NamedTuple

from projections.mask import is_mask
from store.log import EventLog
from store.mapper import EventMapper
from store.state import UnreadableState

_TRIED = 16
"""Events in a row that may be unreadable before nothing later is looked for."""


class SoughtEvents(NamedTuple):
    """Events whose name begins so, whole or behind its dot, or matches the mask; in any case. Times from incl. to
    excl., in milliseconds; None for any."""

    event: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def named(self, topic: str) -> bool:
        """An event of this topic has the name."""
        if not self.event:
            return True
        wanted = self.event.casefold()
        names = topic.casefold(), topic.casefold().partition(".")[2]
        if is_mask(wanted):
            pattern = re.compile(translate(wanted))
            return any(pattern.match(name) for name in names)
        return any(name.startswith(wanted) for name in names)


def position_before(log: EventLog, mapper: EventMapper, moment_ms: int) -> int:
    """After this position everything was recorded at that moment or later; what is recorded never goes back in time."""
    before, after = 0, log.head()
    while before < after:
        middle = (before + after) // 2
        found = _recorded(log, mapper, middle)
        if found is None or found[1] >= moment_ms:
            after = middle
        else:
            before = found[0]
    return before


def _recorded(log: EventLog, mapper: EventMapper, after: int) -> tuple[int, int] | None:
    """Position and time of the next event that can be read."""
    for row in log.read(after, _TRIED):
        try:
            return row.id, mapper.decode(row, personal=False).meta.recorded_at_ms
        except UnreadableState:
            continue
    return None
