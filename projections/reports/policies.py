"""Policies and tasks: which there are, their versions, what differs between two."""

import difflib
import json
from typing import Any

from domain.policy import POLICY, TASK, TASKS, kind_of
from projections.database import Row
from projections.reports.known import check_known
from projections.reports.page import NotFound, Page
from projections.reports.shown import hex_text, time_text
from projections.reports.tree import Tree, read_tree
from projections.reports.view import View, Views
from projections.system_tree import SYSTEM_TREE
from wire.codec import MalformedBody
from wire.msgspec_codec import MsgspecCodec

_ONE = "SELECT * FROM {policies} WHERE category = ? AND name = ?"
_VERSIONS = "SELECT * FROM {policy_versions} WHERE policy_id = ? ORDER BY policy_version"
_VERSION = "SELECT * FROM {policy_versions} WHERE policy_id = ? AND policy_version = ?"
_codec = MsgspecCodec()


class Policies:
    """Reads `system_tree`."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def page(self, kind: str = POLICY, category: str | None = None) -> Page:
        """Policies that are there, by category and name; `kind` task: the tasks. Raises NotFound for no category."""

        def read(view: View) -> Page:
            tree = read_tree(view)
            check_known(view, tree, category)
            rows = [each for each in tree.policies.values() if each["kind"] == kind]
            items = [_listed(row, tree) for row in rows if category in (None, row["category"])]
            return Page(items, None, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name], read)

    def one(self, category: str, name: str, version: int | None = None) -> dict[str, Any]:
        """One policy or task with its settings, of a version or the newest. Raises NotFound."""

        def read(view: View) -> dict[str, Any]:
            row, tree = _row(view, category, name), read_tree(view)
            shown = _listed(row, tree) | {"deleted": bool(row["deleted"]), "revision": tree.revision}
            if version is not None:
                kept = _kept(view, row, version)
                written = {"written_at": time_text(kept["written_at_ms"]), "written_by": kept["written_by"]}
                shown |= {"version": version, "note": kept["note"], **written}
                row = row | {"content": kept["content"]}
            return shown | {"settings": settings_of(row["content"]), "position": view.position}

        return self._views.look([SYSTEM_TREE.name], read)

    def history(self, category: str, name: str) -> Page:
        """The versions of a policy, oldest first. Raises NotFound."""

        def read(view: View) -> Page:
            row = _row(view, category, name)
            items = [_version(each) for each in view.query(_VERSIONS, (row["policy_id"],))]
            return Page(items, None, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name], read)

    def difference(self, category: str, name: str, older: int, newer: int) -> dict[str, Any]:
        """What differs between two versions, as lines of a unified diff over their JSON. Raises NotFound."""

        def read(view: View) -> dict[str, Any]:
            row = _row(view, category, name)
            before, after = (_lines(_kept(view, row, each)["content"]) for each in (older, newer))
            lines = difflib.unified_diff(before, after, f"version {older}", f"version {newer}", lineterm="")
            return {"category": category, "name": name, "from": older, "to": newer, "lines": list(lines)}

        return self._views.look([SYSTEM_TREE.name], read)

    def categories(self) -> Page:
        """The categories that people defined, with their schemas."""

        def read(view: View) -> Page:
            rows = view.query("SELECT * FROM {policy_categories} WHERE NOT deleted ORDER BY category")
            items = [
                {
                    "category": row["category"],
                    "schema": json.loads(row["definition"]),
                    "defined_at": time_text(row["defined_at_ms"]),
                    "defined_by": row["defined_by"],
                }
                for row in rows
            ]
            return Page(items, None, view.position, view.stale)

        return self._views.look([SYSTEM_TREE.name], read)


def settings_of(content: bytes | None) -> dict[str, Any]:
    """The settings in stored bytes; empty for what is none."""
    try:
        found = _codec.decode(bytes(content or b""))
    except MalformedBody:
        return {}
    return found if isinstance(found, dict) else {}


def _row(view: View, category: str, name: str) -> Row:
    found = view.query(_ONE, (category, name))
    if not found:
        raise NotFound(f"There is no {_told_name(category, name)}.")
    return found[0]


def _told_name(category: str, name: str) -> str:
    return f"task {name!r}" if kind_of(category) == TASK else f"policy {name!r} of category {category!r}"


def _kept(view: View, row: Row, version: int) -> Row:
    found = view.query(_VERSION, (row["policy_id"], version))
    if not found:
        told = _told_name(row["category"], row["name"])
        raise NotFound(f"There is no version {version} of {told}: it has 1 to {row['policy_version']}.")
    return found[0]


def _listed(row: Row, tree: Tree) -> dict[str, Any]:
    task = kind_of(row["category"]) == TASK
    overriding = sum(
        any(choice.policy == row["name"] for choice in own[row["category"]].choices)
        for own in tree.overrides.values()
        if row["category"] in own
    )
    return {
        "category": row["category"].removeprefix(TASKS) if task else row["category"],
        "name": row["name"],
        "version": row["policy_version"],
        "note": row["note"],
        "written_at": time_text(row["written_at_ms"]),
        "written_by": row["written_by"],
        "assigned_at": tree.assigned_at(row["category"], row["name"]),
        "overrides": overriding,
        "policy_id": hex_text(row["policy_id"]),
    }


def _version(row: Row) -> dict[str, Any]:
    return {
        "version": row["policy_version"],
        "written_at": time_text(row["written_at_ms"]),
        "written_by": row["written_by"],
        "note": row["note"],
        "restores": row["restores"] or None,
        "position": row["position"],
    }


def _lines(content: bytes | None) -> list[str]:
    shown = json.dumps(settings_of(content), indent=2, sort_keys=True, default=lambda value: bytes(value).hex())
    return shown.splitlines()
