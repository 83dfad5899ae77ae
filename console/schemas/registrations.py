"""The shapes of what the API says of registrations and their policy."""

from typing import Any

from pydantic import Field

from console.schemas.shape import Shape
from domain.agent import Status


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


class MergesWith(Shape):
    """The entry that a registration becomes one with when it is allowed."""

    registration_id: str
    agent_id: str
    name: str


class MergedEntry(Shape):
    """A registration that was merged into this entry; `split` makes it an entry of its own again."""

    registration_id: str
    home_agent_id: str = Field(description="The agent id it had, and has again after a split.")
    name: str
    first_request: str | None
    address: str


class ForkBranch(Shape):
    """A machine that came out of an entry whose key two machines used."""

    registration_id: str
    agent_id: str
    name: str
    status: Status
    first_request: str | None
    address: str


class RegistrationDetails(Registration):
    """A registration with what it is a duplicate of, what was merged into it, and the machines that came out of it."""

    duplicates: list[DuplicateOf]
    merges_with: MergesWith | None = Field(
        description="Allowed, it becomes one entry with this: an Allowed machine of the same resource keys."
    )
    merged_entries: list[MergedEntry]
    forks: list[ForkBranch]


class Policy(Shape):
    """What happens to a first request that nobody decided yet."""

    otherwise: str = Field(description="pending, allow-all or block-all.")
    duplicates: str = Field(description="pending: a duplicate is never allowed by the policy; or allow.")
    rules: list[dict[str, Any]]
    version: int = Field(description="The ETag; 0 when none was adopted yet.")
    decided_at: str | None
    decided_by: str | None


class BulkOutcome(Shape):
    """What became of the order about one registration."""

    registration_id: str
    name: str
    outcome: str = Field(description="done, unchanged, would ..., or the code of a refusal such as version_moved.")


class BulkDecided(Shape):
    """A decision about many."""

    count: int = Field(description="How many match and can be decided so: what `confirm` names.")
    outcomes: dict[str, int] = Field(description="How often each outcome.")
    others: dict[str, int] = Field(description="How many more match, by why they cannot be decided so.")
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
    used_by_name: str | None = Field(description="What its machine is called.")
    revoked_at: str | None
