"""Whether the reports can be asked: a projector has filled them at least once."""

from projections.database import TableGone
from projections.reports import Reports
from store.log import StoreUnavailable


def built(reports: Reports) -> bool | str:
    """True, or what a person should know; without reports nobody's token is known."""
    try:
        return bool(reports.projections()) or "no projector has run yet"
    except TableGone:
        return "no projector has run yet"
    except StoreUnavailable as error:
        return str(error)
