"""Two entries of one machine become one, and two again: keys move between agents, diaries never."""

from domain.agent import Agent, Status
from domain.errors import NotMerged, ReasonRequired, VersionMoved
from domain.merging import merge_into, separate_from
from domain.orders import MergeRegistration, SplitRegistration
from handlers.batch import Batch, Cause
from handlers.resource_index import alike


def merge(command: MergeRegistration, if_match: int | None, batch: Batch, cause: Cause) -> tuple[bool, int]:
    """Let the keys of one machine be the other's; unchanged when they are already."""
    agent, resource = batch.agent_of(command.registration_id), batch.agent_of(command.into)
    _check(command.reason, if_match, agent)
    if agent.id == resource.id:
        return False, resource.version
    join(agent, resource, command.reason, batch, cause)
    return True, resource.version


def split(command: SplitRegistration, if_match: int | None, batch: Batch, cause: Cause) -> tuple[bool, int]:
    """Give a merged machine its keys and its id back. NotMerged when it has them."""
    fingerprint = command.registration_id
    resource = batch.agent_of(fingerprint)
    agent = batch.agent(batch.registration(fingerprint).agent_id)
    _check(command.reason, if_match, resource)
    if agent.id == resource.id:
        raise NotMerged
    came_with = {each: batch.memory.subject_of(each) for each in resource.fingerprints if _came(each, agent, batch)}
    separate_from(agent, resource, dict(sorted(came_with.items(), key=lambda each: each[1])), command.reason)
    batch.stage(resource, cause)
    batch.stage(agent, cause)
    return True, agent.version


def merge_when_both_allowed(fingerprint: bytes, batch: Batch, cause: Cause) -> Agent | None:
    """A person has allowed a machine: it is the same as the first one allowed that names its resources.

    One of them was let in as a duplicate of the other: who copies another's keys after it was let in, is not merged
    with it. Machines that a person has set apart stay apart. One that was blocked or revoked is merged when it is
    trusted again.
    """
    agent = batch.agent_of(fingerprint)
    if agent.apart or not agent.trusted:
        return None
    for other in alike(batch.registration(fingerprint), batch):
        resource = batch.agent_of(other)
        stands = resource.status is Status.ALLOWED and not resource.apart
        if resource.id != agent.id and stands and _knowingly(agent, resource, batch):
            join(agent, resource, "both are allowed and name the same resource keys", batch, cause)
            return resource
    return None


def _knowingly(one: Agent, other: Agent, batch: Batch) -> bool:
    let_in_as = _let_in_as(one, batch) & other.fingerprints
    return bool(let_in_as or _let_in_as(other, batch) & one.fingerprints)


def _let_in_as(agent: Agent, batch: Batch) -> set[bytes]:
    """What an agent, or one that was merged into it, was let in as a duplicate of."""
    came = {agent.id, *(batch.registration(each).agent_id for each in agent.fingerprints)}
    return set().union(*(batch.agent(each).let_in_as for each in came))


def join(agent: Agent, resource: Agent, reason: str, batch: Batch, cause: Cause) -> None:
    """Move the keys of ``agent`` and stage both."""
    merge_into(agent, resource, {each: batch.memory.subject_of(each) for each in agent.fingerprints}, reason)
    batch.stage(agent, cause)
    batch.stage(resource, cause)


def _came(fingerprint: bytes, with_agent: Agent, batch: Batch) -> bool:
    """Whether a key is where it is by way of this agent."""
    agent = batch.agent(batch.registration(fingerprint).agent_id)
    while agent.id != with_agent.id:
        if agent.merged_into is None:
            return False
        agent = batch.agent(agent.merged_into)
    return True


def _check(reason: str, if_match: int | None, agent: Agent) -> None:
    if not reason.strip():
        raise ReasonRequired("A reason is required: it is kept for ever with the decision.")
    if if_match is not None and if_match != agent.version:
        raise VersionMoved
