"""The evidence of one package of an agent: the bytes it signed, straight from the log."""

import re
from typing import Any

from eventsourcing.persistence import Notification

from domain import diary
from domain.ids import registration_stream
from projections.agents import AGENTS
from projections.call_ins import CALL_INS
from projections.database import Row
from projections.reports.call_ins import keys_of
from projections.reports.page import NotFound
from projections.reports.shown import hex_text, id_text, time_text
from projections.reports.view import View, Views
from store.log import EventLog
from store.mapper import EventMapper, Recorded, whole_header
from wire.evidence import Evidence
from wire.headers import AgentHeader
from wire.msgspec_codec import MsgspecCodec

_PLACE = re.compile(r"(n?)([0-9]{1,18})")
_NUMBERED = "SELECT subject_id, position FROM {{call_ins}} WHERE subject_id IN ({marks}) AND number = ?"


class NoEvidence(Exception):
    """This event has no package behind it: nobody signed it."""


class EvidenceReport:
    """Reads `agents` and `call_ins` for the way, then the log."""

    def __init__(self, views: Views, log: EventLog, mapper: EventMapper) -> None:
        self._views = views
        self._log = log
        self._mapper = mapper

    def one(self, ref: str, place: str) -> dict[str, Any]:
        """The package at a position of the log, or with `n` before it, of a number of the agent's newest diary.

        ``package`` is None when the personal part of the event was erased. Raises NotFound, Ambiguous, NoEvidence.
        """
        keys, position = self._views.look([AGENTS.name, CALL_INS.name], lambda view: _found(view, ref, place))
        event = self._event(position)
        key = next((each for each in keys if event and each["subject_id"] == event.meta.subject_id), None)
        if event is None or key is None:
            raise NotFound(f"Agent {ref!r} is there, but no package of it is at position {position} of the log.")
        fingerprint = bytes(key["registration_id"])
        kept = _kept(event, fingerprint)
        # A key that was offered is registered by a package of the one before it: who signed stands in the header.
        signer = AgentHeader.unpack(kept[1]).fingerprint if kept else fingerprint
        package = None if kept is None else Evidence(self._public_key(signer), *kept).document(MsgspecCodec())
        return {
            "position": event.position,
            "at": time_text(event.meta.recorded_at_ms),
            "topic": event.topic,
            "agent_id": id_text(key["agent_id"]),
            "name": key["name"],
            "registration_id": hex_text(signer),
            "handler": event.meta.handler,
            "erased": package is None,
            "package": package,
        }

    def _event(self, position: int) -> Recorded | None:
        rows = self._log.read(position - 1, 1)
        return self._mapper.decode(rows[0]) if rows and rows[0].id == position else None

    def _public_key(self, fingerprint: bytes) -> bytes:
        (first,) = self._log.stream(registration_stream(fingerprint), limit=1)
        row = Notification(first.originator_id, first.originator_version, first.topic, first.state, 0)
        return bytes(self._mapper.decode(row, personal=False).facts["public_key"])


def _found(view: View, ref: str, place: str) -> tuple[list[Row], int]:
    """The agent's keys and the position that is meant."""
    meant = _PLACE.fullmatch(place)
    keys = keys_of(view, ref)
    if meant is None:
        raise NotFound(f"{place!r} is no place of a package: a position of the log is, or n and a number.")
    number = int(meant[2])
    if not meant[1]:
        return keys, number
    marks = ", ".join("?" * len(keys))
    subjects = [key["subject_id"] for key in keys]
    rows = view.query(_NUMBERED.format(marks=marks), (*subjects, number))
    if not rows:
        raise NotFound(f"Agent {ref!r} is there, but no package number {number} is in its diary.")
    return keys, max(row["position"] for row in rows)


def _kept(event: Recorded, fingerprint: bytes) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Nonce, header, body and signature; None when they were erased."""
    if event.topic in diary.TOPICS:
        if event.personal is None:
            return None
        header = whole_header(event.facts["header"], fingerprint)
        return event.facts["nonce"], header, event.personal["body"], event.personal["signature"]
    if not event.topic.startswith("Registration."):
        raise NoEvidence(NoEvidence.__doc__)
    if event.personal is None:
        return None
    evidence = event.personal.get("evidence") or {}
    if not evidence:
        raise NoEvidence(NoEvidence.__doc__)
    return evidence["nonce"], evidence["header"], evidence["body"], evidence["signature"]
