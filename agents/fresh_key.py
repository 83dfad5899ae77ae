"""Leaving a key that another machine uses too: a copy of this one, or what it was before a disk was restored.

fresh key on disk -> state in one write: the fresh key is in use, at number 1, and the old one's proof for it
-> the fresh key takes the old one's place
"""

from agents.keep import Keep
from agents.key_ring import KeyRing
from agents.member import Member
from agents.state import Standing
from wire.fork_claim import fork_proof


def settle_fresh_key(keep: Keep, keys: KeyRing) -> None:
    """After a start: what is in flight has its number of the fresh key already, so that key takes its place."""
    found = keys.fresh()
    if found is not None and found.fingerprint == keep.state.key:
        keys.begin_anew()


class FreshKey:
    """One call-in's part in it; once in a call-in, for a signed refusal only."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._tried = False

    def made(self) -> bool:
        """The key in use was refused, signed, as forked: True when a fresh one speaks from now on.

        Everything undelivered stays; the body in flight is the fresh key's first, once a person has let it in.
        """
        keys, state, forked = self._member.keys, self._member.keep.state, self._member.identity
        if self._tried or keys is None:
            return False
        self._tried = True
        fresh = keys.make_fresh(self._member.algorithms[0])
        state.forked_key, state.fork_proof = forked.fingerprint, fork_proof(fresh.fingerprint, forked.sign)
        state.key, state.next_number, state.fallback_number = fresh.fingerprint, 1, 0
        if state.in_flight is not None:
            state.in_flight = state.in_flight._replace(number=1)
        state.standing, state.ticket_done = Standing.UNREGISTERED, True
        self._member.keep.save()
        keys.begin_anew()
        self._member.identity = fresh
        return True
