"""What signed answers say about this agent's trust, taken into its state."""

from agents.outcome import Done, Outcome
from agents.state import Standing, State
from wire.agent_session import Answered
from wire.refusals import Reason
from wire.types import ServerType

LONGEST_INTERVAL_S = 7 * 24 * 3600

_STATUSES = frozenset(Standing) - {Standing.UNREGISTERED}

_AFTER_REFUSAL = {
    Reason.PENDING: Standing.PENDING,
    Reason.BLOCKED: Standing.BLOCKED,
    Reason.REVOKED: Standing.REVOKED,
    Reason.TRUST_NOT_GRANTED: Standing.UNREGISTERED,
}


def refused_about_trust(state: State, reason: str) -> None:
    """A package was refused about trust: not registered any more. The key, the diary and all undelivered stay."""
    state.standing = _AFTER_REFUSAL[Reason(reason)]


def registration_answered(state: State, answer: Answered) -> Done | None:
    """Take in the answer to a registration request; None when the agent is allowed and may go on."""
    content = answer.content
    status = str(content.get("status"))
    if answer.type != ServerType.REGISTRATION_RESPONSE or status not in _STATUSES:
        return Done(Outcome.REFUSED, "unexpected_answer")
    state.standing = Standing(status)
    agent_id = content.get("agent_id")
    if isinstance(agent_id, bytes) and len(agent_id) == 16:
        state.agent_id = agent_id
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
