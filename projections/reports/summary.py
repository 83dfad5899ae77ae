"""The facts of an event as a timeline shows them: safe to print, no evidence, large things counted and named."""

from typing import Any

from domain import diary
from projections.claims import text
from projections.diary_content import content
from projections.reports.call_ins import decision_name
from projections.reports.shown import id_text, plain
from store.mapper import Recorded
from wire.types import type_name

MAX_NAMES = 50
_AGENT_IDS = frozenset({"agent_id", "from_agent_id", "to_agent_id", "fork_of"})
_HIDDEN = frozenset({"evidence", "public_key", "class_version"})

_IF_ANY = frozenset({"rule", "rested_on", "duplicate_of", "fork_of", "fork_key", "successor", "forked"})
"""Empty in most decisions and requests, and in all that has nothing to do with a fork."""


def summary(event: Recorded) -> dict[str, Any]:
    """What happened, in a few plain values."""
    if event.topic in diary.TOPICS:
        return _package(event)
    facts = {name: plain(value) for name, value in event.facts.items() if name not in _HIDDEN}
    facts = {name: value for name, value in facts.items() if value or name not in _IF_ANY}
    personal = event.personal or {}
    facts |= {name: plain(value) for name, value in (personal.get("claims") or {}).items()}
    if personal.get("address"):
        facts["address"] = personal["address"]
    for name in _AGENT_IDS & facts.keys():
        facts[name] = id_text(event.facts[name])
    return facts


def _package(event: Recorded) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": type_name(event.facts["type"]),
        "number": event.facts["number"],
        "decision": decision_name(event.facts["decision"]),
    }
    if event.personal is None:
        return facts
    said = content(event)
    facts |= {"address": event.personal["address"], "size": len(event.personal["body"])}
    if isinstance(said.get("why"), str):
        facts["why"] = text(said["why"], 40)
    if isinstance(said.get("properties"), dict):
        facts["properties"] = len(said["properties"])
    for name in ("set", "gone"):
        if isinstance(said.get(name), dict | list):
            facts[name] = sorted(text(each) for each in said[name] if isinstance(each, str))[:MAX_NAMES]
    if isinstance(said.get("events"), list):
        facts["events"] = len(said["events"])
    return facts
