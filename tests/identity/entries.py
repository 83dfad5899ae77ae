"""What people are shown of a model: the rows of the registrations report, and which of them a list has."""

from typing import Any

from tests.identity.model import ALLOWED, BLOCKED, FORKED, PENDING, REVOKED, Model

LISTED_MS = 90 * 86_400_000
ACTIONS = {
    PENDING: ["allow", "block"],
    ALLOWED: ["revoke"],
    BLOCKED: ["allow"],
    REVOKED: ["allow", "block"],
    FORKED: [],
}


def row(model: Model, key: str) -> dict[str, Any]:
    """A key's entry in the registrations report."""
    known, owner = model.keys[key], model.owner(key)
    agent, merged = model.agents[owner], owner != known["home"]
    actions = list(ACTIONS[agent["status"]])
    if merged:
        actions.append("split")
    elif known["duplicate_of"] and agent["status"] in (PENDING, ALLOWED):
        actions.append("merge")
    return {
        "name": known["claims"]["name"],
        "status": agent["status"],
        "trusted": agent["trusted"],
        "waits_for_request": agent["status"] == ALLOWED and not agent["trusted"],
        "merged_into": owner if merged else None,
        "duplicate_of": known["duplicate_of"],
        "decided_by": agent["decided_by"],
        "replaces": known["replaces"],
        "replaced_by": known["replaced_by"],
        "left_the_list": has_left(model, key),
        "actions": [] if known["replaced_by"] else actions,
    }


def listed(model: Model) -> list[str]:
    """The entries of lists and counts: each machine is one, unless it left."""
    return [key for key in model.keys if stands(model, key) and not has_left(model, key)]


def stands(model: Model, key: str) -> bool:
    """Not merged into another entry, and the key is in use: neither replaced nor only offered yet."""
    offers = {known["offer"] for known in model.keys.values()}
    in_use = not model.keys[key]["replaced_by"] and key not in offers
    return in_use and model.owner(key) == model.keys[key]["home"]


def has_left(model: Model, key: str) -> bool:
    agent = model.agents[model.owner(key)]
    quiet_ms = model.clock_ms - max(model.keys[key]["asked_ms"], agent["decided_ms"])
    return agent["status"] == BLOCKED and not agent["was_revoked"] and quiet_ms > LISTED_MS
