"""The read side of the projections: pages, filters, cursors, one machine, one timeline."""

from projections.reports.evidence import NoEvidence
from projections.reports.page import Ambiguous, BadCursor, NotFound, Page
from projections.reports.reports import Reports
from projections.reports.sought_events import SoughtEvents

__all__ = ["Ambiguous", "BadCursor", "NoEvidence", "NotFound", "Page", "Reports", "SoughtEvents"]
