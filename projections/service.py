"""Since when and until when could agents be served?"""

from domain import service
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

SERVICE = Projection("service", version=1)
_ONLY = 1


@SERVICE.when(service.CONTINUED)
def continued(event: Recorded, rows: Rows) -> None:
    """They could, though nobody called in."""
    rows.update("service", _ONLY, proved_ms=event.meta.recorded_at_ms)


@SERVICE.when(service.RESUMED)
def resumed(event: Recorded, rows: Rows) -> None:
    """They can again."""
    at_ms = event.meta.recorded_at_ms
    rows.update("service", _ONLY, proved_ms=at_ms, resumed_ms=at_ms, down_from_ms=event.facts["down_from_ms"])
