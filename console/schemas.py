"""The shapes of the API's documents: what the OpenAPI document says and which columns a CSV has, in this order."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from domain.agent import Status


class Shape(BaseModel):
    """Fields may be added; a client ignores those it does not know."""

    model_config = ConfigDict(extra="allow")


Row = TypeVar("Row", bound=Shape)


class ListOf(Shape, Generic[Row]):
    """One page of a list."""

    items: list[Row]
    next: str | None = Field(description="Cursor of the next page; null on the last.")
    position: int = Field(description="Position in the log up to which this answer is true.")
    stale: bool = Field(False, description="Present and true when the log was further than this already.")


class Registration(Shape):
    """A key that asked for registration, and what was decided. What the machine says of itself is a claim."""

    registration_id: str = Field(description="Fingerprint of the key, SHA-256 in hex.")
    agent_id: str = Field(description="Given at the first request; also while Pending.")
    name: str
    domain: str
    os: str
    user: str
    addresses: list[str] = Field(description="As the machine says.")
    address: str = Field(description="As the agent handler saw it.")
    resource_keys: dict[str, str]
    status: Status
    trusted: bool = Field(description="Allowed, and trust granted: may do more than ask.")
    waits_for_request: bool = Field(description="Allowed; the trust comes with the next registration request.")
    algorithm: str
    first_request: str | None
    last_request: str | None
    requests: int
    decided_at: str | None
    decided_by: str | None
    reason: str | None
    refused_reason: str | None = Field(description="Of the last package that was refused.")
    refused_at: str | None
    replaces: str | None = Field(description="The key that named this one as its successor.")
    replaced_by: str | None = Field(description="The key that took its place: this one is good for nothing any more.")
    migrated: bool = Field(description="Taken over from a key too weak to authorise, in a migration window.")
    version: int = Field(description="The ETag: what a decision rests on.")
    actions: list[str] = Field(description="Decisions that are legal now: allow, block, revoke.")


class MigrationWindow(Shape):
    """While it is open, an RSA-1024 key may hand over to a strong one, once."""

    until: str | None = Field(description="Null when it is closed or never was open; it closes by itself.")
    reason: str | None
    version: int
    decided_at: str | None
    decided_by: str | None
    position: int


class Agent(Shape):
    """A machine of the fleet."""

    agent_id: str
    name: str
    status: Status
    registration_id: str | None
    domain: str
    os: str
    user: str
    address: str
    last_call_in: str | None
    last_number: int | None = Field(description="Of its last numbered package.")
    last_handler: str | None
    last_why: str | None = Field(description="interval, start, manual, wake-up or task.")
    clock_skew_ms: int | None = Field(description="How far its clock is ahead of the server's.")
    call_ins: int
    events_delivered: int
    version: int


class AgentDetails(Agent):
    """A machine with everything it reported last."""

    properties: dict[str, Any] = Field(description="Exactly as the agent sent them.")
    properties_at: str | None


class TimelineEntry(Shape):
    """One event about an agent."""

    position: int = Field(description="In the log.")
    at: str
    topic: str
    who: str = Field(description="agent, operator:NAME, rule:NAME, setup or maintenance.")
    handler: str | None
    cause: str | None
    agent_time: str | None
    facts: dict[str, Any]


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


class Policy(Shape):
    """What happens to a first request that nobody decided yet."""

    otherwise: str = Field(description="pending, allow-all or block-all.")
    rules: list[dict[str, Any]]
    version: int = Field(description="The ETag; 0 when none was adopted yet.")
    decided_at: str | None
    decided_by: str | None


class Rebuild(Shape):
    """A projection that is being built anew."""

    position: int
    percent: float
    started_at: str | None


class Projection(Shape):
    """A report that is built from the log, and how far it has got."""

    name: str
    version: int
    position: int
    head: int = Field(description="Position of the newest event in the log.")
    lag_events: int
    lag_s: float
    parked: int = Field(description="Events it could not take, and later ones of the same agents.")
    rebuilding: Rebuild | None


class AgentHandler(Shape):
    """A process that agents talk to."""

    handler: str
    started_at: str | None
    announced: str | None
    starts: int


class Token(Shape):
    """A bearer token of an operator; the secret is nowhere."""

    token_id: str
    name: str
    role: str
    issued_at: str | None
    issued_by: str | None
    expires_at: str | None
    last_used_at: str | None = Field(description="Noted once a day.")
    revoked: bool
    revoked_at: str | None


class Counts(Shape):
    """How many registrations have each status."""


class Identity(Shape):
    """The token that asks."""

    token_id: str
    name: str
    role: str
    expires_at: str | None


def columns(row: type[Shape]) -> tuple[str, ...]:
    """The columns of a CSV of such rows."""
    return tuple(row.model_fields)
