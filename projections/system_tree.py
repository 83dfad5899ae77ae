"""What is the desired state: groups, policies with their versions, who assigns what, where agents are?"""

import json

from domain.ids import ROOT_GROUP
from domain.placement import Placement
from domain.policy import Policy
from domain.policy_category import PolicyCategory
from domain.sorting_rules import SortingRules
from domain.system_tree import SystemTree
from projections.claims import json_text, text
from projections.database import Row
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

SYSTEM_TREE = Projection("system_tree", version=4)


@SYSTEM_TREE.when(SystemTree.Planted, SystemTree.Revised)
def revised(event: Recorded, rows: Rows) -> None:
    """The desired state has another revision."""
    rows.update(
        "desired_state",
        event.stream.bytes,
        revision=event.version,
        changed_at_ms=event.meta.recorded_at_ms,
        changed_by=event.meta.who,
    )


@SYSTEM_TREE.when(SystemTree.GroupCreated)
def group_created(event: Recorded, rows: Rows) -> None:
    """A group was made."""
    revised(event, rows)
    rows.new("groups", event.facts["group_id"]).update(
        parent=event.facts["parent"],
        within=event.facts["parent"],
        name=event.facts["name"],
        created_at_ms=event.meta.recorded_at_ms,
        created_by=event.meta.who,
    )


@SYSTEM_TREE.when(SystemTree.GroupRenamed)
def group_renamed(event: Recorded, rows: Rows) -> None:
    """A group has another name."""
    revised(event, rows)
    rows.update("groups", event.facts["group_id"], name=event.facts["name"])


@SYSTEM_TREE.when(SystemTree.GroupMoved)
def group_moved(event: Recorded, rows: Rows) -> None:
    """A group is elsewhere."""
    revised(event, rows)
    rows.update("groups", event.facts["group_id"], parent=event.facts["parent"], within=event.facts["parent"])


@SYSTEM_TREE.when(SystemTree.GroupDeleted)
def group_deleted(event: Recorded, rows: Rows) -> None:
    """A group is no more."""
    revised(event, rows)
    rows.update(
        "groups",
        event.facts["group_id"],
        heir=event.facts["into"],
        within=event.facts["into"],
        deleted_at_ms=event.meta.recorded_at_ms,
        deleted_by=event.meta.who,
    )


@SYSTEM_TREE.when(SystemTree.AssignmentMade)
def assigned(event: Recorded, rows: Rows) -> None:
    """A group says what applies."""
    revised(event, rows)
    facts = event.facts
    rows.new("assignments", _key(facts["group_id"], facts["category"])).update(
        group_id=facts["group_id"],
        category=facts["category"],
        choices=json_text(facts["choices"]),
        locked=facts["locked"],
        since_ms=event.meta.recorded_at_ms,
        made_by=event.meta.who,
        made_for=event.meta.cause,
    )


@SYSTEM_TREE.when(SystemTree.AssignmentEnded)
def unassigned(event: Recorded, rows: Rows) -> None:
    """A group says nothing of a category any more."""
    revised(event, rows)
    rows.update("assignments", _key(event.facts["group_id"], event.facts["category"]), ended=True)


@SYSTEM_TREE.when(Policy.Created, Policy.Written)
def policy_written(event: Recorded, rows: Rows) -> None:
    """A policy or a task has a new version."""
    facts, meta = event.facts, event.meta
    row = rows.change("policies", event.stream.bytes)
    if event.topic == Policy.Created.TOPIC:
        row.update({name: facts[name] for name in ("kind", "category", "name")})
    row.update({name: facts[name] for name in ("policy_version", "content", "note")})
    row.update(written_at_ms=meta.recorded_at_ms, written_by=meta.who, deleted=False)
    version, restores = facts["policy_version"], facts.get("restores", 0)
    kept = (facts["content"], facts["note"], restores, meta.recorded_at_ms, meta.who)
    rows.add("policy_versions", (event.stream.bytes, version, event.position, *kept))


@SYSTEM_TREE.when(Policy.Deleted)
def policy_deleted(event: Recorded, rows: Rows) -> None:
    """A policy is no more."""
    rows.update("policies", event.stream.bytes, deleted=True)


@SYSTEM_TREE.when(PolicyCategory.Defined, PolicyCategory.Redefined)
def category_defined(event: Recorded, rows: Rows) -> None:
    """What the settings of a category must be."""
    row = rows.change("policy_categories", event.stream.bytes)
    row["category"] = event.facts.get("name", row["category"])
    row.update(definition=event.facts["schema"], defined_at_ms=event.meta.recorded_at_ms, defined_by=event.meta.who)
    row["deleted"] = False


@SYSTEM_TREE.when(PolicyCategory.Deleted)
def category_deleted(event: Recorded, rows: Rows) -> None:
    """A category is no more."""
    rows.update("policy_categories", event.stream.bytes, deleted=True)


@SYSTEM_TREE.when(Placement.Begun, Placement.Moved)
def placed(event: Recorded, rows: Rows) -> None:
    """An agent is in a group; in the one above all it was before, when this only begins what it has of its own."""
    facts, row = event.facts, rows.change("places", event.stream.bytes)
    row["agent_id"] = facts.get("agent_id", row["agent_id"])
    row.update(group_id=facts["group_id"], rule=text(facts.get("rule", "")))
    if event.topic != Placement.Begun.TOPIC or row["rule"] or bytes(facts["group_id"]) != ROOT_GROUP.bytes:
        row.update(since_ms=event.meta.recorded_at_ms, placed_by=event.meta.who)


@SYSTEM_TREE.when(Placement.PolicyOverridden)
def overridden(event: Recorded, rows: Rows) -> None:
    """An agent has something of its own."""
    _override(event, rows).update(
        choices=json_text(event.facts["choices"]),
        since_ms=event.meta.recorded_at_ms,
        made_by=event.meta.who,
        made_for=event.meta.cause,
        ended=False,
    )


@SYSTEM_TREE.when(Placement.OverrideEnded)
def override_ended(event: Recorded, rows: Rows) -> None:
    """An agent has what its group has."""
    _override(event, rows)["ended"] = True


@SYSTEM_TREE.when(SortingRules.Adopted, SortingRules.Replaced)
def rules_decided(event: Recorded, rows: Rows) -> None:
    """Where new agents go."""
    rules = [{**each, "group_id": each["group_id"].hex()} for each in event.facts["rules"]]
    rows.new("sorting_rules", event.stream.bytes).update(
        rules=json.dumps(rules), decided_at_ms=event.meta.recorded_at_ms, decided_by=event.meta.who
    )


def _override(event: Recorded, rows: Rows) -> Row:
    place = rows.get("places", event.stream.bytes)
    row = rows.change("overrides", _key(event.stream.bytes, event.facts["category"]))
    row.update(placement=event.stream.bytes, category=event.facts["category"])
    row["agent_id"] = place["agent_id"] if place else None
    return row


def _key(node: bytes, category: str) -> str:
    return f"{node.hex()}/{category}"
