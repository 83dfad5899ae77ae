"""What a person is told whose decision came second: how the entry stands now, and who decided so and why."""

from console.etag import etag_of
from console.order_desk import OrderDesk
from console.problems import Problem

MOVED = "version_moved"


def with_what_happened(refused: Problem, desk: OrderDesk, registration_id: str) -> Problem:
    """The refusal as it is, and where the entry has moved on, with the entry as it stands now."""
    row = desk.read_back(lambda: desk.reports.registration(registration_id)) if refused.code == MOVED else None
    if row is None:
        return refused
    by = f", decided by {row['decided_by']} at {row['decided_at']}" if row["decided_by"] else ""
    because = f" ({row['reason']})" if row["reason"] else ""
    detail = f"Somebody else decided in between: it is {row['status']} now{by}{because}. Look again and decide anew."
    return Problem(refused.status, refused.code, detail, {"ETag": etag_of(row["version"])}, registration=row)
