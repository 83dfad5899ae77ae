"""Leases: at most one process at a time plays a role, and a displaced one cannot write any more."""

from typing import Protocol

from store.log import Fence

LEASE_MS = 6_000
"""How long a lease lasts after it was taken or renewed, by the store's clock."""


class Leases(Protocol):
    """Who plays which role, kept in the database that the role writes to.

    The fence number grows with every acquisition, for ever, also after a release. All verbs raise
    StoreUnavailable when the database cannot be reached.
    """

    def acquire(self, name: str, holder: str) -> Fence | None:
        """Take the lease if it is free, run out or already the holder's own; None while another has it.

        A holder that takes its own lease again gets a new number, and its earlier fence is worth nothing.
        """
        ...

    def renew(self, fence: Fence) -> bool:
        """Hold on for another LEASE_MS; False when the lease was released or taken by another."""
        ...

    def release(self, fence: Fence) -> None:
        """Let the next one in at once; a lost fence releases nothing."""
        ...

    def holder(self, name: str) -> str | None:
        """Who has the lease now."""
        ...

    def close(self) -> None:
        """Let go of the database; held leases run out."""
        ...
