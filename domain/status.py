"""How an agent stands, in the words administrators know."""

from enum import StrEnum


class Status(StrEnum):
    """The four states people decide between, and the one that a key used by two machines ends in."""

    PENDING = "Pending"
    ALLOWED = "Allowed"
    BLOCKED = "Blocked"
    REVOKED = "Revoked"
    FORKED = "Forked"
