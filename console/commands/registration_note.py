"""What a person must see of a registration at a glance, beside its state: the NOTE of the list."""

from typing import Any


def note(row: dict[str, Any]) -> str:
    """Few words, empty for an ordinary entry; every field they rest on is in the row."""
    words = [
        ("merged", row["merged_into"]),
        ("key replaced", row["replaced_by"]),
        ("branch of a fork", row["fork_of"]),
        # A branch names the keys of the machine it was: that says no more than the fork does.
        ("duplicate", row["duplicate_of"] and not row["fork_of"] and not row["merged_into"]),
        ("waits for its next request", row["waits_for_request"]),
        ("left the list", row["left_the_list"]),
    ]
    return ", ".join(word for word, holds in words if holds)


def with_note(row: dict[str, Any]) -> dict[str, Any]:
    """The row of the table; what the API answers stays as it is."""
    return row | {"note": note(row) or None}
