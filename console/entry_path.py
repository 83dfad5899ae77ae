"""The path of one registration or agent in the API, for a reference that may hold anything."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from console.exit_code import CommandFailed, ExitCode

if TYPE_CHECKING:
    from console.api_client import ApiClient

_IDS = {"registrations": "registration_id", "agents": "agent_id"}
_MEANT_OTHERWISE = frozenset({"", ".", "..", "counts"})
"""As part of a path these would mean something else."""


def entry_path(api: "ApiClient", collection: str, ref: str) -> str:
    """The path of the entry; a name that cannot be part of a path is looked up first."""
    if "/" in ref or ref in _MEANT_OTHERWISE:
        ref = _id_of(api, collection, ref)
    return f"/{collection}/{quote(ref, safe='')}"


def _id_of(api: "ApiClient", collection: str, name: str) -> str:
    found = api.get(f"/{collection}", {"name": name, "limit": 2}).json()["items"] if name else []
    if not found:
        raise CommandFailed(
            ExitCode.NOT_FOUND, f"There is no {collection[:-1]} {name!r}: nothing has that id or name. (not_found)"
        )
    if len(found) > 1:
        raise CommandFailed(ExitCode.CONFLICT, "Several have that name: use an id instead. (ambiguous)")
    return str(found[0][_IDS[collection]])
