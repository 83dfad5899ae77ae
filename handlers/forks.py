"""A key used by two machines: told from an honest agent's package that somebody held back and released later."""

from typing import Any, NamedTuple

from domain.agent import Agent
from domain.forking import fork
from handlers.batch import Batch, Cause
from handlers.incoming import Incoming, by_agent
from handlers.known_key import KnownKey
from wire.fork_claim import read_fork_claim
from wire.headers import AgentHeader


class Fork(NamedTuple):
    """What a new key comes out of: the forked key that vouched for it, and that key's agent."""

    key: bytes
    agent: Agent


def is_fork(header: AgentHeader, known: KnownKey, batch: Batch) -> bool:
    """True when nobody but a second user of the key can have signed this package, which differs from the recorded.

    After a gap refusal an honest agent gives a number that it has signed another body, and whoever carries packages
    may release the first one when he likes. What he releases was signed before its neighbours in the diary, or before
    the package that was refused as a gap: agent times are signed, fresh at each send.
    """
    recorded = _signed_ms(known, header.number, batch)
    if recorded is None or header.agent_time_ms <= recorded or recorded < known.gap_ms:
        return False
    before = _signed_ms(known, header.number - 1, batch)
    return before is None or before <= recorded


def forked(incoming: Incoming, known: KnownKey, batch: Batch) -> None:
    """The key is lost, and its agent closed when it has no other; the refused package was recorded before."""
    agent = batch.agent(known.agent_id)
    if fork(agent, known.fingerprint, incoming.header.number):
        batch.stage(agent, by_agent(incoming, known.subject_id))


def fork_claimed(field: Any, fingerprint: bytes, batch: Batch) -> Fork | None:
    """Which agent a new key comes out of; None when it claims none, WrongSignature when the claim is a stranger's.

    A key that this server does not know of any more, after it was restored from a backup, proves nothing here: its
    successor is a machine like any other.
    """
    claim = read_fork_claim(field)
    old = batch.key(claim.key) if claim is not None else None
    if claim is None or old is None:
        return None
    claim.check(old.public_key, fingerprint)
    return Fork(claim.key, batch.agent(old.agent_id))


def branched(fork: Fork, agent: Agent, fingerprint: bytes, batch: Batch, cause: Cause) -> None:
    """Tell the agent that a machine came out of it."""
    fork.agent.branch(agent.id.bytes, fingerprint)
    batch.stage(fork.agent, cause)


def _signed_ms(known: KnownKey, number: int, batch: Batch) -> int | None:
    """The agent time of what stands under a number."""
    kept = batch.entry(known, number) if number > 0 else None
    return None if kept is None else AgentHeader.unpack(kept.header).agent_time_ms
