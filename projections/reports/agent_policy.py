"""What applies to an agent of each category, why, since when, and how far it has got with that."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from domain.choice import Choice, plain_choices
from domain.effective import AGENT, Effective
from domain.policy import POLICY, kind_of
from projections.agents import AGENTS
from projections.database import Row
from projections.policy_claims import DRIFTED, ENFORCED, FAILED
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.reports.not_told import why_not_told
from projections.reports.page import NotFound
from projections.reports.shown import from_json, id_text, time_text
from projections.reports.subject import find
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from wire.conditions import BadCondition, holds, read

_STANDING = "SELECT * FROM {{compliance}} WHERE agent_id IN ({marks})"
_PLACE = "SELECT * FROM {places} WHERE agent_id = ?"
_HEIR = "SELECT heir, deleted_at_ms, deleted_by FROM {groups} WHERE group_id = ? AND heir IS NOT NULL"
_PROPERTIES = (
    "SELECT k.agent_id, p.properties, c.address FROM {{agent_keys}} k"
    " LEFT JOIN {{properties}} p ON p.subject_id = k.subject_id"
    " LEFT JOIN {{contacts}} c ON c.subject_id = k.subject_id"
    " WHERE k.agent_id IN ({marks}) AND p.properties IS NOT NULL ORDER BY p.reported_at_ms"
)


class State(StrEnum):
    """How far an agent has got with what it is assigned of a category."""

    NONE = "nothing applies"
    ASSIGNED = "assigned"
    NOT_TOLD = "not told"
    """Assigned, but with more than a manifest carries: nothing of it is sent."""
    DELIVERED = "delivered"
    ENFORCED = ENFORCED
    DRIFTED = DRIFTED
    FAILED = FAILED


class AgentPolicies:
    """Reads `system_tree`, `policy_compliance` and `agents`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def one(self, ref: str) -> dict[str, Any]:
        """Where an agent is, and of each category what applies and the chain it came from. NotFound, Ambiguous."""

        def read_one(view: View) -> dict[str, Any]:
            row, tree = find(view, "agents", ref), read_tree(view)
            standing = _standings(view, [row]).get(bytes(row["agent_id"]))
            if standing is None:
                raise NotFound((NotFound.__doc__ or "").strip())
            since_ms, placed_by = _placed(view, row)
            facts = facts_of(view, [row]).get(bytes(row["agent_id"]), {})
            applies = tree.applies(standing["group_id"], bytes(row["agent_id"]))
            why = why_not_told({category: each.choices for category, each in applies.items()})
            return {
                "agent_id": id_text(row["agent_id"]),
                "name": row["name"],
                "status": row["status"],
                "group": tree.path(standing["group_id"]),
                "in_group_since": time_text(since_ms),
                "placed_by": placed_by,
                "held_manifest": standing["held_position"],
                "held_at": time_text(standing["held_at_ms"]),
                "not_told": why or None,
                "categories": [_category(each, row, standing, facts, tree, why) for each in applies.values()],
                "revision": tree.revision,
                "position": view.position,
            }

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name, AGENTS.name], read_one)

    def of_rows(self, view: View, rows: Sequence[Row], tree: Tree) -> list[dict[str, Any]]:
        """A line for each agent and category."""
        standings, facts = _standings(view, rows), facts_of(view, rows)
        lines = []
        for row in rows:
            agent_id = bytes(row["agent_id"])
            standing = standings.get(agent_id)
            if standing is None:
                continue
            applies = tree.applies(standing["group_id"], agent_id)
            why = why_not_told({category: each.choices for category, each in applies.items()})
            for each in applies.values():
                line = _line(each, standing, facts.get(agent_id, {}), tree, why)
                line["source"] = _source(each)
                lines.append({"agent_id": id_text(agent_id), "name": row["name"], **line})
        return lines


def _placed(view: View, row: Row) -> tuple[int | None, str | None]:
    """Since when an agent is in its group, and by whom: also by a group that was deleted into that one."""
    found = view.query(_PLACE, (row["agent_id"],))
    if not found:
        return None, None
    since_ms, by, group = found[0]["since_ms"], found[0]["placed_by"], found[0]["group_id"]
    while group is not None and (gone := view.query(_HEIR, (bytes(group),))):
        group = gone[0]["heir"]
        if gone[0]["deleted_at_ms"] >= since_ms:
            since_ms, by = gone[0]["deleted_at_ms"], gone[0]["deleted_by"]
    return since_ms, by


def _category(found: Effective, row: Row, standing: Row, facts: Row, tree: Tree, why: str) -> dict[str, Any]:
    agent_id = bytes(row["agent_id"])
    line = _line(found, standing, facts, tree, why)
    chain = []
    for step in found.chain:
        made = tree.made.get((agent_id if step.node == AGENT else step.node, found.category))
        chain.append(
            {
                "at": "this agent" if step.node == AGENT else step.path,
                "choices": plain_choices(step.assignment.choices),
                "locked": step.assignment.locked,
                "standing": step.standing.value,
                "since": time_text(made.since_ms) if made else None,
                "by": made.by if made else None,
            }
        )
    in_force = next(each for each in chain if each["standing"] == "in force")
    since = {"source": _source(found), "since": in_force["since"], "locked_by": found.locked_by or None}
    return line | since | {"choices": plain_choices(found.choices), "chain": chain}


def _line(found: Effective, standing: Row, facts: Row, tree: Tree, why: str) -> dict[str, Any]:
    """What is assigned, delivered and enforced of one category, and the state that makes; ``why`` it is not told."""
    chosen = _chosen(found.choices, facts)
    policy = tree.policies.get((found.category, chosen.policy)) if chosen else None
    held = {bytes.fromhex(key): version for key, version in from_json(standing["held"])}
    told = next((each for each in from_json(standing["enforced"]) if each[0] == found.category), None)
    line: dict[str, Any] = {
        "category": found.category,
        "kind": kind_of(found.category),
        "policy": chosen.policy if chosen else None,
        "assigned_version": policy["policy_version"] if policy else None,
        "delivered_version": held.get(bytes(policy["policy_id"])) if policy else None,
        "enforced_version": None,
        "state": State.NONE.value if policy is None else State.ASSIGNED.value,
        "detail": "",
        "reported_at": None,
    }
    if policy is not None and line["delivered_version"] == policy["policy_version"]:
        line["state"] = State.DELIVERED.value
    if told is not None and policy is not None and bytes.fromhex(told[1]) == bytes(policy["policy_id"]):
        line.update(detail=told[4], reported_at=time_text(told[5]))
        line["enforced_version"] = told[2] if told[3] != FAILED else None
        if told[2] == policy["policy_version"] and kind_of(found.category) == POLICY:
            line["state"] = told[3]
    if why and line["state"] == State.ASSIGNED:
        line.update(state=State.NOT_TOLD.value, detail=why)
    return line


def _chosen(choices: Sequence[Choice], facts: Row) -> Choice | None:
    """The first choice whose condition holds by what the agent told last; it judges for itself by where it is now."""
    addresses, properties = facts.get("addresses", []), facts.get("properties", {})
    for choice in choices:
        try:
            if holds(read(choice.when), addresses, properties):
                return choice
        except BadCondition:
            continue
    return None


def _source(found: Effective) -> str:
    return "this agent" if found.source.node == AGENT else found.source.path


def _standings(view: View, rows: Sequence[Row]) -> dict[bytes, Row]:
    agents = [row["agent_id"] for row in rows]
    if not agents:
        return {}
    found = view.query(_STANDING.format(marks=", ".join("?" * len(agents))), agents)
    return {bytes(row["agent_id"]): row for row in found}


def facts_of(view: View, rows: Sequence[Row]) -> dict[bytes, Row]:
    """Addresses and properties of agents, as their keys told last."""
    agents = [row["agent_id"] for row in rows]
    facts: dict[bytes, Row] = {}
    for row in view.query(_PROPERTIES.format(marks=", ".join("?" * len(agents))), agents) if agents else ():
        properties = from_json(row["properties"])
        network = properties.get("network") if isinstance(properties, dict) else None
        cards = network.values() if isinstance(network, dict) else ()
        told = [card.get("addresses") for card in cards if isinstance(card, dict)]
        addresses = [each for some in told if isinstance(some, list) for each in some if isinstance(each, str)]
        facts[bytes(row["agent_id"])] = {"properties": properties, "addresses": [row["address"] or "", *addresses]}
    return facts
