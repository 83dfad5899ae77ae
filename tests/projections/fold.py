"""What the reports must say, folded from the log event by event with plain dictionaries and nothing of the product's
projections: slow, simple, obviously right."""

import json
from typing import Any
from uuid import UUID

from store.log import EventLog
from store.mapper import EventMapper, Recorded
from wire.msgspec_codec import MsgspecCodec
from wire.packages import decode_body
from wire.types import AgentType

_STATUS = {"Agent.Allowed": "Allowed", "Agent.Blocked": "Blocked", "Agent.Revoked": "Revoked"}


class Fold:
    """Registrations by registration id, agents by agent id, call-ins and timelines as lists."""

    def __init__(self, log: EventLog, mapper: EventMapper) -> None:
        self.registrations: dict[str, dict[str, Any]] = {}
        self.agents: dict[str, dict[str, Any]] = {}
        self.call_ins: list[tuple[int, str, int]] = []
        self._subjects: dict[int | None, str] = {}
        for row in log.read(0, 100_000):
            event = mapper.decode(row)
            if event.topic.startswith("Registration."):
                self._registration(event)
            elif event.topic.startswith("Agent."):
                self._agent(event)
            elif event.topic.startswith("Diary."):
                self._diary(event)

    def _registration(self, event: Recorded) -> None:
        personal = event.personal or {}
        if event.topic == "Registration.Requested":
            agent_id = str(UUID(bytes=event.facts["agent_id"]))
            self._subjects[event.meta.subject_id] = agent_id
            agent = self._of(agent_id)
            agent["registration_id"] = event.facts["fingerprint"].hex()
            self.registrations[agent_id] = {"requests": 0, "refused_reason": None}
        agent_id = self._subjects[event.meta.subject_id]
        self._of(agent_id)["timeline"].append(event.position)
        registration = self.registrations[agent_id]
        if event.topic == "Registration.PackageRefused":
            registration["refused_reason"] = event.facts["reason"]
        else:
            registration["requests"] += 1
            registration["name"] = self._of(agent_id)["name"] = personal["claims"]["name"]

    def _agent(self, event: Recorded) -> None:
        agent = self._of(str(event.stream))
        agent["timeline"].append(event.position)
        agent["version"] = event.version
        if event.topic == "Agent.TrustGranted":
            agent["trusted"] = True
        elif event.topic in _STATUS:
            agent["trusted"] = event.topic == "Agent.Allowed" and agent["status"] == "Pending"
            agent["status"] = _STATUS[event.topic]
            agent["decided_by"], agent["reason"] = event.meta.who, event.facts["reason"]

    def _diary(self, event: Recorded) -> None:
        agent_id = self._subjects[event.meta.subject_id]
        agent = self._of(agent_id)
        agent["timeline"].append(event.position)
        agent["call_ins"] += 1
        agent["last_number"] = event.facts["number"]
        self.call_ins.append((event.position, agent_id, event.facts["number"]))
        try:
            said = decode_body(MsgspecCodec(), event.facts["flags"], (event.personal or {})["body"])
        except Exception:
            return
        agent["events_delivered"] += len(said.get("events", []))
        if event.facts["decision"] != 1:
            return
        if event.facts["type"] == AgentType.FULL_PROPS:
            agent["properties"] = json.loads(json.dumps(said["properties"]))
        elif event.facts["type"] == AgentType.INC_PROPS:
            for name in said["gone"]:
                agent["properties"].pop(name, None)
            agent["properties"].update(said["set"])

    def _of(self, agent_id: str) -> dict[str, Any]:
        new = {
            "status": "Pending",
            "trusted": False,
            "decided_by": None,
            "reason": None,
            "call_ins": 0,
            "events_delivered": 0,
            "last_number": None,
            "properties": {},
            "timeline": [],
        }
        return self.agents.setdefault(agent_id, new)
