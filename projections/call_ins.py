"""Which packages came, when, through which handler, and what became of each?"""

from domain import diary
from projections.claims import text, whole
from projections.diary_content import content
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

CALL_INS = Projection("call_ins", version=1, needs_personal=True)


@CALL_INS.when(*diary.TOPICS)
def called_in(event: Recorded, rows: Rows) -> None:
    """A numbered package was taken or refused for its content."""
    meta, facts = event.meta, event.facts
    rows.add(
        "call_ins",
        (
            event.position,
            meta.subject_id,
            whole(facts["number"]),
            meta.recorded_at_ms,
            whole(meta.agent_time_ms),
            facts["type"],
            facts["decision"],
            text(content(event).get("why"), 40) or None,
            meta.handler,
        ),
    )
