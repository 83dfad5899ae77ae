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
    ignored_keys: list[str] = Field(description="Kinds of those that tell nothing: many machines share them.")
    duplicate_of: list[str] = Field(description="Earlier registrations that named one of its resource keys.")
    merged_into: str | None = Field(description="The registration whose entry this one is part of.")
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
    forked_at: str | None = Field(description="Since when two machines are known to use its key: it is lost to both.")
    fork_number: int | None = Field(description="The number under which both signed.")
    fork_of: str | None = Field(description="The agent whose forked key vouched for this one.")
    version: int = Field(description="The ETag: what a decision rests on.")
    left_the_list: bool = Field(description="Blocked, and silent for so long that lists leave it out.")
    actions: list[str] = Field(description="Decisions that are legal now: allow, block, revoke, merge, split.")


class DuplicateOf(Shape):
    """An earlier registration with a resource key of this one, and what its last call-in tells."""

    registration_id: str
    agent_id: str
    name: str
    status: Status
    last_call_in: str | None
    evidence: str = Field(
        description="another_machine: it called in after this one had asked; reinstalled: it is silent since;"
        " never_called_in; merged: it is the same entry; forked: this one is a branch of it."
    )


class ForkBranch(Shape):
    """A machine that came out of an entry whose key two machines used."""

    registration_id: str
    agent_id: str
    name: str
    status: Status
    first_request: str | None
    address: str


class RegistrationDetails(Registration):
    """A registration with what it is a duplicate of, and the machines that came out of it."""

    duplicates: list[DuplicateOf]
    forks: list[ForkBranch]


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


class ServerKey(Shape):
    """One generation of the server key."""

    version: int
    algorithm: str
    state: str = Field(description="created, imported (neither can answer yet), current, live, retired or deleted.")
    agents: int = Field(description="Allowed agents that held none newer at their last call-in: they rely on it.")
    created_at: str | None
    created_by: str | None
    activated_at: str | None
    retired_at: str | None
    until: str | None = Field(description="As its certificate says, or is to say.")
    minimum_version: int | None = Field(description="Agents that hold its certificate believe no older version.")
    fingerprint: str
    origin: str = Field(description="founded, created or imported.")
    request: str | None = Field(description="What the root key is to sign, in hex; null once it has.")
    reason: str | None = Field(description="Why it was retired.")


class KeyPolicy(Shape):
    """How strong agents' keys must be."""

    minimum: str
    version: int
    decided_at: str | None
    decided_by: str | None
    below: int = Field(description="Allowed registrations with a weaker key.")
    below_by_algorithm: dict[str, int]
    position: int


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
    duplicates: str = Field(description="pending: a duplicate is never allowed by the policy; or allow.")
    rules: list[dict[str, Any]]
    version: int = Field(description="The ETag; 0 when none was adopted yet.")
    decided_at: str | None
    decided_by: str | None


class ServerList(Shape):
    """Which agent handlers agents go to."""

    servers: list[dict[str, Any]] = Field(description="name, host, port, priority; lower priorities first.")
    version: int = Field(description="The ETag; 0 while agents have their bootstrap's alone.")
    decided_at: str | None
    decided_by: str | None


class RepositoryList(Shape):
    """Where agents get content."""

    repositories: list[dict[str, Any]] = Field(description="name, kind, url, priority, fingerprint.")
    version: int = Field(description="The ETag; 0 when none was set yet.")
    decided_at: str | None
    decided_by: str | None


class Authorities(Shape):
    """Whose TLS certificates agents believe."""

    ca_version: int = Field(description="Of the set; 0 while agents have their bootstrap's.")
    version: int = Field(description="The ETag.")
    certificates: list[dict[str, Any]] = Field(description="name, until, serial of each CA.")
    published_at: str | None
    published_by: str | None
    request: str | None = Field(description="What the root key is to sign; null when nothing waits.")
    agents: int = Field(description="Allowed agents that hold this set by their own signed word.")
    agents_in_all: int = Field(description="Allowed agents.")


class BulkOutcome(Shape):
    """What became of the order about one registration."""

    registration_id: str
    name: str
    outcome: str = Field(description="done, unchanged, would ..., or the code of a refusal such as version_moved.")


class BulkDecided(Shape):
    """A decision about many."""

    count: int = Field(description="How many match and can be decided so: what `confirm` names.")
    outcomes: dict[str, int] = Field(description="How often each outcome.")
    items: list[BulkOutcome]


class DryRunDifference(Shape):
    """A first request about which the policy would have decided otherwise."""

    registration_id: str
    name: str
    first_request: str
    then: str = Field(description="What the policy said then: allow, block or pending.")
    then_by: str | None = Field(description="rule:NAME.")
    now: str = Field(description="What the tried policy says.")
    now_by: str | None
    rested_on: list[str] = Field(description="Kinds of claims the tried rule looked at.")
    duplicate: bool = Field(description="Kept pending because another machine had named its resource keys.")


class DryRun(Shape):
    """A part of the recorded first requests under another policy."""

    items: list[DryRunDifference]
    next: str | None = Field(description="Cursor of the next part; null on the last.")
    position: int = Field(description="Position in the log up to which this answer is true.")
    total: int = Field(description="First requests there are in all.")
    requests: int = Field(description="First requests in this part.")
    same: int
    different: int
    unknown: int = Field(description="Their claims were erased.")
    bypassed: int = Field(description="Decided by something else than the policy.")


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


class InstallTicket(Shape):
    """A ticket that lets one agent in; its seed is nowhere."""

    ticket_id: str
    state: str = Field(description="open, used, revoked or expired.")
    bound_to: str | None = Field(description="The registration whose machine it reinstalls.")
    issued_at: str | None
    issued_by: str | None
    expires_at: str | None
    used_at: str | None
    used_by: str | None = Field(description="The registration that was let in with it.")
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
