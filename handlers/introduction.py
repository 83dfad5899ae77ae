"""A key that nobody knew: registered, given its agent's id, and decided by its ticket or by the policy."""

from typing import Any, NamedTuple
from uuid import UUID

from domain.agent import Agent, Status
from domain.install_ticket import InstallTicket
from domain.registration import Registration
from domain.registration_policy import Decided
from domain.registration_rules import Applicant
from handlers.batch import Batch, Cause
from handlers.forks import Fork, branched
from handlers.incoming import Incoming, by_agent
from handlers.install_tickets import redeem
from handlers.key_strength import TOO_WEAK
from handlers.known_key import KnownKey
from handlers.memory import claims_digest
from handlers.merging import merge_when_both_allowed
from handlers.resource_index import Found, look_up
from handlers.sorting import sort_by_claims
from wire.keys import PublicKey
from wire.refusals import Reason


class NewKey(NamedTuple):
    """A verified first request: what came, by which key, with which claims, what was found of its ticket and fork."""

    incoming: Incoming
    key: PublicKey
    algorithms: list[str]
    claims: dict[str, Any]
    ticket: InstallTicket | Reason | None
    fork: Fork | None = None


def introduce(new: NewKey, batch: Batch) -> KnownKey:
    """Record the registration and its agent, decide about it, and remember the key."""
    fingerprint = new.key.fingerprint
    subject_id = batch.new_subject(fingerprint)
    found = look_up(new.claims, fingerprint, batch)
    registration, agent = _recorded(new, subject_id, found, batch)
    applicant = Applicant.of(new.claims, new.incoming.received.address)
    decided = batch.policy().terms.judge(applicant, duplicate=bool(found.duplicate_of))
    ticket = new.ticket if isinstance(new.ticket, InstallTicket) and not new.ticket.used_by else None
    if ticket is None:
        _decide_first(registration, agent, decided, batch)
    known = _remembered(new, subject_id, agent, batch)
    if ticket is not None and not redeem(ticket, agent, registration, batch):
        _decide_first(registration, agent, decided, batch)
    if agent.trusted and found.duplicate_of and agent.merged_into is None:
        merge_when_both_allowed(fingerprint, batch, Cause(who="rule:allow-duplicates", cause=registration.id.bytes))
    if agent.merged_into is None:
        address, cause = new.incoming.received.address, Cause(cause=registration.id.bytes)
        sort_by_claims(agent.id, new.claims, address, batch, cause)
    if agent.status is not Status.ALLOWED:
        is_decided = agent.status is not Status.PENDING
        batch.memory.waiting.enter(fingerprint, new.incoming.received.address, batch.now_ms, decided=is_decided)
    return known


def _recorded(new: NewKey, subject_id: int, found: Found, batch: Batch) -> tuple[Registration, Agent]:
    agent_id = UUID(bytes=batch.deployment.random(16), version=4)
    registration = Registration.request(
        fingerprint=new.key.fingerprint,
        public_key=new.key.der,
        algorithm=new.key.algorithm,
        algorithms=new.algorithms,
        agent_id=agent_id.bytes,
        at_ms=batch.now_ms,
        claims=new.claims,
        address=new.incoming.received.address,
        evidence=new.incoming.evidence,
        duplicate_of=found.duplicate_of,
        ignored_keys=found.ignored,
        fork_of=new.fork.agent.id.bytes if new.fork else b"",
        fork_key=new.fork.key if new.fork else b"",
    )
    batch.stage(registration, by_agent(new.incoming, subject_id))
    agent = Agent.introduce(agent_id, new.key.fingerprint, registration.fork_of)
    cause = Cause(handler=new.incoming.handler, cause=registration.id.bytes)
    batch.stage(agent, cause)
    if new.fork is not None:
        branched(new.fork, agent, new.key.fingerprint, batch, cause)
    return registration, agent


def _decide_first(registration: Registration, agent: Agent, decided: Decided, batch: Batch) -> None:
    """The policy decides first requests only, and none of a fork; its rules are stored as who decided."""
    if registration.fork_of or (decided.action == "allow" and _kept_out(registration, batch)):
        return  # Pending: a person decides which machine it is. Who was kept out does not come back by another key.
    if decided.action == "pending" or (registration.algorithm in TOO_WEAK and decided.action == "allow"):
        return  # Pending: a key that authorises nothing proves too little for any rule to let it in.
    rule = decided.rule if decided.rested_on else ""
    reason = f"the registration policy says {decided.rule}"
    if decided.action == "allow":
        agent.allow(reason, rule=rule, rested_on=decided.rested_on, duplicate_of=registration.duplicate_of)
    else:
        agent.block(reason, rule=rule, rested_on=decided.rested_on)
    batch.stage(agent, Cause(who=f"rule:{decided.rule}", cause=registration.id.bytes))


def _kept_out(registration: Registration, batch: Batch) -> bool:
    """Whether a person withdrew or refused trust to a machine of the same resource keys, or it lost it by a fork."""
    alike = (batch.agent_of(each).status for each in registration.duplicate_of)
    return any(status in (Status.REVOKED, Status.BLOCKED, Status.FORKED) for status in alike)


def _remembered(new: NewKey, subject_id: int, agent: Agent, batch: Batch) -> KnownKey:
    known = KnownKey(
        public_key=new.key,
        subject_id=subject_id,
        agent_id=agent.id,
        name=new.claims["name"],
        status=agent.status,
        trusted=agent.trusted,
        claims_digest=claims_digest(new.claims),
        requested_ms=batch.now_ms,
        algorithms=tuple(new.algorithms),
    )
    batch.touch(batch.memory.remember(known))
    return known
