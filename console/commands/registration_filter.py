"""Filters of registrations on the command line: FIELD=VALUE, as many as wanted; all must hold."""

from collections.abc import Sequence

import typer

FIELDS = (
    *("status", "name", "query", "domain", "address", "resource_key", "fingerprint", "key_type", "decided_by"),
    *("first_from", "first_until", "last_from", "last_until", "left", "duplicate", "merged", "fork_of"),
)
"""The API's parameters, by the same names."""
HELP = f"FIELD=VALUE, several must all hold. Fields: {', '.join(FIELDS)}; values may be masks with *, ? and \\[ab]."


def filters(given: Sequence[str]) -> dict[str, str]:
    """The filters as parameters of the API; a usage error for what is none."""
    found: dict[str, str] = {}
    for each in given:
        field, sign, value = each.partition("=")
        field = field.strip().replace("-", "_")
        if not sign or field not in FIELDS:
            raise typer.BadParameter(f"{each!r} is no filter: give FIELD=VALUE, FIELD one of {', '.join(FIELDS)}.")
        if field in found:
            raise typer.BadParameter(f"{field} is given twice.")
        found[field] = value.strip()
    return found
