"""The filter of registrations in the query of a request: the same for the list and its counts."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Query

from console.moment import Moment, ms_of
from console.status_word import StatusWord
from projections.reports.registration_filter import Where

_MASK = "Whole value in any case, or a mask with *, ? and [ab]."
Mask = Annotated[str | None, Query(max_length=1024, description=_MASK)]


class Sought(NamedTuple):
    """Which registrations are asked for."""

    status: str | None
    name: str | None
    query: str | None
    where: Where
    duplicate: bool | None
    merged: bool


async def _sought(
    status: StatusWord = None,
    name: Mask = None,
    query: Annotated[str | None, Query(max_length=1024, description="Somewhere in what describes it.")] = None,
    domain: Mask = None,
    address: Mask = None,
    resource_key: Mask = None,
    fingerprint: Annotated[str | None, Query(pattern="^[0-9a-fA-F]{1,64}$", description="Its beginning.")] = None,
    key_type: Mask = None,
    decided_by: Mask = None,
    first_from: Moment = None,
    first_until: Moment = None,
    last_from: Moment = None,
    last_until: Moment = None,
    left: Annotated[bool, Query(description="Only Blocked ones that left the list; otherwise only the list.")] = False,
    duplicate: Annotated[bool | None, Query(description="Names resource keys of another machine, or does not.")] = None,
    fork_of: Annotated[
        UUID | None, Query(description="Machines that came out of this agent, whose key forked.")
    ] = None,
    merged: Annotated[
        bool, Query(description="Instead, those merged into other entries and keys that are not in use.")
    ] = False,
) -> Sought:
    where = Where(
        domain=domain,
        address=address,
        resource_key=resource_key,
        fingerprint=fingerprint,
        key_type=key_type,
        decided_by=decided_by,
        first_from_ms=ms_of(first_from),
        first_until_ms=ms_of(first_until),
        last_from_ms=ms_of(last_from),
        last_until_ms=ms_of(last_until),
        left=left,
        fork_of=fork_of.bytes if fork_of else None,
    )
    return Sought(status, name, query, where, duplicate, merged)


SoughtOf = Annotated[Sought, Depends(_sought)]
