"""What happened to an agent, in the order of the log?"""

from domain.agent import Agent
from domain.orders import WAKE_UP_ORDERED
from domain.placement import Placement
from domain.registration import Registration
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

TIMELINE = Projection("timeline", version=5)


@TIMELINE.when(
    Registration.Requested,
    Registration.RequestRepeated,
    Registration.PackageRefused,
    Agent.Introduced,
    Agent.Allowed,
    Agent.Blocked,
    Agent.Revoked,
    Agent.TrustGranted,
    Agent.KeyJoined,
    Agent.KeyLeft,
    Agent.MergedInto,
    Agent.Separated,
    Agent.KeyOffered,
    Agent.KeyReplaced,
    Agent.Forked,
    Agent.Branched,
    Placement.Begun,
    Placement.Moved,
    Placement.PolicyOverridden,
    Placement.OverrideEnded,
)
def happened(event: Recorded, rows: Rows) -> None:
    """Remember where the event stands."""
    rows.add("timeline", (event.stream.bytes, event.position, event.version))


@TIMELINE.when(WAKE_UP_ORDERED)
def wake_up_ordered(event: Recorded, rows: Rows) -> None:
    """Somebody had an agent woken."""
    rows.add("wake_ups", (event.facts["agent_id"], event.position, event.stream.bytes))
