"""How far an agent has got with what applies to it: assigned, delivered, enforced, drifted or failed, by category."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from domain.choice import Choice
from domain.effective import Effective
from domain.policy import POLICY, kind_of
from projections.database import Row
from projections.policy_claims import DRIFTED, ENFORCED, FAILED
from projections.reports.shown import from_json, time_text
from projections.reports.tree import Tree
from projections.reports.view import View
from wire.conditions import BadCondition, holds, read

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


class Said(NamedTuple):
    """What an agent told: versions it holds, by policy id in hexadecimal, and its last report of each category."""

    held: dict[str, int]
    reports: dict[str, list[Any]]


class Progress(NamedTuple):
    """Of one category: the policy that is its own by what it told, and what became of that; ``why`` it is not told."""

    policy: str | None
    assigned: int | None
    delivered: int | None
    report: list[Any] | None
    state: str
    why: str = ""


def said_in(standing: Row) -> Said:
    """What a row of `compliance` keeps."""
    return Said(dict(from_json(standing["held"])), {each[0]: each for each in from_json(standing["enforced"])})


def progress(found: Effective, said: Said, facts: Row, tree: Tree, why: str) -> Progress:
    """How far an agent has got with a category; ``facts`` of `facts_of` choose where there are conditions, ``why``
    says that it is told nothing."""
    chosen = _chosen(found.choices, facts)
    name = chosen.policy if chosen else None
    policy = tree.policies.get((found.category, chosen.policy)) if chosen else None
    if policy is None:
        return Progress(name, None, None, None, State.NONE.value)
    policy_id, newest = bytes(policy["policy_id"]).hex(), policy["policy_version"]
    delivered, report = said.held.get(policy_id), said.reports.get(found.category)
    if report is not None and report[1] != policy_id:
        report = None
    if report is not None and report[2] == newest and kind_of(found.category) == POLICY:
        return Progress(name, newest, delivered, report, report[3])
    if why and delivered != newest:
        return Progress(name, newest, delivered, report, State.NOT_TOLD.value, why)
    state = State.DELIVERED if delivered == newest else State.ASSIGNED
    return Progress(name, newest, delivered, report, state.value)


def line(found: Effective, got: Progress) -> dict[str, Any]:
    """A category as reports show it."""
    shown: dict[str, Any] = {
        "category": found.category,
        "kind": kind_of(found.category),
        "policy": got.policy,
        "assigned_version": got.assigned,
        "delivered_version": got.delivered,
        "enforced_version": None,
        "state": got.state,
        "detail": got.why,
        "reported_at": None,
    }
    if got.report is not None:
        _, _, version, outcome, detail, at_ms = got.report
        shown["enforced_version"] = version if outcome != FAILED else None
        shown["detail"], shown["reported_at"] = got.why or detail, time_text(at_ms)
    return shown


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
