"""Orders about the desired state: If-Match is optional there, it names the revision."""

from collections.abc import Callable
from typing import Any

from fastapi import Response

from console.access import Caller
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import OrderDesk
from domain.desired_orders import DesiredCommand


def revise(
    command: DesiredCommand,
    desk: OrderDesk,
    caller: Caller,
    if_match: str | None = None,
    more: Callable[[], dict[str, Any]] = dict,
) -> Response:
    """Give the order; the answer says the revision after it, and ``more``, which is read once it was carried out."""
    carried = desk.give(command, caller, None if if_match is None else version_in(if_match))
    document = carried.document() | {"revision": carried.outcome.version} | more()
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})
