"""Reading a document of the desired state: every fault is named with its place, or all of it is taken."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from domain.builtin_categories import BUILT_IN, schema_of
from domain.choice import Choice, check_choices
from domain.desired_document import AGENT_PREFIX, Assigned, Document, Sort
from domain.document_place import BadDocument, Fault
from domain.errors import MalformedOrder
from domain.group_name import parts_of
from domain.listed import BadList
from domain.policy import TASKS, check_category, check_policy_name
from domain.policy_category import check_schema, faults_in
from domain.repository_list import read_repositories
from domain.server_list import read_servers
from domain.system_tree import MAX_DEPTH
from domain.task_times import faults_in_time

TABLES = ("group", "category", "policy", "task", "assignment", "sort", "server", "repository")
MAX_ENTRIES = 50_000
_LISTS: dict[str, tuple[str, Callable[[object], Sequence[Any]]]] = {
    "server": ("servers", read_servers),
    "repository": ("repositories", read_repositories),
}
"""What each table is called in the list it becomes, and what reads that."""
Condition = Callable[[object], list[tuple[str, str]]]
"""Field and problem of each fault of a condition."""
_FIELDS = {
    "group": {"path"},
    "category": {"name", "schema"},
    "policy": {"category", "name", "settings"},
    "assignment": {"group", "agent", "category", "locked", "choose"},
    "sort": {"name", "group", "network", "property"},
    "choice": {"policy", "network", "property"},
}


def read_document(plain: object, condition_faults: Condition) -> Document:
    """The document in plain values, as they stand in a file. BadDocument names every fault."""
    reader = _Reader(condition_faults)
    document = reader.read(plain)
    if reader.faults:
        raise BadDocument(reader.faults)
    return document


def says_nothing(plain: Mapping[str, Any]) -> bool:
    """Whether a document has no table at all, not even an empty one: `group = []` says that there shall be none."""
    return not any(table in plain for table in TABLES)


def read_sorting(plain: object, groups: Iterable[str], condition_faults: Condition) -> tuple[Sort, ...]:
    """The sorting rules of a file that holds nothing else; ``groups`` are the paths there are. BadDocument."""
    reader = _Reader(condition_faults, "")
    found = reader.read_sorting(plain, {path.casefold(): path for path in groups})
    if reader.faults:
        raise BadDocument(reader.faults)
    return found


class _Reader:
    """Collects what it reads and what is wrong with it."""

    def __init__(self, condition_faults: Condition, whose: str = " of this document") -> None:
        self._whose = whose
        self.faults: list[Fault] = []
        self._condition_faults = condition_faults
        self._at = ("", 0)

    def read(self, plain: object) -> Document:
        if not isinstance(plain, dict):
            self._fault("", "is a table")
            plain = {}
        for name in sorted(set(plain) - {*TABLES, "revision"}):
            self._fault(str(name), f"is not known here; there are revision, {', '.join(TABLES)}")
        groups: dict[str, str] = {}
        for each in self._entries(plain, "group"):
            self._group(each.get("path"), groups)
        categories = self._unique(plain, "category", self._category)
        policies = self._unique(plain, "policy", lambda each: self._policy(each, categories))
        policies |= self._unique(plain, "task", self._task)
        assignments = self._unique(plain, "assignment", lambda each: self._assignment(each, groups, policies))
        sorting = self._sorting(plain, groups)
        lists = {name: self._list(name, plain[name]) for name in _LISTS if name in plain}
        return Document(frozenset(groups.values()), categories, policies, assignments, sorting, lists)

    def read_sorting(self, plain: object, groups: dict[str, str]) -> tuple[Sort, ...]:
        if not isinstance(plain, dict):
            plain = {}
        for name in sorted(set(plain) - {"sort"}):
            self._fault(str(name), "is not known here; there is sort")
        if "sort" not in plain:
            self._fault("sort", "is needed: [[sort]] tables in order, or sort = [] for no rules at all")
        return self._sorting(plain, groups)

    def _sorting(self, plain: dict[str, Any], groups: dict[str, str]) -> tuple[Sort, ...]:
        sorting = tuple(self._sort(each, groups) for each in self._entries(plain, "sort"))
        if len({each.name for each in sorting}) < len(sorting):
            self._fault("name", "is the name of another sorting rule")
        return sorting

    def _list(self, table: str, entries: object) -> list[dict[str, Any]]:
        field, read = _LISTS[table]
        try:
            return [each._asdict() for each in read({field: entries})]
        except BadList as bad:
            for each in bad.faults:
                self._at = ("", 0) if each.entry is None else (table, each.entry)
                self._fault(each.field, each.problem)
        return []

    def _entries(self, plain: dict[str, Any], table: str) -> Any:
        entries = plain.get(table, [])
        self._at = ("", 0)
        if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
            self._fault(table, f"is a list of at most {MAX_ENTRIES} tables")
            return
        for number, each in enumerate(entries):
            self._at = (table, number)
            if not isinstance(each, dict):
                self._fault("", "is a table")
                continue
            known = _FIELDS.get(table)
            for name in sorted(set(each) - known) if known else ():
                self._fault(str(name), f"is not a field of [[{table}]]; there are {', '.join(sorted(known or ()))}")
            yield each

    def _unique(self, plain: dict[str, Any], table: str, read: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for each in self._entries(plain, table):
            if (pair := read(each)) is None:
                continue
            key, value = pair
            if key in found:
                self._fault("", "stands twice")
            found[key] = value
        return found

    def _group(self, path: object, groups: dict[str, str]) -> None:
        try:
            parts = parts_of(path) if isinstance(path, str) else []
        except MalformedOrder as error:
            self._fault("path", str(error))
            return
        if not parts or len(parts) > MAX_DEPTH:
            self._fault("path", f"is a path as /Servers/Linux, of 1 to {MAX_DEPTH} names")
        for depth in range(1, len(parts) + 1):
            above = "/" + "/".join(parts[:depth])
            if groups.setdefault(above.casefold(), above) != above:
                self._fault("path", f"differs from {groups[above.casefold()]} by case alone")

    def _category(self, each: dict[str, Any]) -> Any:
        name, schema = each.get("name"), each.get("schema")
        if not self._checked("name", name, check_category):
            return None
        if name in BUILT_IN:
            self._fault("name", f"{name} comes with Muster: its schema cannot be changed")
        try:
            check_schema(schema if isinstance(schema, dict) else {"type": "no table"})
        except MalformedOrder as error:
            self._fault("schema", str(error))
        return name, schema

    def _policy(self, each: dict[str, Any], categories: dict[str, Any]) -> Any:
        category, name, settings = each.get("category"), each.get("name"), each.get("settings")
        if not (self._checked("category", category, check_category) & self._checked("name", name, check_policy_name)):
            return None
        if not isinstance(settings, dict):
            self._fault("settings", "is a table")
            return None
        self._judge(settings, schema_of(str(category)) or categories.get(str(category)), "settings")
        return (category, name), settings

    def _task(self, each: dict[str, Any]) -> Any:
        name = each.get("name")
        if not self._checked("name", name, check_policy_name):
            return None
        settings = {field: value for field, value in each.items() if field != "name"}
        if "run_now" in settings:
            self._fault("run_now", "is counted by Muster; use `muster tasks run-now`")
        self._judge(settings, schema_of(f"{TASKS}{name}"), "")
        for fault in faults_in_time(settings):
            self._place(fault, "")
        return (f"{TASKS}{name}", name), settings

    def _assignment(self, each: dict[str, Any], groups: dict[str, str], policies: dict[Any, Any]) -> Any:
        group, agent, category = each.get("group"), each.get("agent"), each.get("category")
        if (group is None) == (agent is None):
            self._fault("group", "or agent is needed, one of the two")
            return None
        if not isinstance(category, str):
            self._fault("category", "is a category, or task/NAME")
            return None
        node = f"{AGENT_PREFIX}{agent}" if agent is not None else self._there(group, groups)
        choices = self._choices(each.get("choose", []), category, policies)
        if node is None or choices is None:
            return None
        locked = each.get("locked", False)
        if not isinstance(locked, bool) or (locked and agent is not None):
            self._fault("locked", "is true or false, and only a group can lock")
        return (node, category), Assigned(choices, bool(locked))

    def _choices(self, plain: object, category: str, policies: dict[Any, Any]) -> tuple[Choice, ...] | None:
        if not isinstance(plain, list) or not all(isinstance(each, dict) for each in plain):
            self._fault("choose", "is a list of tables")
            return None
        for each in plain:
            for name in sorted(set(each) - _FIELDS["choice"]):
                self._fault("choose", f"{name} is not a field of a choice; there are network, policy, property")
            if (category, str(each.get("policy"))) not in policies:
                self._fault("choose", f"there is no policy {each.get('policy')!r} of category {category}")
        choices = tuple(Choice(str(each.get("policy")), self._when(each, "choose.")) for each in plain)
        try:
            check_choices(choices)
        except MalformedOrder as error:
            self._fault("choose", str(error))
        return choices

    def _sort(self, each: dict[str, Any], groups: dict[str, str]) -> Sort:
        name = each.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 100:
            self._fault("name", "is a text of 1 to 100 characters")
        return Sort(str(name), self._when(each, ""), self._there(each.get("group"), groups) or "/")

    def _there(self, path: object, groups: dict[str, str]) -> str | None:
        if path == "/":
            return "/"
        if path is None:
            self._fault("group", "is missing")
            return None
        found = groups.get(path.casefold()) if isinstance(path, str) else None
        if found is None:
            self._fault("group", f"{path!r} is no group{self._whose}")
        return found

    def _when(self, each: dict[str, Any], before: str) -> dict[str, Any] | None:
        when: dict[str, Any] | None = {kind: each[kind] for kind in ("network", "property") if kind in each} or None
        for field, problem in self._condition_faults(when):
            self._fault(f"{before}{field}", problem)
        return when

    def _judge(self, settings: dict[str, Any], schema: dict[str, Any] | None, below: str) -> None:
        for fault in faults_in(settings, schema) if schema else ():
            self._place(fault, below)

    def _place(self, fault: str, below: str) -> None:
        place, colon, problem = fault.partition(": ")
        is_place = bool(colon) and "'" not in place and " " not in place
        field = ".".join(part for part in (below, place if is_place else "") if part)
        self._fault(field, problem if is_place else fault)

    def _checked(self, field: str, value: object, check: Callable[[str], str]) -> bool:
        try:
            check(value if isinstance(value, str) else "")
        except MalformedOrder as error:
            self._fault(field, str(error))
            return False
        return True

    def _fault(self, field: str, problem: str) -> None:
        self.faults.append(Fault(*self._at, field, problem))
