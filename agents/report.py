"""What the agent prints: for people with foreign text escaped, for programs as JSON."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from agents.enforced import Enforced
from agents.meaning import meaning_of
from agents.outcome import Outcome, Result
from agents.state import State
from agents.tasks.book import Record
from wire.codec import Codec, MalformedBody
from wire.held import POLICY, REPOSITORIES, TASK, Item, Manifest

_REPOSITORY = ("name", "kind", "url", "priority", "fingerprint")

EXIT_CODES = {
    Outcome.ACCEPTED: 0,
    Outcome.FAILED: 1,
    Outcome.PENDING: 5,
    Outcome.REFUSED: 5,
    Outcome.UNREACHABLE: 6,
}


def escaped(text: str) -> str:
    """``text`` without anything a terminal would obey: control and formatting characters become escapes."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def iso(time_ms: int) -> str | None:
    """ISO 8601 in UTC; None for 0 and for times no calendar has."""
    if time_ms <= 0:
        return None
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def guid(agent_id: bytes) -> str | None:
    """An agent id as people write it; None before one was given."""
    return str(UUID(bytes=agent_id)) if len(agent_id) == 16 else None


def result_json(result: Result) -> str:
    """One call-in for programs."""
    return json.dumps(
        {
            "outcome": str(result.outcome),
            "reason": result.reason,
            "agent_id": guid(result.agent_id),
            "number": result.number,
            "server_time": iso(result.server_time_ms),
        }
    )


def result_text(result: Result, apart: str = "\n  ") -> str:
    """One call-in for people: a line, and after ``apart`` what its reason means."""
    parts = [f"call-in {result.outcome}"]
    if result.reason:
        parts.append(f"({escaped(result.reason)})")
    parts.append(f"agent={guid(result.agent_id) or '-'} number={result.number}")
    if result.handler:
        parts.append(f"handler={escaped(result.handler)}")
    if result.server_time_ms:
        parts.append(f"server_time={iso(result.server_time_ms)}")
    meaning = meaning_of(result.outcome, result.reason, guid(result.agent_id))
    return " ".join(parts) + (f"{apart}{meaning}." if meaning else "")


def status_plain(state: State, name: str, handlers: list[dict[str, Any]], undelivered: int) -> dict[str, Any]:
    """What `status` tells."""
    last, waiting = state.last, state.in_flight
    return {
        "agent_id": guid(state.agent_id),
        "name": name,
        "registration": str(state.standing),
        "last_call_in": last
        and {
            "at": iso(last.at_ms),
            "outcome": last.outcome,
            "reason": last.reason,
            "handler": last.handler,
            "server_time": iso(last.server_time_ms),
        },
        "undelivered_events": undelivered,
        "next_number": state.next_number,
        "in_flight": waiting and waiting.number,
        "interval_s": state.interval_s,
        "handlers": handlers,
    }


def policies_plain(enforced: Mapping[str, Enforced]) -> list[dict[str, Any]]:
    """What `status` tells of the policies that were last in force, one for each category."""
    return [
        {
            "category": category,
            "name": each.name,
            "version": each.version,
            "outcome": each.outcome,
            "detail": each.detail,
            "since": iso(each.since_ms),
        }
        for category, each in sorted(enforced.items())
    ]


def held_plain(
    manifest: Manifest | None, items: Iterable[tuple[Item, bytes]], ca_version: int, codec: Codec
) -> dict[str, Any]:
    """What `status` tells of what the server assigned: the manifest held, the repository list, the CA set believed."""
    lists = [content for item, content in items if item.kind == REPOSITORIES]
    all_items = manifest.items if manifest else ()
    return {
        "manifest": list(manifest.version) if manifest else None,
        "items": len(all_items),
        "assigned": [_assigned(each) for each in all_items if each.kind in (POLICY, TASK)],
        "repositories": [each for content in lists for each in _listed(content, codec)],
        "ca_set": ca_version,
    }


def _assigned(item: Item) -> dict[str, Any]:
    """One choice of a policy or task, in force now or not."""
    return {"category": item.category, "name": item.name, "version": item.version, "when": item.when}


def _listed(content: bytes, codec: Codec) -> list[dict[str, Any]]:
    try:
        return [{name: each[name] for name in _REPOSITORY} for each in codec.decode(content)[REPOSITORIES]]
    except (MalformedBody, KeyError, TypeError):
        return []


def tasks_plain(records: Iterable[Record]) -> list[dict[str, Any]]:
    """What `status` tells of the tasks that this agent has had, by name."""
    return [
        {
            "name": each.name,
            "running_since": each.running and iso(each.running.started_ms),
            "last_run": each.last
            and {
                "due": iso(each.last.due_ms),
                "ended": iso(each.last.ended_ms),
                "outcome": each.last.outcome,
                "exit": each.last.exit,
            },
            "next_run": iso(each.next_ms or 0),
        }
        for each in sorted(records, key=lambda each: (each.name, each.id))
    ]


def status_text(plain: dict[str, Any]) -> str:
    """``status_plain`` in lines for people."""
    last = plain["last_call_in"]
    told = f"{last['at']} {last['outcome']} {last['reason']}".rstrip() if last else "never"
    meaning = meaning_of(last["outcome"], last["reason"], plain["agent_id"]) if last else ""
    servers = ", ".join(f"{each['name']} at {each['host']}:{each['port']}" for each in plain["handlers"])
    rows = {
        "agent": plain["agent_id"] or "no id yet",
        "name": plain["name"] or "-",
        "registration": plain["registration"],
        "last call-in": told,
        **({"which means": f"{meaning}."} if meaning else {}),
        **({"server's time": f"{last['server_time']}, then"} if meaning and last["server_time"] else {}),
        "undelivered events": str(plain["undelivered_events"]),
        "next number": str(plain["next_number"]),
        "interval": f"{plain['interval_s']} s",
        "handlers": servers,
    }
    held = plain["held"]
    if held["manifest"]:
        rows["held"] = f"{held['items']} items of manifest {held['manifest'][0]}/{held['manifest'][1]}"
    rows["CA set"] = str(held["ca_set"] or "of the bootstrap file")
    if held["repositories"]:
        rows["repositories"] = ", ".join(f"{each['name']} at {each['url']}" for each in held["repositories"])
    lines = list(rows.items()) + [("policy", policy_text(each)) for each in plain["policies"]]
    lines += [("task", _task_text(each)) for each in plain["tasks"]]
    return "\n".join(f"{key + ':':<20}{escaped(value)}" for key, value in lines)


def _task_text(plain: dict[str, Any]) -> str:
    last, running = plain["last_run"], plain["running_since"]
    told = f"last run {last['outcome']} at {last['ended']}" if last else "never run"
    now = f", running since {running}" if running else ""
    return f"{plain['name']}, {told}{now}, next run {plain['next_run'] or '-'}"


def policy_text(plain: dict[str, Any]) -> str:
    """One policy of ``policies_plain`` in a line."""
    told = f"{plain['category']} = {plain['name']} version {plain['version']}, {plain['outcome']}"
    since = f" since {plain['since']}" if plain["since"] else ""
    return told + since + (f" ({plain['detail']})" if plain["detail"] else "")
