"""Who is in a group of the system tree: found by the places of agents, in SQL, so that nobody else is looked at."""

from collections.abc import Iterable

from domain.ids import ROOT_GROUP
from projections.database import Row
from projections.reports.listing import Conditions
from projections.reports.page import NotFound
from projections.reports.view import View

_ROOT = ROOT_GROUP.bytes
_INSIDE = "SELECT group_id, name FROM {groups} WHERE within = ? AND heir IS NULL"
_ABOVE = "SELECT group_id, name, within, heir FROM {{groups}} WHERE group_id IN ({marks})"
_PLACES = "SELECT agent_id, group_id FROM {{places}} WHERE agent_id IN ({marks})"
_BELOW = (
    "WITH RECURSIVE below(group_id) AS (SELECT group_id FROM {groups} WHERE group_id = ?"
    " UNION SELECT g.group_id FROM {groups} g JOIN below b ON g.within = b.group_id)"
)
"""A group, all within it, and those that were deleted into one of them."""
_IN_BELOW = "FROM {places} p JOIN below b ON p.group_id = b.group_id"
_COUNT = f"{_BELOW} SELECT count(*) AS agents FROM (SELECT 1 {_IN_BELOW} LIMIT ?) counted"  # noqa: S608 - our own text
_MEMBERS = f"agent_id IN ({_BELOW} SELECT p.agent_id {_IN_BELOW})"
_PLACE = "(SELECT p.group_id FROM {places} p WHERE p.agent_id = {agents}.agent_id)"
_IS_MEMBER = f"{_PLACE} IN ({_BELOW} SELECT group_id FROM below)"  # noqa: S608 - our own text
FEW = 10_000
"""Of so many members the list is made from theirs; of more, the agents are gone through until a page is full."""
_AT_ONCE = 500


def only_within(view: View, path: str) -> Conditions | None:
    """What to add to a list of agents for those in this group and all below it; None for everybody. NotFound."""
    group_id = _ROOT
    for part in (each for each in path.split("/") if each):
        inside = view.query(_INSIDE, (group_id,))
        found = next((row for row in inside if row["name"].casefold() == part.casefold()), None)
        if found is None:
            raise NotFound(f"There is no group {path}.")
        group_id = bytes(found["group_id"])
    if group_id == _ROOT:
        return None
    [counted] = view.query(_COUNT, (group_id, FEW + 1))
    where = Conditions()
    where.add(_MEMBERS if counted["agents"] <= FEW else _IS_MEMBER, group_id)
    return where


def groups_of(view: View, agents: Iterable[bytes]) -> dict[bytes, str]:
    """The path of each of these agents' groups."""
    wanted = list(agents)
    put = {bytes(row["agent_id"]): row["group_id"] for row in _rows(view, _PLACES, wanted)}
    places = {each: bytes(put[each]) if put.get(each) is not None else _ROOT for each in wanted}
    known = _ways(view, set(places.values()))
    return {agent: _path(known, place) for agent, place in places.items()}


def _ways(view: View, places: set[bytes]) -> dict[bytes, Row]:
    """These groups and all above them; once deleted, those that took their place too."""
    known: dict[bytes, Row] = {}
    missing = places - {_ROOT}
    while missing:
        found = {bytes(row["group_id"]): row for row in _rows(view, _ABOVE, sorted(missing))}
        known |= found
        missing = {bytes(row["within"] or _ROOT) for row in found.values()} - known.keys() - {_ROOT}
    return known


def _path(known: dict[bytes, Row], place: bytes) -> str:
    names: list[str] = []
    while (row := known.get(place)) is not None:
        if row["heir"] is None:
            names.append(row["name"])
        place = bytes(row["within"] or _ROOT)
    return "/" + "/".join(names[::-1])


def _rows(view: View, sql: str, keys: list[bytes]) -> list[Row]:
    parts = [keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE)]
    return [row for part in parts for row in view.query(sql.format(marks=", ".join("?" * len(part))), part)]
