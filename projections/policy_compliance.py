"""What do agents hold and enforce of what they are assigned? Counted by place, so that a report reads few rows."""

import json
from collections.abc import Callable

from domain import diary
from domain.agent import Agent, Status
from domain.ids import ROOT_GROUP
from domain.placement import Placement
from domain.policy import Policy
from domain.registration import Registration
from projections.claims import json_text, text
from projections.database import Row
from projections.diary_content import content
from projections.policy_claims import NEWEST, enforced_claims, held_claims
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded
from wire.codec import MalformedBody
from wire.held import read_held

POLICY_COMPLIANCE = Projection(
    "policy_compliance",
    version=3,
    needs_personal=True,
)
AGENTS_THERE, HELD = "there", "held"
MAX_CATEGORIES = 512
"""Of how many categories an agent's reports are kept: what it names is its own claim."""


def counted_as(policy_id: str, version: int, state: str, category: str = "") -> str:
    """The name of one number among the counts of a place; ``policy_id`` in hexadecimal."""
    return f"{policy_id}|{version}|{state}|{category}"


@POLICY_COMPLIANCE.when(Policy.Created, Policy.Written)
def written(event: Recorded, rows: Rows) -> None:
    """A policy or task has a further version: only those there are can be held or enforced."""
    changes = {"newest": event.facts["policy_version"]}
    if event.topic == Policy.Created.TOPIC:
        changes["category"] = event.facts["category"]
    rows.update(NEWEST, event.stream.bytes, **changes)


@POLICY_COMPLIANCE.when(Registration.Requested)
def requested(event: Recorded, rows: Rows) -> None:
    """A key came with its agent."""
    rows.update("holders", event.meta.subject_id, agent_id=event.facts["agent_id"])


@POLICY_COMPLIANCE.when(Agent.KeyJoined)
def key_joined(event: Recorded, rows: Rows) -> None:
    """A key is another agent's now; the one it came from is shown no more."""
    rows.update("holders", event.facts["subject_id"], agent_id=event.stream.bytes)
    _change(event.facts["from_agent_id"], rows, lambda row: row.update(merged=True))


@POLICY_COMPLIANCE.when(Agent.KeyLeft)
def key_left(event: Recorded, rows: Rows) -> None:
    """A key went back to the agent it came with."""
    rows.update("holders", event.facts["subject_id"], agent_id=event.facts["to_agent_id"])
    if event.facts.get("closed"):
        _change(event.stream.bytes, rows, lambda row: row.update(status=Status.FORKED.value))


@POLICY_COMPLIANCE.when(Agent.Forked)
def forked(event: Recorded, rows: Rows) -> None:
    """Two machines used a key; an agent without another one is closed, and what it holds is not counted any more."""
    if event.facts["closed"]:
        _change(event.stream.bytes, rows, lambda row: row.update(status=Status.FORKED.value))


@POLICY_COMPLIANCE.when(Agent.Separated)
def separated(event: Recorded, rows: Rows) -> None:
    """An agent is one of its own again."""
    for subject_id in event.facts["subject_ids"]:
        rows.update("holders", subject_id, agent_id=event.stream.bytes)
    status = text(event.facts["status"])
    _change(event.stream.bytes, rows, lambda row: row.update(merged=False, status=status))


_STATUS_AFTER = {
    Agent.Introduced.TOPIC: Status.PENDING.value,
    Agent.Allowed.TOPIC: Status.ALLOWED.value,
    Agent.Blocked.TOPIC: Status.BLOCKED.value,
    Agent.Revoked.TOPIC: Status.REVOKED.value,
}


@POLICY_COMPLIANCE.when(Agent.Introduced, Agent.Allowed, Agent.Blocked, Agent.Revoked)
def decided(event: Recorded, rows: Rows) -> None:
    """Only what is allowed is counted; what is revoked clears what it held."""
    _change(event.stream.bytes, rows, lambda row: row.update(status=_STATUS_AFTER[event.topic]))


@POLICY_COMPLIANCE.when(Placement.Begun, Placement.Moved)
def placed(event: Recorded, rows: Rows) -> None:
    """An agent is in a group."""
    group_id = event.facts["group_id"]
    _change(_placed_agent(event, rows), rows, lambda row: row.update(group_id=group_id))


@POLICY_COMPLIANCE.when(Placement.PolicyOverridden, Placement.OverrideEnded)
def overridden(event: Recorded, rows: Rows) -> None:
    """An agent has something of its own, or no longer."""
    category = event.facts["category"]

    def change(row: Row) -> None:
        own = {*json.loads(row["overrides"])} - {category}
        if event.topic == Placement.PolicyOverridden.TOPIC:
            own.add(category)
        row["overrides"] = json.dumps(sorted(own))

    _change(_placed_agent(event, rows), rows, change)


@POLICY_COMPLIANCE.when(diary.CALLED_IN, diary.PROPERTIES_REPORTED)
def told_what_it_holds(event: Recorded, rows: Rows) -> None:
    """A package may say what is complete on the agent's disk: that alone is delivered."""
    plain = content(event).get("held")
    if plain is None:
        return
    try:
        held = read_held(plain)
    except MalformedBody:
        return
    items = json.dumps(held_claims(held.items, rows))
    at_ms, position = event.meta.recorded_at_ms, held.version[1]
    _change(_holder(event, rows), rows, lambda row: row.update(held=items, held_position=position, held_at_ms=at_ms))


@POLICY_COMPLIANCE.when(diary.EVENTS_DELIVERED)
def enforced(event: Recorded, rows: Rows) -> None:
    """An agent's events may say what it enforced."""
    events = content(event).get("events")
    entries = list(enforced_claims(events, event.meta.recorded_at_ms, rows))
    if not entries:
        return

    def change(row: Row) -> None:
        known = {each[0]: each for each in json.loads(row["enforced"])}
        for entry in entries:
            if entry[0] in known or len(known) < MAX_CATEGORIES:
                known[entry[0]] = entry
        row["enforced"] = json_text(list(known.values()))

    _change(_holder(event, rows), rows, change)


def _placed_agent(event: Recorded, rows: Rows) -> bytes | None:
    row = rows.change("placements", event.stream.bytes)
    row["agent_id"] = event.facts.get("agent_id", row["agent_id"])
    found: bytes | None = row["agent_id"]
    return found


def _holder(event: Recorded, rows: Rows) -> bytes | None:
    row = rows.get("holders", event.meta.subject_id)
    return row["agent_id"] if row else None


def _change(agent_id: bytes | None, rows: Rows, change: Callable[[Row], None]) -> None:
    """Change the row of an agent, and the counts by what is different then."""
    if agent_id is None:
        return
    row = rows.change("compliance", agent_id)
    before = _place(row), _counted(row)
    change(row)
    after = _place(row), _counted(row)
    if before != after:
        _count(*before, -1, rows)
        _count(*after, 1, rows)


def _place(row: Row) -> bytes | None:
    """Where the agent is counted; None when it is not."""
    if row["status"] != Status.ALLOWED or row["merged"]:
        return None
    return bytes(row["agent_id"] if row["overrides"] != "[]" else row["group_id"] or ROOT_GROUP.bytes)


def _counted(row: Row) -> set[str]:
    found = {counted_as(policy, version, HELD) for policy, version in json.loads(row["held"])}
    reported = json.loads(row["enforced"])
    return found | {counted_as(policy, version, state, category) for category, policy, version, state, _, _ in reported}


def _count(place: bytes | None, counted: set[str], step: int, rows: Rows) -> None:
    if place is None:
        return
    row = rows.change("compliance_counts", place)
    counts = json.loads(row["counts"])
    for each in counted:
        counts[each] = counts.get(each, 0) + step
        if not counts[each]:
            del counts[each]
    row["agents"] += step
    row["counts"] = json.dumps(counts)
