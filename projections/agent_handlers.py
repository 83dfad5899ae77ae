"""Which agent handlers are there and since when?"""

from domain.agent_handler import AgentHandler
from projections.claims import text, whole
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

AGENT_HANDLERS = Projection("agent_handlers", version=1)


@AGENT_HANDLERS.when(AgentHandler.Announced, AgentHandler.Restarted)
def announced(event: Recorded, rows: Rows) -> None:
    """A handler announced a start."""
    row = rows.change("agent_handlers", event.stream.bytes)
    row["handler"] = text(event.facts.get("handler")) or row["handler"]
    row["started_at_ms"] = whole(event.facts["started_at_ms"])
    row["announced_at_ms"] = event.meta.recorded_at_ms
    row["starts"] += 1
