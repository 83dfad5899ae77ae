"""The snapshot of the system tree: a cache, right when it is the tree that the events made up to its version."""

from typing import Any

import msgspec
from eventsourcing.persistence import Notification

from domain.ids import SYSTEM_TREE_STREAM
from domain.tree_state import FORMAT, plain_of
from handlers.derived import Derived
from store.mapper import EventMapper, Recorded
from store.side_tables import SNAPSHOTS, Key, Rest
from store.snapshots import Snapshots

TIMES = 2
"""At the beginning of what is kept: when it was made and changed, by the clock of whoever decided."""


class DerivedTreeSnapshot(Derived):
    """It need not be there: one that is wrong, or that no worker of this version reads, is thrown away."""

    table = SNAPSHOTS
    topics = frozenset()

    def __init__(self, snapshots: Snapshots, mapper: EventMapper) -> None:
        super().__init__()
        self._mapper = mapper
        self._snapshots = snapshots
        self._version = snapshots.stored_version(SYSTEM_TREE_STREAM)
        self._kept = snapshots.newest(SYSTEM_TREE_STREAM, FORMAT)
        self._tree: Any = None
        self._is_right = False

    @property
    def watches(self) -> bool:
        """Until the tree has the version of the snapshot."""
        return self._kept is not None and (self._tree is None or self._tree.version < self._kept.version)

    def pass_by(self, row: Notification) -> None:
        """An event, maybe of the tree."""
        if row.originator_id != SYSTEM_TREE_STREAM:
            return
        self._tree = self._mapper.to_domain_event(row).mutate(self._tree)
        if self._kept is not None and self._tree.version == self._kept.version:
            self._is_right = _encoded(plain_of(self._tree)) == _encoded(self._kept.content)

    def take(self, event: Recorded) -> None:
        """Nothing: what it wants passes by."""

    def expected(self) -> dict[Key, Rest]:
        """None is asked for."""
        return {}

    def may_stay(self, key: Key) -> bool:
        """The one that is right, or one that a worker has put into its place meanwhile."""
        return self._is_right or self._snapshots.stored_version(SYSTEM_TREE_STREAM) != self._version


def _encoded(plain: list[Any]) -> bytes:
    return msgspec.msgpack.encode(plain[TIMES:])
