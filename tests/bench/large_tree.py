"""A system tree of 1,000 groups, 20 policies in 10 categories, and the rows of a fleet that mostly follows it."""

import json
from collections import Counter, defaultdict
from typing import Any
from uuid import UUID, uuid5

from domain.choice import Choice
from domain.ids import NS, ROOT_GROUP, policy_stream
from domain.policy import Policy
from domain.system_tree import POLICY, SystemTree
from projections.agents import AGENTS
from projections.policy_claims import ENFORCED, FAILED
from projections.policy_compliance import HELD, POLICY_COMPLIANCE, counted_as
from projections.projection import Projection
from tests.projections.under_test import Room
from wire.msgspec_codec import MsgspecCodec

TOPS, BELOW = 20, 49
CATEGORIES = tuple(f"category-{number}" for number in range(10))
_codec = MsgspecCodec()


def document() -> dict[str, Any]:
    """The tree as a file has it."""
    groups = [f"/site-{top}" for top in range(TOPS)]
    groups += [f"/site-{top}/room-{below}" for top in range(TOPS) for below in range(BELOW)]
    policies = [
        {"category": category, "name": name, "settings": {"text": name * 50}}
        for category in CATEGORIES
        for name in ("base", "special")
    ]
    assignments = [{"group": "/", "category": each, "choose": [{"policy": "base"}]} for each in CATEGORIES]
    for number, path in enumerate(groups):
        if number % 3 == 0:
            category = CATEGORIES[number % len(CATEGORIES)]
            assignments.append({"group": path, "category": category, "choose": [{"policy": "special"}]})
    return {"group": [{"path": path} for path in groups], "policy": policies, "assignment": assignments}


def plant(room: Room) -> list[UUID]:
    """The same tree in a log, as its events; returns the groups below the sites."""
    tree, found = SystemTree.plant(), []
    for category in CATEGORIES:
        for name in ("base", "special"):
            room.fleet.append_of(Policy.create(category, name, _codec.encode({"text": name * 50}), ""))
            tree.revise(POLICY, category=category, name=name)
        tree.assign(ROOT_GROUP, category, (Choice("base"),), locked=False)
    for top in range(TOPS):
        site = uuid5(NS, f"bench/{top}")
        tree.create(site, ROOT_GROUP, f"site-{top}")
        tree.assign(site, CATEGORIES[top % len(CATEGORIES)], (Choice("special"),), locked=False)
        for below in range(BELOW):
            found.append(uuid5(NS, f"bench/{top}/{below}"))
            tree.create(found[-1], site, f"room-{below}")
    room.fleet.append_of(tree)
    room.catch_up()
    return found


def fill(room: Room, agents: int, *, gather: bool) -> None:
    """Rows of ``agents`` that hold everything and enforce it, but for one in fifty that fails with one category."""
    groups = plant(room)
    base = {category: policy_stream("policy", category, "base").bytes for category in CATEGORIES}
    there: Counter[bytes] = Counter()
    counts: dict[bytes, Counter[str]] = defaultdict(Counter)
    rows = []
    named: dict[str, list[dict[str, Any]]] = {"agents": [], "agent_keys": [], "properties": []}
    for number in range(agents):
        place = groups[number % len(groups)].bytes
        states = dict.fromkeys(CATEGORIES, ENFORCED)
        if number % 50 == 0:
            states[CATEGORIES[0]] = FAILED
        there[place] += 1
        for category, state in states.items():
            counts[place][counted_as(base[category].hex(), 1, HELD)] += 1
            counts[place][counted_as(base[category].hex(), 1, state, category)] += 1
        rows.append(_agent(number, place, base, states))
        for table, row in _named(number).items():
            named[table].append(row)
    counted = [
        {"place": place, "agents": number, "counts": json.dumps(counts[place])} for place, number in there.items()
    ]
    _insert(room, POLICY_COMPLIANCE, {"compliance": rows, "compliance_counts": counted}, gather=gather)
    _insert(room, AGENTS, named, gather=gather)


def _agent(number: int, place: bytes, base: dict[str, bytes], states: dict[str, str]) -> dict[str, Any]:
    return {
        "agent_id": number.to_bytes(16, "big"),
        "status": "Allowed",
        "group_id": place,
        "held": json.dumps([[policy.hex(), 1] for policy in base.values()]),
        "enforced": json.dumps([[name, base[name].hex(), 1, state, "", 1] for name, state in states.items()]),
    }


def _named(number: int) -> dict[str, dict[str, Any]]:
    agent_id, name = number.to_bytes(16, "big"), f"pc-{number:06}"
    told = {"os": {"name": "Debian", "version": "12"}, "network": {"eth0": {"addresses": [f"10.0.{number % 256}.7"]}}}
    return {
        "agents": {
            "agent_id": agent_id,
            "name": name,
            "name_key": name,
            "status": "Allowed",
            "search": name,
            "subject_id": number,
        },
        "agent_keys": {"subject_id": number, "agent_id": agent_id},
        "properties": {"subject_id": number, "properties": json.dumps(told), "reported_at_ms": 1},
    }


def _insert(room: Room, projection: Projection, tables: dict[str, list[dict[str, Any]]], *, gather: bool) -> None:
    fence = room.leases().acquire("projector", "one")
    assert fence is not None
    with room.database.writing(fence) as transaction:
        names = transaction.tables()
        for name, rows in tables.items():
            table = projection.tables[name]
            stored = table._replace(name=next(each for each in names if each.startswith(f"{name}_v")))
            transaction.insert(
                stored, [tuple({**table.defaults, **row}[column] for column in table.columns) for row in rows]
            )
            if gather:
                transaction.execute(f"ANALYZE {stored.name}")
