"""What people decide, and what comes of it in the model. A decision about a merged entry is one about its machine."""

from tests.identity.model import ALLOWED, BLOCKED, FORKED, PENDING, REVOKED, Model


def issue(model: Model, ticket: str, bound_to: str | None, until_ms: int) -> str:
    """An install ticket, perhaps for a machine that is reinstalled."""
    if bound_to is not None and bound_to not in model.keys:
        return "not_found"
    model.tickets[ticket] = {"bound_to": bound_to, "until_ms": until_ms, "used_by": None, "revoked": False}
    return "done"


def revoke_ticket(model: Model, ticket: str) -> str:
    """Make it useless."""
    if ticket not in model.tickets:
        return "not_found"
    if model.tickets[ticket]["used_by"]:
        return "ticket_used"
    changed = not model.tickets[ticket]["revoked"]
    model.tickets[ticket]["revoked"] = True
    return "done" if changed else "unchanged"


def allow(model: Model, key: str) -> str:
    """Trusted at once from Pending, else at its next request."""
    if key not in model.keys:
        return "not_found"
    agent = model.agents[model.owner(key)]
    if agent["status"] in (ALLOWED, FORKED):
        return "unchanged" if agent["status"] == ALLOWED else "entry_closed"
    model.decide(agent, ALLOWED, "operator:olga")
    agent["let_in_as"] |= set(model.keys[key]["duplicate_of"])
    if agent["trusted"]:
        model.merge_by_itself(key)
    return "done"


def block(model: Model, key: str) -> str:
    """From Pending and Revoked only."""
    if key not in model.keys:
        return "not_found"
    agent = model.agents[model.owner(key)]
    if agent["status"] == FORKED:
        return "entry_closed"
    if agent["status"] in (ALLOWED, BLOCKED):
        return "must_revoke_first" if agent["status"] == ALLOWED else "unchanged"
    model.decide(agent, BLOCKED, "operator:olga")
    return "done"


def revoke(model: Model, key: str) -> str:
    """From Allowed only. It concerns every machine that was merged in."""
    if key not in model.keys:
        return "not_found"
    owner = model.owner(key)
    if model.agents[owner]["status"] == FORKED:
        return "entry_closed"
    if model.agents[owner]["status"] != ALLOWED:
        return "unchanged" if model.agents[owner]["status"] == REVOKED else "only_allowed_can_be_revoked"
    model.decide(model.agents[owner], REVOKED, "operator:olga")
    for each in model.all_in(owner):
        each["was_revoked"] = True
    return "done"


def merge(model: Model, key: str, into: str) -> str:
    """A person says that two are one: the resource is Allowed, nobody keeps the other out."""
    if key not in model.keys or into not in model.keys:
        return "not_found"
    agent, resource = model.owner(key), model.owner(into)
    if agent == resource:
        return "unchanged"
    statuses = model.agents[agent]["status"], model.agents[resource]["status"]
    if FORKED in statuses:
        return "entry_closed"
    if statuses not in ((PENDING, ALLOWED), (ALLOWED, ALLOWED)):
        return "cannot_merge"
    model.agents[agent]["merged_into"] = resource
    return "done"


def split(model: Model, key: str) -> str:
    """Both are what they were before; what was decided against both meanwhile stays with both.

    One that is left with no live key is Forked.
    """
    if key not in model.keys:
        return "not_found"
    name, resource = model.keys[key]["home"], model.agents[model.owner(key)]
    agent = model.agents[name]
    if model.owner(key) == name:
        return "not_merged"
    rest = model.owner(key)
    agent["merged_into"], agent["apart"] = None, True
    agent["trusted"] = agent["trusted"] and resource["trusted"]
    if resource["status"] in (BLOCKED, REVOKED):
        agent.update({name: resource[name] for name in ("status", "decided_by", "decided_ms")})
    for left in (name, rest):
        if not model.live(model.keys_of(left)):
            model.agents[left]["status"], model.agents[left]["trusted"] = FORKED, False
    return "done"
