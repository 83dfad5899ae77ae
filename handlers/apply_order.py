"""A whole document of the desired state, applied at once: all of it is decided before any of it is staged."""

from uuid import UUID

from domain import desired_orders as orders
from domain.choice import Choices
from domain.desired_document import AGENT_PREFIX, Assigned, Change, Document, Sort
from domain.desired_steps import steps
from domain.document_place import BadDocument
from domain.errors import MalformedOrder, NothingKnown
from domain.group_name import parts_of
from domain.policy import TASKS
from domain.read_document import read_document, says_nothing
from domain.sorting_rules import SortingRule
from domain.tree_refusals import EmptyDocument, RevisionStale
from handlers.batch import Batch
from handlers.draft import Draft
from handlers.draft_lists import list_repositories, list_servers, lists_of
from handlers.policy_content import RUN_NOW, settings_of
from handlers.room_for import check_growth, loads
from wire.conditions import BadCondition, read

NOTE = "applied from a file"


def apply_document(command: orders.ApplyDocument, draft: Draft, batch: Batch) -> bool:
    """Make the desired state that of the document."""
    if says_nothing(command.document):
        raise EmptyDocument
    try:
        wanted = read_document(command.document, condition_faults)
    except BadDocument as bad:
        raise MalformedOrder(f"The document has faults: {bad}") from bad
    before = present(draft, batch)
    changes = steps(before, wanted)
    if not changes:
        return False  # Whatever revision it names: the second click of an order that was carried out is no mistake.
    if command.revision is not None and command.revision != draft.revision:
        raise RevisionStale(f"{RevisionStale.__doc__} (revision {draft.revision}, not {command.revision})")
    loads_before = loads(draft)
    for change in changes:
        _carry_out(change, wanted, draft, batch)
    check_growth(draft, loads_before)
    return True


def condition_faults(when: object) -> list[tuple[str, str]]:
    """Field and problem of each fault of a condition."""
    try:
        read(when)
    except BadCondition as bad:
        return [(each.field, each.problem) for each in bad.faults]
    return []


def present(draft: Draft, batch: Batch) -> Document:
    """The desired state as it is, as a document."""
    tree = draft.tree
    paths = {each.id: tree.groups.path(each.id) for each in tree.groups.by_id.values()}
    assignments = {
        (paths[group.id], category): Assigned(said.choices, said.locked)
        for group in tree.groups.by_id.values()
        for category, said in group.assignments.items()
    }
    for agent, category in tree.register.overrides:
        placement = draft.placement(UUID(bytes=agent))
        assert placement is not None
        key = f"{AGENT_PREFIX}{UUID(bytes=agent)}", category
        assignments[key] = Assigned(placement.overrides[category].choices)
    return Document(
        frozenset(paths.values()) - {"/"},
        {name: draft.schema(name) for name in tree.register.categories},
        {key: _settings(draft, *key) for key in tree.register.policies},
        assignments,
        tuple(Sort(each.name, each.when, _path(draft, each)) for each in draft.rules()),
        lists_of(draft, batch),
    )


def _settings(draft: Draft, category: str, name: str) -> dict[str, object]:
    settings = settings_of(draft.standing(category, name).content)
    return {key: value for key, value in settings.items() if not (category.startswith(TASKS) and key == RUN_NOW)}


def _path(draft: Draft, rule: SortingRule) -> str:
    return draft.tree.groups.path(draft.tree.groups.living(UUID(bytes=rule.group_id)).id)


def _carry_out(change: Change, wanted: Document, draft: Draft, batch: Batch) -> None:
    match change.kind, change.action:
        case "group", "create":
            *above, name = parts_of(change.key[0])
            parent = draft.tree.at("/" + "/".join(above)).id
            draft.tree.create(UUID(bytes=batch.deployment.random(16), version=4), parent, name)
        case "group", _:
            group = draft.tree.at(change.key[0]).id
            draft.tree.delete(group, None, draft.agents_in(group))
        case "category", _:
            name = change.key[0]
            policies = {policy: settings for (of, policy), settings in wanted.policies.items() if of == name}
            draft.define(name, wanted.categories[name], policies)
        case (("policy" | "task"), "delete"):
            draft.delete_policy(change.key[0], change.key[1], NOTE)
        case (("policy" | "task"), _):
            key = change.key[0], change.key[1]
            draft.write(*key, wanted.policies[key], NOTE)
        case "assignment", "delete":
            _end(change.key[0], change.key[1], draft)
        case "assignment", _:
            said = wanted.assignments[change.key[0], change.key[1]]
            _assign(change.key[0], change.key[1], said.choices, said.locked, draft)
        case "server list", _:
            list_servers(wanted.lists["server"], draft, batch)
        case "repository list", _:
            list_repositories(wanted.lists["repository"], draft, batch)
        case _:
            rules = [SortingRule(each.name, each.when, draft.tree.at(each.group).id.bytes) for each in wanted.sorting]
            draft.sort(rules)


def _assign(node: str, category: str, choices: Choices, locked: bool, draft: Draft) -> None:
    if node.startswith(AGENT_PREFIX):
        draft.override(_agent(node), category, choices)
    else:
        draft.assign(draft.tree.at(node).id, category, choices, locked=locked)


def _end(node: str, category: str, draft: Draft) -> None:
    if node.startswith(AGENT_PREFIX):
        draft.end_override(_agent(node), category)
    else:
        draft.tree.unassign(draft.tree.at(node).id, category)


def _agent(node: str) -> UUID:
    try:
        return UUID(node.removeprefix(AGENT_PREFIX))
    except ValueError as error:
        raise NothingKnown(f"{node} is no agent's id.") from error
