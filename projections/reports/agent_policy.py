"""What applies to an agent of each category, why, since when, and how far it has got with that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.choice import plain_choices
from domain.effective import AGENT, Effective, Step
from projections.agents import AGENTS
from projections.database import Row
from projections.policy_compliance import POLICY_COMPLIANCE
from projections.reports.not_told import why_not_told
from projections.reports.page import NotFound
from projections.reports.progress import Said, facts_of, line, progress, said_in
from projections.reports.reasons import Reasons
from projections.reports.shown import id_text, time_text
from projections.reports.sought import Applies
from projections.reports.subject import find
from projections.reports.tree import Made, Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from store.log import EventLog
from store.state import decode_state

_STANDING = "SELECT * FROM {{compliance}} WHERE agent_id IN ({marks})"
_PLACE = "SELECT * FROM {places} WHERE agent_id = ?"
_HEIR = "SELECT heir, deleted_at_ms, deleted_by FROM {groups} WHERE group_id = ? AND heir IS NOT NULL"


class AgentPolicies:
    """Reads `system_tree`, `policy_compliance` and `agents`."""

    def __init__(self, views: Views, log: EventLog) -> None:
        self._views = views
        self._log = log
        self._reasons = Reasons(log)

    def one(self, ref: str) -> dict[str, Any]:
        """Where an agent is, and of each category what applies and the chain it came from. NotFound, Ambiguous."""

        def read_one(view: View) -> dict[str, Any]:
            row, tree = find(view, "agents", ref), read_tree(view)
            standing = _standings(view, [row]).get(bytes(row["agent_id"]))
            if standing is None:
                raise NotFound(f"Nothing is known yet of the policies of agent {row['name']}.")
            since_ms, placed_by = _placed(view, row, self._introduced_ms(row))
            facts, said = facts_of(view, [row]).get(bytes(row["agent_id"]), {}), said_in(standing)
            applies = tree.applies(standing["group_id"], bytes(row["agent_id"]))
            reasons = self._reasons.of(_orders(applies.values(), tree, bytes(row["agent_id"])))
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
                "categories": [_category(each, row, said, facts, tree, why, reasons) for each in applies.values()],
                "revision": tree.revision,
                "position": view.position,
            }

        return self._views.look([SYSTEM_TREE.name, POLICY_COMPLIANCE.name, AGENTS.name], read_one)

    def _introduced_ms(self, row: Row) -> int | None:
        """When an agent came: until somebody puts it elsewhere it is in the group above all."""
        place = UUID(bytes=bytes(row["agent_id"])), 1
        found = self._log.rows([place]).get(place)
        return None if found is None else decode_state(found.state)[0].recorded_at_ms

    def of_rows(self, view: View, rows: Sequence[Row], applies: Applies) -> list[dict[str, Any]]:
        """A line for each agent and category, of those that are sought."""
        standings, sought = _standings(view, rows), applies.sought
        known = [(row, standings[bytes(row["agent_id"])]) for row in rows if bytes(row["agent_id"]) in standings]
        facts = facts_of(view, [row for row, standing in known if applies.by_condition(standing)])
        lines = []
        for row, standing in known:
            agent_id, said = bytes(row["agent_id"]), said_in(standing)
            if sought.ruled_out(said):
                continue
            here = applies.to(standing)
            for each in here.found:
                got = progress(each, said, facts.get(agent_id, {}), applies.tree, here.why)
                if sought.policy in (None, got.policy) and sought.state in (None, got.state):
                    about = {"agent_id": id_text(agent_id), "name": row["name"]}
                    lines.append({**about, **line(each, got), "source": _source(each)})
        return lines


def _placed(view: View, row: Row, introduced_ms: int | None) -> tuple[int | None, str | None]:
    """Since when an agent is in its group, and by whom: also by a group that was deleted into that one."""
    found = view.query(_PLACE, (row["agent_id"],))
    if not found or found[0]["since_ms"] is None:
        return introduced_ms, None
    since_ms, by, group = found[0]["since_ms"], found[0]["placed_by"], found[0]["group_id"]
    while group is not None and (gone := view.query(_HEIR, (bytes(group),))):
        group = gone[0]["heir"]
        if gone[0]["deleted_at_ms"] >= since_ms:
            since_ms, by = gone[0]["deleted_at_ms"], gone[0]["deleted_by"]
    return since_ms, by


def _made(found: Effective, step: Step, tree: Tree, agent_id: bytes) -> Made | None:
    return tree.made.get((agent_id if step.node == AGENT else step.node, found.category))


def _orders(applies: Iterable[Effective], tree: Tree, agent_id: bytes) -> Iterator[bytes | None]:
    for each in applies:
        for step in each.chain:
            made = _made(each, step, tree, agent_id)
            yield made.order if made else None


def _category(
    found: Effective, row: Row, said: Said, facts: Row, tree: Tree, why: str, reasons: Mapping[bytes, str]
) -> dict[str, Any]:
    shown = line(found, progress(found, said, facts, tree, why))
    chain = []
    for step in found.chain:
        made = _made(found, step, tree, bytes(row["agent_id"]))
        chain.append(
            {
                "at": "this agent" if step.node == AGENT else step.path,
                "choices": plain_choices(step.assignment.choices),
                "locked": step.assignment.locked,
                "standing": step.standing.value,
                "since": time_text(made.since_ms) if made else None,
                "by": made.by if made else None,
                "reason": reasons.get(made.order or b"") if made else None,
            }
        )
    in_force = next(each for each in chain if each["standing"] == "in force")
    since = {"source": _source(found), "since": in_force["since"], "locked_by": found.locked_by or None}
    return shown | since | {"choices": plain_choices(found.choices), "chain": chain}


def _source(found: Effective) -> str:
    return "this agent" if found.source.node == AGENT else found.source.path


def _standings(view: View, rows: Sequence[Row]) -> dict[bytes, Row]:
    agents = [row["agent_id"] for row in rows]
    if not agents:
        return {}
    found = view.query(_STANDING.format(marks=", ".join("?" * len(agents))), agents)
    return {bytes(row["agent_id"]): row for row in found}
