"""Who asked for registration, what was decided, by whom, and what is still to be decided?"""

import json
from typing import Any

from domain.agent import Agent, Status
from domain.registration import Registration
from projections.claims import GREATEST, json_text, sort_key, text, texts
from projections.database import Row
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

REGISTRATION_STATUS = Projection("registration_status", version=6, needs_personal=True)
_SHARED = ("status", "trusted", "version", "decided_at_ms", "decided_by", "reason", "was_revoked", "apart")
"""What a registration shows of the decision about its agent."""
_WHO_DECIDED = ("decided_at_ms", "decided_by", "reason")

KEY_LENGTH = 64
"""What is looked up and may be long is cut to this for the indexes."""


@REGISTRATION_STATUS.when(Registration.Requested)
def requested(event: Recorded, rows: Rows) -> None:
    """A key asked for the first time."""
    agent_id, subject_id = event.facts["agent_id"], event.meta.subject_id
    row = rows.new("registrations", subject_id)
    row["registration_id"], row["agent_id"], row["home_agent_id"] = event.facts["fingerprint"], agent_id, agent_id
    row["replaces"] = event.facts.get("replaces") or None
    row["used"] = row["replaces"] is None
    row["fork_of"] = event.facts.get("fork_of") or None
    row["algorithm"] = text(event.facts["algorithm"])
    row["first_request_ms"] = event.meta.recorded_at_ms
    _claimed(row, event, rows)
    decision = rows.change("decisions", agent_id)
    decision["subject_ids"] = json.dumps([*json.loads(decision["subject_ids"]), subject_id])
    if not event.facts.get("replaces"):  # An offered key stands for its agent when it is used.
        decision["registration_id"] = event.facts["fingerprint"]
    _follow(row, decision)


@REGISTRATION_STATUS.when(Registration.RequestRepeated)
def repeated(event: Recorded, rows: Rows) -> None:
    """A key asked again."""
    row = rows.change("registrations", event.meta.subject_id)
    _claimed(row, event, rows)
    row["quiet_since_ms"] = quiet_since_ms(row)


@REGISTRATION_STATUS.when(Registration.PackageRefused)
def refused(event: Recorded, rows: Rows) -> None:
    """A package of this key was refused."""
    reason = text(event.facts["reason"])
    rows.update("registrations", event.meta.subject_id, refused_reason=reason, refused_at_ms=event.meta.recorded_at_ms)


@REGISTRATION_STATUS.when(Agent.Introduced)
def introduced(event: Recorded, rows: Rows) -> None:
    """Nobody decided yet."""
    apart = bool(event.facts.get("fork_of"))
    _decided(event, rows, status=Status.PENDING.value, trusted=False, apart=apart)


@REGISTRATION_STATUS.when(Agent.Allowed)
def allowed(event: Recorded, rows: Rows) -> None:
    """Let in: at once from Pending, otherwise at the next request."""
    decision = rows.get("decisions", event.stream.bytes)
    from_pending = decision is None or decision["status"] == Status.PENDING
    _decided(event, rows, status=Status.ALLOWED.value, trusted=from_pending, **_by(event))


@REGISTRATION_STATUS.when(Agent.TrustGranted)
def trust_granted(event: Recorded, rows: Rows) -> None:
    """The request that an allowed agent waited for has come."""
    _decided(event, rows, trusted=True)


@REGISTRATION_STATUS.when(Agent.Blocked)
def blocked(event: Recorded, rows: Rows) -> None:
    """Kept out."""
    _decided(event, rows, status=Status.BLOCKED.value, trusted=False, **_by(event))


@REGISTRATION_STATUS.when(Agent.Revoked)
def revoked(event: Recorded, rows: Rows) -> None:
    """Trust withdrawn, of every machine that was merged in as well."""
    _decided(event, rows, status=Status.REVOKED.value, trusted=False, was_revoked=True, **_by(event))
    for row in _rows_of(event.stream.bytes, rows):
        rows.change("decisions", row["home_agent_id"])["was_revoked"] = True


@REGISTRATION_STATUS.when(Agent.KeyJoined)
def key_joined(event: Recorded, rows: Rows) -> None:
    """A registration is an agent's together with another from now on: one entry."""
    subject_id = event.facts["subject_id"]
    _move(rows, subject_id, event.facts["from_agent_id"], event.stream.bytes)
    _belongs(rows, subject_id, event.stream.bytes)
    _decided(event, rows)


@REGISTRATION_STATUS.when(Agent.KeyLeft)
def key_left(event: Recorded, rows: Rows) -> None:
    """A merge was undone; what was decided against both, and by whom, concerns both."""
    giver, taker = event.stream.bytes, event.facts["to_agent_id"]
    _move(rows, event.facts["subject_id"], giver, taker)
    against = rows.change("decisions", giver)
    if against["status"] in (Status.BLOCKED, Status.REVOKED):
        rows.update("decisions", taker, **{name: against[name] for name in _WHO_DECIDED})
    if event.facts.get("closed"):
        against["status"], against["trusted"] = Status.FORKED.value, False
    _decided(event, rows)


@REGISTRATION_STATUS.when(Agent.MergedInto)
def merged_into(event: Recorded, rows: Rows) -> None:
    """What was decided about the agent is kept for the day the merge is undone."""
    _decided(event, rows)


@REGISTRATION_STATUS.when(Agent.Separated)
def separated(event: Recorded, rows: Rows) -> None:
    """An agent has its keys back."""
    for subject_id in event.facts["subject_ids"]:
        _belongs(rows, subject_id, event.stream.bytes)
    status, trusted = text(event.facts["status"]), bool(event.facts["trusted"])
    _decided(event, rows, status=status, trusted=trusted, apart=True)


def _move(rows: Rows, subject_id: int, giver: bytes, taker: bytes) -> None:
    for agent_id, takes in ((giver, False), (taker, True)):
        decision = rows.change("decisions", agent_id)
        kept = [each for each in json.loads(decision["subject_ids"]) if each != subject_id]
        decision["subject_ids"] = json.dumps([*kept, subject_id] if takes else kept)


def _belongs(rows: Rows, subject_id: int, agent_id: bytes) -> None:
    row, decision = rows.change("registrations", subject_id), rows.change("decisions", agent_id)
    row["agent_id"] = agent_id
    row["merged_into"] = decision["registration_id"] if row["home_agent_id"] != agent_id else None
    _stand(row)


def _stand(row: Row) -> None:
    """A machine is one entry of lists: not the keys it does not use, nor what was merged into it."""
    row["merged"] = row["merged_into"] is not None or row["replaced_by"] is not None or not row["used"]


@REGISTRATION_STATUS.when(Agent.KeyOffered)
def key_offered(event: Recorded, rows: Rows) -> None:
    """A key named its successor; both are good. One that it named before is good for nothing any more."""
    old, new = event.facts["old"], event.facts["new"]
    spoke = rows.get("registrations", event.meta.subject_id)
    assert spoke is not None
    for row in _rows_of(spoke["home_agent_id"], rows):
        if _is(row, new):  # It came with the home of the old key; it goes where that is now.
            _move(rows, row["subject_id"], row["home_agent_id"], event.stream.bytes)
            _belongs(rows, row["subject_id"], event.stream.bytes)
    for row in _rows_of(event.stream.bytes, rows):
        if _is(row, new):
            row["migrated"] = event.facts.get("migrated", False)
        elif row["replaces"] is not None and bytes(row["replaces"]) == old:
            row["replaced_by"] = new
    _decided(event, rows)


@REGISTRATION_STATUS.when(Agent.KeyReplaced)
def key_replaced(event: Recorded, rows: Rows) -> None:
    """The successor was used: the key before it is good for nothing any more."""
    old, new = event.facts["old"], event.facts["new"]
    for row in _rows_of(event.stream.bytes, rows):
        if _is(row, old):
            row["replaced_by"] = new
            rows.change("decisions", row["home_agent_id"])["registration_id"] = new
        elif _is(row, new):
            row["used"] = True
        _stand(row)
    _decided(event, rows)


@REGISTRATION_STATUS.when(Agent.Forked)
def forked(event: Recorded, rows: Rows) -> None:
    """A key is lost, with the successor it had offered, and perhaps its agent's entry with it."""
    for fingerprint in filter(None, (event.facts["fingerprint"], event.facts["successor"])):
        for row in (each for each in _rows_of(event.stream.bytes, rows) if _is(each, fingerprint)):
            row["forked_at_ms"], row["fork_number"] = event.meta.recorded_at_ms, event.facts["number"]
    closed = {"status": Status.FORKED.value, "trusted": False} if event.facts["closed"] else {}
    _decided(event, rows, **closed)


@REGISTRATION_STATUS.when(Agent.Branched)
def branched(event: Recorded, rows: Rows) -> None:
    """A machine came out of the agent; its own registration says so."""
    _decided(event, rows)


def _rows_of(agent_id: bytes, rows: Rows) -> list[Row]:
    """The registrations of an agent's keys, to be changed."""
    decision = rows.change("decisions", agent_id)
    return [rows.change("registrations", subject_id) for subject_id in json.loads(decision["subject_ids"])]


def _is(row: Row, fingerprint: bytes) -> bool:
    return bytes(row["registration_id"]) == fingerprint


def _by(event: Recorded) -> Row:
    reason = text(event.facts["reason"], 1000)
    return {"decided_at_ms": event.meta.recorded_at_ms, "decided_by": text(event.meta.who), "reason": reason}


def _decided(event: Recorded, rows: Rows, **changes: Any) -> None:
    decision = rows.change("decisions", event.stream.bytes)
    decision.update(changes, version=event.version)
    for subject_id in json.loads(decision["subject_ids"]):
        _follow(rows.change("registrations", subject_id), decision)


def _follow(row: Row, decision: Row) -> None:
    row.update({name: decision[name] for name in _SHARED})
    if row["forked_at_ms"] is not None and row["merged"]:  # Its agent lives on by another key; this one does not.
        row["status"], row["trusted"] = Status.FORKED.value, False
    row["decided_key"] = sort_key(text(row["decided_by"], KEY_LENGTH))[:KEY_LENGTH]
    row["quiet_since_ms"] = quiet_since_ms(row)


def quiet_since_ms(row: Row) -> int:
    """Since when a Blocked machine has neither asked nor been decided about; never for what stays in the list."""
    if row["status"] != Status.BLOCKED or row["was_revoked"]:
        return GREATEST
    return max(row["last_request_ms"] or 0, row["decided_at_ms"] or 0)


def _claimed(row: Row, event: Recorded, rows: Rows) -> None:
    claims = (event.personal or {}).get("claims") or {}
    for column, claim in (("name", "name"), ("domain", "domain"), ("os", "os"), ("user_name", "user")):
        row[column] = text(claims.get(claim))
    row["name_key"] = sort_key(row["name"])
    row["domain_key"] = sort_key(row["domain"][:KEY_LENGTH])[:KEY_LENGTH]
    row["addresses"] = json_text(texts(claims.get("addresses")))
    keys = claims.get("resource_keys")
    keys = keys if isinstance(keys, dict) else {}
    _named(row, json.loads(row["resource_keys"]), keys, rows)
    row["resource_keys"] = json_text(keys)
    row["ignored_keys"] = json_text(texts((event.personal or {}).get("ignored_keys")))
    duplicate_of = [bytes(each).hex() for each in event.facts.get("duplicate_of") or ()]
    if duplicate_of:
        row["duplicate_of"], row["duplicate"] = json.dumps(duplicate_of), True
    row["address"] = text((event.personal or {}).get("address"), KEY_LENGTH)
    row["last_request_ms"] = event.meta.recorded_at_ms
    row["requests"] += 1
    row["search"] = searchable(row)


def _named(row: Row, before: dict[str, Any], keys: dict[str, Any], rows: Rows) -> None:
    for kind in sorted({text(each) for each in (*before, *keys)}):
        value = sort_key(text(keys.get(kind)))
        place = f"{row['subject_id']}/{kind}"
        rows.update("named_keys", place, registration_id=row["registration_id"], value_key=value)


def searchable(row: Row) -> str:
    """What people look for, in one text short enough for an index of either database."""
    words = [row["name"][:64], row["domain"][:64], row["os"][:40], row["user_name"][:40], row["address"][:40]]
    return text("\n".join(words).casefold())
