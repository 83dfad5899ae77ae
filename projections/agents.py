"""What agents are there, when did each last call in, and what are its properties now?"""

import json

from domain import diary
from domain.agent import Agent, Status
from domain.diary import Decision
from domain.registration import Registration
from projections.claims import GREATEST, json_text, sort_key, text
from projections.database import Row
from projections.diary_content import content
from projections.projection import Projection
from projections.registration_status import searchable
from projections.rows import Rows
from store.mapper import Recorded
from wire.types import AgentType

WEEK_S = 7 * 24 * 3600

AGENTS = Projection(
    "agents",
    version=5,
    needs_personal=True,
    counters={"contacts": frozenset({"call_ins", "events_delivered"})},
)


@AGENTS.when(Registration.Requested)
def requested(event: Recorded, rows: Rows) -> None:
    """A key asked for registration; its agent's id was given."""
    home, registration_id = event.facts["agent_id"], event.facts["fingerprint"]
    key = rows.new("agent_keys", event.meta.subject_id)
    key.update(registration_id=registration_id, agent_id=_holder(rows, home), home_agent_id=home)
    key["used"] = not event.facts.get("replaces")
    _says(key, event)
    if event.facts.get("fork_key"):
        rows.change("agents", home)["fork_key"] = event.facts["fork_key"]
    _has(rows, key["agent_id"], event.meta.subject_id or 0)


@AGENTS.when(Registration.RequestRepeated)
def repeated(event: Recorded, rows: Rows) -> None:
    """A key asked again, perhaps with other claims: what an agent's keys said last is what it is."""
    key = rows.change("agent_keys", event.meta.subject_id)
    _says(key, event)
    _has(rows, key["agent_id"], event.meta.subject_id or 0)


@AGENTS.when(Agent.KeyJoined)
def key_joined(event: Recorded, rows: Rows) -> None:
    """A key of a merged agent is this agent's now."""
    subject_id, agent_id = event.facts["subject_id"], event.stream.bytes
    rows.change("agent_keys", subject_id)["agent_id"] = agent_id
    rows.update("agents", event.facts["from_agent_id"], merged=True, merged_into=agent_id)
    _has(rows, agent_id, subject_id)
    rows.change("agents", agent_id)["version"] = event.version


@AGENTS.when(Agent.KeyLeft)
def key_left(event: Recorded, rows: Rows) -> None:
    """A merge was undone: what this agent's other keys said last is what it is."""
    row = rows.change("agents", event.stream.bytes)
    kept = [each for each in json.loads(row["subject_ids"]) if each != event.facts["subject_id"]]
    row["subject_ids"], row["version"] = json.dumps(kept), event.version
    if event.facts.get("closed"):
        row["status"] = Status.FORKED.value
    if kept:
        _has(rows, event.stream.bytes, kept[-1])


@AGENTS.when(Agent.MergedInto)
def merged_into(event: Recorded, rows: Rows) -> None:
    """This agent is shown as the other one; it has no keys of its own."""
    rows.update("agents", event.stream.bytes, version=event.version, subject_ids="[]")


@AGENTS.when(Agent.Separated)
def separated(event: Recorded, rows: Rows) -> None:
    """An agent has its keys back and is an entry of its own again."""
    agent_id, status = event.stream.bytes, text(event.facts["status"])
    rows.update("agents", agent_id, merged=False, merged_into=None, status=status, version=event.version)
    for subject_id in event.facts["subject_ids"]:
        rows.change("agent_keys", subject_id)["agent_id"] = agent_id
        _has(rows, agent_id, subject_id)


def _holder(rows: Rows, agent_id: bytes) -> bytes:
    """The agent itself, or the one that has its keys now."""
    while (row := rows.change("agents", agent_id))["merged"]:
        agent_id = bytes(row["merged_into"])
    return agent_id


def _says(key: Row, event: Recorded) -> None:
    claimed = _claimed(event)
    key["claims"], key["name_key"] = json_text(claimed), claimed["name_key"]


def _has(rows: Rows, agent_id: bytes, subject_id: int) -> None:
    """Let this be the agent's present key, and the agent be what that key said; an offered key waits for its use."""
    row, key = rows.change("agents", agent_id), rows.change("agent_keys", subject_id)
    if not key["used"]:
        return
    others = [each for each in json.loads(row["subject_ids"]) if each != subject_id]
    row["subject_ids"] = json.dumps([*others, subject_id])
    row["subject_id"], row["registration_id"] = subject_id, key["registration_id"]
    row.update(json.loads(key["claims"]))


_STATUS_AFTER = {
    Agent.Introduced.TOPIC: Status.PENDING.value,
    Agent.Allowed.TOPIC: Status.ALLOWED.value,
    Agent.Blocked.TOPIC: Status.BLOCKED.value,
    Agent.Revoked.TOPIC: Status.REVOKED.value,
}


@AGENTS.when(Agent.Introduced, Agent.Allowed, Agent.Blocked, Agent.Revoked, Agent.TrustGranted)
def decided(event: Recorded, rows: Rows) -> None:
    """Somebody decided about an agent."""
    row = rows.change("agents", event.stream.bytes)
    row["status"] = _STATUS_AFTER.get(event.topic, row["status"])
    row["version"] = event.version
    if event.topic == Agent.Allowed.TOPIC:
        row["allowed_at_ms"] = event.meta.recorded_at_ms
    if event.facts.get("fork_of"):
        row["fork_of"], row["forked_at"] = event.facts["fork_of"], event.position


@AGENTS.when(Agent.Forked)
def forked(event: Recorded, rows: Rows) -> None:
    """Two machines used a key of this agent; without another key its entry is closed."""
    row, key = rows.change("agents", event.stream.bytes), rows.change("agent_keys", event.meta.subject_id)
    key["forked_at"] = event.position
    row["version"] = event.version
    if event.facts["closed"]:
        row["status"] = Status.FORKED.value


@AGENTS.when(Agent.KeyOffered, Agent.Branched)
def key_offered(event: Recorded, rows: Rows) -> None:
    """A key named its successor, or a machine came out of the agent: nothing about it changes."""
    rows.update("agents", event.stream.bytes, version=event.version)


@AGENTS.when(Agent.KeyReplaced)
def key_replaced(event: Recorded, rows: Rows) -> None:
    """The successor was used: it is the agent's key from now on, and the name that the old one gave is free."""
    for subject_id in json.loads(rows.change("agents", event.stream.bytes)["subject_ids"]):
        key = rows.change("agent_keys", subject_id)
        if bytes(key["registration_id"]) == event.facts["old"]:
            key["replaced"] = True
    rows.update("agents", event.stream.bytes, version=event.version)
    rows.update("agent_keys", event.meta.subject_id, used=True)
    _has(rows, event.stream.bytes, event.meta.subject_id or 0)


@AGENTS.when(diary.CALLED_IN, diary.CONTENT_REFUSED)
def called_in(event: Recorded, rows: Rows) -> None:
    """An agent called in."""
    _contact(event, rows)


@AGENTS.when(diary.EVENTS_DELIVERED)
def events_delivered(event: Recorded, rows: Rows) -> None:
    """An agent delivered events."""
    events = content(event).get("events")
    _contact(event, rows)["events_delivered"] += len(events) if isinstance(events, list) else 0


@AGENTS.when(diary.PROPERTIES_REPORTED)
def properties_reported(event: Recorded, rows: Rows) -> None:
    """An agent sent all its properties or what changed; a change that did not fit changes nothing."""
    _contact(event, rows)
    if event.facts["decision"] != Decision.ACCEPTED or event.personal is None:
        return
    said = content(event)
    if event.facts["type"] == AgentType.FULL_PROPS:
        row, held = rows.new("properties", event.meta.subject_id), said.get("properties")
    else:
        row = rows.change("properties", event.meta.subject_id)
        held = _changed(json.loads(row["properties"]), said)
    row["properties"] = json_text(held if isinstance(held, dict) else {})
    row["reported_at_ms"] = event.meta.recorded_at_ms


def _changed(held: Row, said: Row) -> Row:
    gone, changed = said.get("gone"), said.get("set")
    for name in gone if isinstance(gone, list) else ():
        if isinstance(name, str):
            held.pop(name, None)
    held.update(changed if isinstance(changed, dict) else {})
    return held


def _contact(event: Recorded, rows: Rows) -> Row:
    facts, meta = event.facts, event.meta
    row = rows.tally("contacts", meta.subject_id)
    row["call_ins"] += 1
    row["last_call_in_ms"] = meta.recorded_at_ms
    row["last_number"] = facts["number"]
    row["server_key_version"] = int.from_bytes(facts["header"][24:28], "big")
    if (agent_time := meta.agent_time_ms) is not None:
        row["clock_skew_ms"] = min(agent_time, GREATEST) - meta.recorded_at_ms
    row["last_handler"] = meta.handler
    if why := text(content(event).get("why"), 40):
        row["last_why"] = why
    if event.personal is not None:
        row["address"] = text(event.personal["address"])
    _rhythm(content(event).get("rhythm"), row)
    return row


def _rhythm(said: object, row: Row) -> None:
    """What an agent says of its interval is believed up to a week: no claim keeps it from being missed."""
    if isinstance(said, dict) and isinstance(interval_s := said.get("interval_s"), int):
        row["interval_s"] = min(max(interval_s, 1), WEEK_S)
        row["mode"] = text(said.get("mode"), 16)


def _claimed(event: Recorded) -> Row:
    claims, row = (event.personal or {}).get("claims") or {}, {}
    for column, claim in (("name", "name"), ("domain", "domain"), ("os", "os"), ("user_name", "user")):
        row[column] = text(claims.get(claim))
    row["name_key"] = sort_key(row["name"])
    row["address"] = text((event.personal or {}).get("address"))
    row["search"] = searchable(row)
    return row
