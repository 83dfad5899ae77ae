"""What signed answers say about this agent's trust, taken into its state; withdrawn trust ends what rested on it."""

from typing import Any

from agents.member import Member
from agents.outcome import UNEXPECTED_ANSWER, Done, Outcome
from agents.state import Standing, State
from wire.agent_session import Answered
from wire.refusals import Reason
from wire.types import ServerType

LONGEST_INTERVAL_S = 7 * 24 * 3600

_STATUSES = frozenset(Standing) - {Standing.UNREGISTERED}

_WITHDRAWN = frozenset({Standing.REVOKED, Standing.BLOCKED})
"""A person said no. Who is Pending waits for a word, and goes on with what it holds."""

_AFTER_REFUSAL = {
    Reason.PENDING: Standing.PENDING,
    Reason.BLOCKED: Standing.BLOCKED,
    Reason.REVOKED: Standing.REVOKED,
    Reason.TRUST_NOT_GRANTED: Standing.UNREGISTERED,
}


def refused_about_trust(member: Member, reason: str) -> None:
    """A package was refused about trust: not registered any more. The key, the diary and all undelivered stay."""
    _stands(member, _AFTER_REFUSAL[Reason(reason)])


def claim_refused(state: State, reason: str) -> None:
    """What a registration request showed besides is not good: the next one is made without it."""
    if reason == Reason.FORK_UNPROVED:
        state.forked_key, state.fork_proof = b"", b""
    else:
        state.ticket_done = True


def registration_answered(member: Member, answer: Answered) -> Done | None:
    """Take in the answer to a registration request; None when the agent is allowed and may go on."""
    content, state = answer.content, member.keep.state
    status = str(content.get("status"))
    if answer.type != ServerType.REGISTRATION_RESPONSE or status not in _STATUSES:
        return Done(Outcome.REFUSED, UNEXPECTED_ANSWER)
    _stands(member, Standing(status))
    take_id(state, content)
    interval = content.get("interval_s")
    if isinstance(interval, int) and interval >= 1:
        state.interval_s = min(interval, LONGEST_INTERVAL_S)
    if state.standing is Standing.ALLOWED:
        state.ticket_done = True
        return None
    retry = content.get("retry_after_s")
    wait = min(max(retry, 1), 2 * state.interval_s) if isinstance(retry, int) else None
    outcome = Outcome.PENDING if state.standing is Standing.PENDING else Outcome.REFUSED
    return Done(outcome, status, wait)


def take_id(state: State, content: dict[str, Any]) -> None:
    """The id people know this agent by, when an answer names it."""
    agent_id = content.get("agent_id")
    if isinstance(agent_id, bytes) and len(agent_id) == 16:
        state.agent_id = agent_id


def _stands(member: Member, standing: Standing) -> None:
    """The one place where trust ends. What was entrusted goes first: after a crash the next refusal finds the rest."""
    if standing in _WITHDRAWN:
        for each in member.entrusted:
            each.clear()
    member.keep.state.standing = standing
