"""A key that two machines use is good for neither: what becomes of it and of its agent."""

from domain.agent import Agent


def fork(agent: Agent, fingerprint: bytes, number: int) -> bool:
    """Two bodies were signed under ``number`` by a key: it and the successor it had offered are lost; False when known.

    An agent that has no other key is closed for good.
    """
    if fingerprint in agent.forked:
        return False
    successor = agent.offers.get(fingerprint, b"")
    closed = not agent.live_keys() - {fingerprint, successor}
    agent.key_forked(fingerprint=fingerprint, number=number, successor=successor, closed=closed)
    return True
