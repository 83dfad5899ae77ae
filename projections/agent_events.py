"""Which events did agents deliver?"""

from domain import diary
from projections.claims import json_text, some_bytes, text, whole
from projections.diary_content import content
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

AGENT_EVENTS = Projection("agent_events", version=1, needs_personal=True)
MAX_ID = 64


@AGENT_EVENTS.when(diary.EVENTS_DELIVERED)
def events_delivered(event: Recorded, rows: Rows) -> None:
    """An agent delivered events; each becomes a row."""
    events = content(event).get("events")
    for ordinal, each in enumerate(events if isinstance(events, list) else ()):
        if isinstance(each, dict):
            rows.add(
                "agent_events",
                (
                    event.position,
                    ordinal,
                    event.meta.subject_id,
                    event.meta.recorded_at_ms,
                    some_bytes(each.get("id"), MAX_ID),
                    text(each.get("type")),
                    whole(each.get("time")),
                    json_text(each.get("data")),
                ),
            )
