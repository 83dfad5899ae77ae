"""What does each agent hold of what was assigned to it, by its own signed word, and since when?"""

import json

from domain import diary
from domain.ids import CA_SET_STREAM
from projections.diary_content import content
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded
from wire.codec import MalformedBody
from wire.held import read_held

DELIVERED = Projection("delivered", version=1, needs_personal=True)


@DELIVERED.when(diary.CALLED_IN, diary.PROPERTIES_REPORTED)
def told(event: Recorded, rows: Rows) -> None:
    """An agent called in; now and then it says what it holds."""
    said = content(event).get("held")
    if said is None:
        return
    try:
        held = read_held(said)
    except MalformedBody:
        return
    row = rows.change("delivered", event.meta.subject_id)
    epoch, position = held.version
    items = json.dumps({key.hex(): version for key, version in sorted(held.items.items())})
    if (row["epoch"], row["position"], row["items"]) != (epoch, position, items):
        row["since_ms"] = event.meta.recorded_at_ms
    row["epoch"], row["position"], row["items"] = epoch, position, items
    row["ca_version"] = held.items.get(CA_SET_STREAM.bytes, 0)
