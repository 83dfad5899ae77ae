"""What happened to an agent, in the order of the log?"""

from uuid import UUID

from domain.agent import Agent
from domain.ids import placement_stream
from domain.orders import WAKE_UP_ORDERED
from domain.placement import Placement
from domain.registration import Registration
from domain.system_tree import SystemTree
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

TIMELINE = Projection("timeline", version=7)


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
    Agent.KeyOffered,
    Agent.KeyReplaced,
    Agent.Forked,
    Agent.Branched,
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


@TIMELINE.when(Placement.Begun, Placement.Moved)
def placed(event: Recorded, rows: Rows) -> None:
    """An agent is in a group."""
    happened(event, rows)
    rows.add("placed", (event.stream.bytes, event.position, event.facts["group_id"], False))


@TIMELINE.when(Agent.MergedInto, Agent.Separated)
def merged_or_back(event: Recorded, rows: Rows) -> None:
    """An agent is nowhere while it is another one; after that it is where it was."""
    happened(event, rows)
    placement = placement_stream(UUID(bytes=event.stream.bytes))
    rows.add("placed", (placement.bytes, event.position, None, event.topic == Agent.Separated.TOPIC))


@TIMELINE.when(SystemTree.GroupCreated, SystemTree.GroupRenamed, SystemTree.GroupMoved, SystemTree.GroupDeleted)
def group_changed(event: Recorded, rows: Rows) -> None:
    """A group has another name or place, or is no more."""
    facts = event.facts
    said = facts.get("name"), facts.get("parent"), facts.get("into")
    rows.add("group_changes", (facts["group_id"], event.position, event.version, *said))


@TIMELINE.when(SystemTree.AssignmentMade, SystemTree.AssignmentEnded)
def assigned_or_not(event: Recorded, rows: Rows) -> None:
    """A group says something else of a category; its name and place stay."""
    rows.add("group_changes", (event.facts["group_id"], event.position, event.version, None, None, None))
