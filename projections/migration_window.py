"""Until when may keys that authorise nothing hand over to strong ones, and who said so?"""

from domain.migration_window import MigrationWindow
from projections.claims import text
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

MIGRATION_WINDOW = Projection("migration_window", version=1)


@MIGRATION_WINDOW.when(MigrationWindow.Opened, MigrationWindow.Reopened, MigrationWindow.Closed)
def decided(event: Recorded, rows: Rows) -> None:
    """A person opened, moved or closed the window."""
    rows.new("migration_window", event.stream.bytes).update(
        until_ms=event.facts.get("until_ms"),
        reason=text(event.facts["reason"], 1000),
        version=event.version,
        decided_at_ms=event.meta.recorded_at_ms,
        decided_by=event.meta.who,
    )
