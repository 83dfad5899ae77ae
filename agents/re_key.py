"""Going over to another key, so that a crash or a lost answer at any moment leaves a key the server accepts.

successor on disk -> offered under the old key -> answered: state goes over to it, at number 1
-> its first package delivered: it takes the old key's place
"""

from typing import Any

from agents.fresh_key import settle_fresh_key
from agents.identity import Identity
from agents.keep import Keep
from agents.key_ring import KeyRing
from agents.member import Member
from agents.state import Standing
from wire.key_update import key_update
from wire.refusals import Reason
from wire.succession import Handover, handover

UNKNOWN_NUMBER = 1 << 40
"""Given to a body in flight whose next number only the server knows: it is a gap, and the refusal names the number."""


def settle_keys(keep: Keep, keys: KeyRing) -> bool:
    """Make state and key files agree after a start; True when the successor is the key in use."""
    settle_fresh_key(keep, keys)
    state, following = keep.state, keys.next()
    if state.key in (b"", keys.current.fingerprint):
        state.fallback_number = 0  # perhaps the successor took its place, and the process ended there
        return False
    if following is not None and following.fingerprint == state.key:
        return True
    _renumber(keep, keys.current.fingerprint, UNKNOWN_NUMBER)
    state.standing = Standing.UNREGISTERED
    return False


class ReKey:
    """One call-in's part in it. Only signed answers move what is stored."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._keep = member.keep
        self._tried = False
        self._doubted = False

    @property
    def switched(self) -> bool:
        """True while the successor is in use and not yet known to have been used."""
        return self._keep.state.fallback_number > 0

    @property
    def due(self) -> bool:
        """True when a successor is to be offered now."""
        if self._tried or self._member.keys is None:
            return False
        return self._member.keys.next() is not None and (self._doubted or not self.switched)

    def asked(self) -> None:
        """The server asked for a better key: make one, unless this call-in has tried."""
        if not self._tried and not self.switched and self._member.keys is not None:
            self._member.keys.make_next(self._member.algorithms[0])

    def doubt(self) -> bool:
        """The key in use is said, unsigned, to be unknown: True when the offer can be made once more."""
        if not self.switched or self._doubted:
            return False
        self._doubted, self._tried = True, False
        return True

    def put_off(self) -> None:
        """What was answered counts for nothing: the offer is made again later in this call-in."""
        self._tried = False

    def offer(self) -> dict[str, Any]:
        """The body of the AgentKeyUpdate; the old key speaks."""
        self._tried = True
        keys = self._keys
        following = keys.next()
        assert following is not None
        self._member.identity = keys.current
        return key_update(keys.current.fingerprint, following.public_der, self._member.algorithms, following.sign)

    def taken(self, next_number: int) -> None:
        """The server took the offer: durably, the successor speaks from now on, and what is in flight is its first."""
        state, following = self._keep.state, self._keys.next()
        assert following is not None
        if self.switched:
            state.fallback_number = max(state.fallback_number, next_number)
            self._keep.save()
        else:
            waiting = state.in_flight
            state.fallback_number = waiting.number if waiting else state.next_number
            _renumber(self._keep, following.fingerprint, 1)
        self._member.identity = following

    def refused(self, reason: str, next_number: int) -> bool:
        """The offer was refused, signed; True when the call-in can go on with the key in use afterwards."""
        if reason == Reason.KEY_REPLACED:
            if not self.switched:
                self._follow()
                return True
            self._member.identity = self._keys.next() or self._keys.current
            return False
        if self.switched:
            _renumber(self._keep, self._keys.current.fingerprint, next_number)
            self._keep.state.fallback_number = 0
            self._keep.save()
        if reason not in (Reason.MIGRATION_CLOSED, Reason.KEY_OFFERED_TOO_OFTEN):
            self._keys.drop_next()
        return True

    def replaced(self) -> bool:
        """The key in use was refused, signed, as replaced; True when there is another one to go on with."""
        keys = self._member.keys
        if keys is None or keys.next() is None or (self._tried and not self.switched):
            return False
        self._tried = True
        if not self.switched:
            self._follow()
            return True
        fallback = self._keep.state.fallback_number
        self._keep.state.fallback_number = 0
        _renumber(self._keep, keys.current.fingerprint, fallback)
        keys.drop_next()
        self._member.identity = keys.current
        return True

    def used(self) -> None:
        """A package of the key in use is delivered: a successor takes the old key's place."""
        if self.switched and self._member.keys is not None:
            if (following := self._keys.next()) is not None:
                self._keys.promote(self._handover(following))
            self._keep.state.fallback_number = 0

    def _handover(self, following: Identity) -> Handover:
        """The old key's last word: what a server that forgot the change will want to see."""
        old, member = self._keys.current, self._member
        update = key_update(old.fingerprint, following.public_der, member.algorithms, following.sign)
        time_ms, held = self._keep.state.server_time_ms, member.trust.newest_version
        return handover(member.codec, update, old.fingerprint, time_ms, held, old.sign)

    def speak(self) -> None:
        """After a doubt that led nowhere, the key in use speaks again."""
        if self.switched and (following := self._keys.next()) is not None:
            self._member.identity = following

    def _follow(self) -> None:
        """The old key is retired, so the successor was used: this state is older than that."""
        following = self._keys.next()
        assert following is not None
        state = self._keep.state
        state.fallback_number = max(state.next_number, 1)
        state.standing = Standing.UNREGISTERED
        _renumber(self._keep, following.fingerprint, UNKNOWN_NUMBER)
        self._member.identity = following

    @property
    def _keys(self) -> KeyRing:
        assert self._member.keys is not None
        return self._member.keys


def _renumber(keep: Keep, fingerprint: bytes, number: int) -> None:
    """One write: which key is in use, and the number at which it goes on."""
    state = keep.state
    state.key = fingerprint
    state.next_number = 1 if number == UNKNOWN_NUMBER else number
    if state.in_flight is not None:
        state.in_flight = state.in_flight._replace(number=number)
    keep.save()
