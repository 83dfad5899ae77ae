"""The shapes of what the API says of agents and what they said."""

from typing import Any

from pydantic import Field

from console.schemas.shape import Shape
from domain.agent import Status


class Agent(Shape):
    """A machine of the fleet."""

    agent_id: str
    name: str
    status: Status
    group: str = Field(description="Path of its group in the system tree.")
    registration_id: str | None
    domain: str
    os: str
    user: str
    address: str
    last_call_in: str | None
    last_number: int | None = Field(description="Of its last numbered package.")
    last_handler: str | None
    last_why: str | None = Field(description="interval, start, manual, wake-up, task or reconnect.")
    liveness: str | None = Field(description="on time, overdue or silent, by its own interval; null unless Allowed.")
    liveness_since: str | None = Field(description="Since when it is overdue or silent; null on time.")
    interval_s: int | None = Field(description="How often it calls in, as it said; null when it never did.")
    mode: str | None = Field(description="pull or push, as it said.")
    clock_skew_ms: int | None = Field(description="How far its clock is ahead of the server's.")
    call_ins: int
    events_delivered: int
    fork_of: str | None = Field(description="The agent it came out of, when two machines used that one's key.")
    version: int


class LivenessCounts(Shape):
    """How the allowed agents of the fleet keep to their intervals."""

    counts: dict[str, int] = Field(description="By state: on time, overdue, silent.")
    as_of: str | None = Field(description="The newest moment at which agents could be served: what was judged by.")
    resumed: str | None = Field(description="When agents could be served again after the last outage.")
    position: int
    stale: bool


class Held(Shape):
    """What an agent holds of what was assigned to it, by its own signed word: nothing else counts as delivered."""

    epoch: int
    position: int = Field(description="The manifest's version: that of the newest event it rests on. 0: none whole.")
    items: dict[str, int] = Field(description="Version by item id.")
    since: str | None = Field(description="When it first said so.")


class AgentDetails(Agent):
    """A machine with everything it reported last."""

    properties: dict[str, Any] = Field(description="Exactly as the agent sent them.")
    properties_at: str | None
    held: Held | None = Field(description="What it said last that it holds; null when it never held anything.")


class TimelineEntry(Shape):
    """One event about an agent."""

    position: int = Field(description="In the log.")
    at: str
    topic: str
    who: str = Field(description="agent, operator:NAME, rule:NAME, setup or maintenance.")
    handler: str | None
    cause: str | None
    agent_time: str | None
    shared_from: str | None = Field(description="The agent this one is a fork of, whose past this is; else null.")
    facts: dict[str, Any]


class Evidence(Shape):
    """One package as its agent signed it. `package` has everything that verifies it."""

    position: int = Field(description="In the log.")
    at: str
    topic: str
    agent_id: str
    name: str | None
    registration_id: str = Field(description="Fingerprint of the key, SHA-256 in hex.")
    handler: str | None
    erased: bool = Field(description="The personal part was erased: the package is gone for good.")
    package: dict[str, Any] | None = Field(
        description="key, nonce, header_bytes, body_bytes, signature in hex; algorithm, header, body spelled out."
    )


class CallIn(Shape):
    """One numbered package of an agent."""

    position: int = Field(description="In the log.")
    at: str
    agent_id: str | None
    name: str | None
    registration_id: str | None
    number: int
    type: str
    why: str | None
    handler: str | None
    decision: str
    agent_time: str | None


class AgentEvent(Shape):
    """An event that an agent kept and delivered."""

    position: int = Field(description="In the log.")
    at: str = Field(description="When it was delivered.")
    agent_id: str | None
    name: str | None
    registration_id: str | None
    event_id: str | None
    type: str
    time: str | None = Field(description="When it happened, by the agent's clock.")
    data: Any
