"""The system tree from its snapshot and what happened since; the snapshot itself, between batches."""

import logging

from domain.ids import SYSTEM_TREE_STREAM
from domain.system_tree import SystemTree
from domain.tree_state import FORMAT, plain_of, tree_of
from handlers.collector import standing_still
from store.log import EventLog, Fence
from store.snapshots import Kept, Snapshots
from store.vault import Vault

EVERY = 1_000
"""Changes of the tree after which it is kept anew: what a takeover replays at most, in well under a second."""
_log = logging.getLogger("muster.worker")


class TreeSnapshots:
    """A cache: without one, or with one that is not to be used, all events are replayed."""

    def __init__(self, log: EventLog, vault: Vault, every: int = EVERY) -> None:
        self._log = log
        self._snapshots = Snapshots(log, vault)
        self._every = every
        self._tried = 0

    def newest(self) -> SystemTree | None:
        """The tree as it was kept; None when all of it is to be replayed."""
        kept = self._snapshots.newest(SYSTEM_TREE_STREAM, FORMAT)
        self._tried = 0 if kept is None else kept.version
        if kept is None:
            return None
        try:
            return tree_of(kept.content, kept.version)
        except (ValueError, TypeError, KeyError) as error:
            _log.warning("the snapshot of the system tree is not used: %s", error)
            return None

    def keep(self, tree: SystemTree | None, fence: Fence) -> None:
        """Keep this tree, as committed, once it has changed enough. Whatever fails is logged and tried again later."""
        if tree is None or tree.version - self._tried < self._every:
            return
        self._tried = tree.version
        try:
            with standing_still():
                snapshot = self._snapshots.sealed(SYSTEM_TREE_STREAM, FORMAT, Kept(tree.version, plain_of(tree)))
            self._log.put_snapshot(snapshot, fence=fence)
        except Exception:
            # The orders are committed and answered: a cache that cannot be written must not touch them.
            _log.exception("version %d of the system tree could not be kept", tree.version)
