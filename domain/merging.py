"""Two agents become one, and two again: who hands which keys to whom, with all that a key is good for."""

from collections.abc import Mapping

from domain.agent import Agent, Status
from domain.errors import CannotMerge, EntryClosed


def merge_into(agent: Agent, resource: Agent, subjects: Mapping[bytes, int], reason: str) -> None:
    """Hand all keys of an agent to ``resource``; ``subjects`` are their numbers. Raise CannotMerge.

    Its own state of trust stays as it is: an undone merge goes back to it.
    """
    if resource.id == agent.id:
        raise CannotMerge("Both are the same machine already.")
    if Status.FORKED in (agent.status, resource.status):
        raise EntryClosed
    if resource.status is not Status.ALLOWED:
        raise CannotMerge(f"The machine to merge into is {resource.status}: allow it first.")
    if agent.status not in (Status.PENDING, Status.ALLOWED):
        raise CannotMerge(f"This machine is {agent.status}: a person allows it first.")
    for fingerprint in sorted(agent.fingerprints, key=lambda each: subjects[each]):
        resource.key_joined(
            fingerprint,
            subjects[fingerprint],
            agent.id.bytes,
            agent.offers.get(fingerprint, b""),
            agent.replaced_by.get(fingerprint, b""),
            agent.is_forked(fingerprint),
        )
    agent.merge(resource.id.bytes, reason)


def separate_from(agent: Agent, resource: Agent, subjects: Mapping[bytes, int], reason: str) -> None:
    """Give an agent the keys in ``subjects`` back from ``resource``. What was decided against both since, stays."""
    offered = [resource.offers.get(each, b"") for each in subjects]
    replaced_by = [resource.replaced_by.get(each, b"") for each in subjects]
    forked = [resource.is_forked(each) for each in subjects]
    alive = resource.live_keys().intersection(subjects)
    with_it = resource.status is not Status.ALLOWED
    status = resource.status if with_it and agent.status is not Status.BLOCKED else agent.status
    status = Status.FORKED if any(forked) and not alive else status
    trusted = agent.trusted and resource.trusted and status is not Status.FORKED
    last = list(subjects)[-1] if resource.forked.difference(subjects) and resource.live_keys() == alive else None
    for fingerprint, subject_id in subjects.items():
        resource.key_left(fingerprint, subject_id, agent.id.bytes, closed=fingerprint == last)
    agent.separate(
        fingerprints=list(subjects),
        subject_ids=list(subjects.values()),
        status=status.value,
        trusted=trusted,
        reason=reason,
        offered=offered,
        replaced_by=replaced_by,
        forked=forked,
    )
