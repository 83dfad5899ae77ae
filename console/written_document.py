"""The desired state written as a file of TOML: each entry a table of its own, so that people can add and take some."""

import json
import re
from collections.abc import Mapping
from typing import Any

from console.document_file import JSON_ENDING
from console.printable import printable

_NOT_INLINE = {"": " " * 200}
"""What the writer of TOML does not put into one line: beside it no other entry stands in one either."""
_AGENT = re.compile(r'^agent = "([^"]*)"$', re.MULTILINE)


def document_text(document: Mapping[str, Any]) -> str:
    """The document as a file; an agent that is assigned something is named beside its id, by ``agent_names``."""
    import tomli_w

    names = document.get("agent_names") or {}
    tables = {name: value for name, value in document.items() if isinstance(value, list)}
    head = {name: document[name] for name in ("revision",) if document.get(name) is not None}
    # Of a deployment without anything: a file that says so, and not one that says nothing.
    empty: dict[str, list[Any]] = {} if any(tables.values()) else {"group": []}
    written = [tomli_w.dumps(head | empty), *(_table(name, entries) for name, entries in tables.items() if entries)]
    return "\n".join(each if not names else _named(each, names) for each in written if each)


def _table(name: str, entries: list[Any]) -> str:
    import tomli_w

    text = tomli_w.dumps({name: [*map(_to_toml, entries), _NOT_INLINE]})
    return text[: text.rindex(f"\n[[{name}]]\n")]


def _named(text: str, names: Mapping[str, str]) -> str:
    def comment(found: re.Match[str]) -> str:
        return f"{found[0]}  # {printable(names[found[1]])}" if names.get(found[1]) else found[0]

    return _AGENT.sub(comment, text) if text.startswith("[[assignment]]") else text


def _to_toml(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {
        (name if not _has_null(value) else name + JSON_ENDING): (value if not _has_null(value) else json.dumps(value))
        for name, value in entry.items()
    }


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None
