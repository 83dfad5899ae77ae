"""A moment in a request: one of the API's times, with its zone."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

EXAMPLE = "2026-01-31T08:00:00Z"
Moment = Annotated[AwareDatetime | None, Query(description="ISO 8601 with a zone; from includes, until excludes it.")]


def ms_of(moment: datetime | None) -> int | None:
    """The same in milliseconds."""
    return int(moment.timestamp() * 1000) if moment else None
