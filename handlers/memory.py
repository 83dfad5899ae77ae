"""The worker's memory of keys: which fingerprints are known (all), and the state of those in use (bounded)."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from domain.diary import Decision
from handlers.desired_state import DesiredState
from handlers.diary_reader import DiaryReader
from handlers.known_key import KnownKey, LastEntry
from handlers.records import Records
from handlers.slots import Slots
from handlers.waiting_room import WaitingCaps, WaitingRoom
from store.mapper import DiaryEntry
from wire.headers import AgentHeader
from wire.keys import load_public_key
from wire.msgspec_codec import MsgspecCodec

_T = TypeVar("_T")
CAPACITY = 200_000
LOOK_BACK = 3
"""Diary entries read when a key is loaded; more refused ones in a row cost one full property set, nothing else."""


class Memory:
    """Loaded at takeover, kept by the one worker that holds the lease; what a failed batch touched is forgotten."""

    def __init__(
        self,
        records: Records,
        waiting: WaitingCaps = WaitingCaps(),  # noqa: B008
        capacity: int = CAPACITY,
        slots: Slots | None = None,
    ) -> None:
        self._records = records
        self._diary = DiaryReader(records)
        self._capacity = capacity
        self.waiting = WaitingRoom(waiting)
        self.desired = DesiredState(records)
        self.slots = slots or Slots(b"")
        self._subject_of: dict[bytes, int] = {}
        self._keys: OrderedDict[bytes, KnownKey] = OrderedDict()
        self._keys_of: dict[UUID, set[bytes]] = {}
        self._highest_subject = 0
        self._doubtful: set[bytes] = set()
        self._shared: dict[str, Any] = {}

    def take_over(self) -> None:
        """Forget everything, then load every fingerprint there is: unknown ones are refused without a query."""
        self._keys.clear()
        self._keys_of.clear()
        self._doubtful.clear()
        self._shared.clear()
        self.desired.forget()
        self._subject_of = {each.fingerprint: each.subject_id for each in self._records.log.subjects()}
        self._highest_subject = max(self._subject_of.values(), default=0)

    def is_known(self, fingerprint: bytes) -> bool:
        """True when this key has registered, decided or not."""
        return fingerprint in self._subject_of

    def fingerprints(self) -> list[bytes]:
        """Of every key that ever registered."""
        return list(self._subject_of)

    def new_subject_id(self) -> int:
        """The number of the next subject; numbers of batches that failed are not used again."""
        self._highest_subject += 1
        return self._highest_subject

    def shared(self, name: str, read: Callable[[], _T]) -> _T:
        """What many agents share, made by ``read`` from what is committed and kept until it is ``outdated``."""
        if name not in self._shared:
            self._shared[name] = read()
        found: _T = self._shared[name]
        return found

    def outdated(self, name: str) -> None:
        """An order was committed after which ``shared`` is to be made anew."""
        self._shared.pop(name, None)

    def prefetch(self, headers: Iterable[AgentHeader]) -> None:
        """Read the diary rows that the cache lacks for these packages, in one query. Once before each batch."""
        self._settle()
        while len(self._keys) > self._capacity:
            # Between batches only: what a batch has staged is nowhere else yet.
            _, dropped = self._keys.popitem(last=False)
            self._keys_of[dropped.agent_id].discard(dropped.fingerprint)
        missing = [each for each in headers if each.fingerprint in self._subject_of]
        self._diary.prefetch([each for each in missing if each.number and each.fingerprint not in self._keys])

    def key(self, fingerprint: bytes, number_hint: int = 0) -> KnownKey | None:
        """The state of a key, loaded if need be; ``number_hint`` is the number the agent believes is next."""
        found = self._keys.get(fingerprint)
        if found is not None:
            self._keys.move_to_end(fingerprint)
        else:
            subject_id = self._subject_of.get(fingerprint)
            if subject_id is None:
                return None
            found = self.remember(self._load(fingerprint, subject_id, number_hint))
        return found

    def remember(self, known: KnownKey) -> KnownKey:
        """Keep the state of a key; a new one is known from now on."""
        self._keys[known.fingerprint] = known
        self._subject_of.setdefault(known.fingerprint, known.subject_id)
        self._keys_of.setdefault(known.agent_id, set()).add(known.fingerprint)
        return known

    def subject_of(self, fingerprint: bytes) -> int:
        """The number of a key's subject: later keys have greater ones. 0 when it is not known."""
        return self._subject_of.get(fingerprint, 0)

    def held(self, fingerprint: bytes) -> KnownKey | None:
        """The state of a key if it is in memory now."""
        return self._keys.get(fingerprint)

    def move(self, known: KnownKey, agent_id: UUID) -> None:
        """A merge or its undoing gave the key to another agent."""
        self._keys_of.get(known.agent_id, set()).discard(known.fingerprint)
        known.agent_id = agent_id
        self._keys_of.setdefault(agent_id, set()).add(known.fingerprint)

    def of_agent(self, agent_id: UUID) -> list[KnownKey]:
        """The keys of an agent that are in memory now."""
        return [self._keys[each] for each in self._keys_of.get(agent_id, ()) if each in self._keys]

    def forget(self, fingerprint: bytes) -> None:
        """Drop what a failed batch may have changed; the log says what is true."""
        known = self._keys.pop(fingerprint, None)
        if known is not None:
            self._keys_of[known.agent_id].discard(fingerprint)

    def forget_introduced(self, fingerprint: bytes) -> None:
        """Drop a key that only a failed batch introduced."""
        self.forget(fingerprint)
        self.waiting.leave(fingerprint)
        self._subject_of.pop(fingerprint, None)
        self._doubtful.add(fingerprint)

    def _settle(self) -> None:
        """A commit that seemed to fail may have been made: the keys it introduced are known then."""
        for fingerprint in list(self._doubtful):
            if (subject := self._records.log.subject_of(fingerprint)) is not None:
                self._subject_of[fingerprint] = subject.subject_id
            self._doubtful.discard(fingerprint)

    def entry(self, known: KnownKey, number: int) -> DiaryEntry | None:
        """What stands in the diary under a number, for telling a repeat from a fork."""
        return self._diary.entry(known.fingerprint, number)

    def _load(self, fingerprint: bytes, subject_id: int, number_hint: int) -> KnownKey:
        registration = self._records.registration(fingerprint)
        agent = self._records.agent(registration.agent_id)
        while agent.merged_into is not None:
            agent = self._records.agent(agent.merged_into)
        next_number = self._diary.next_number(fingerprint, number_hint)
        known = KnownKey(
            public_key=load_public_key(registration.public_key),
            subject_id=subject_id,
            agent_id=agent.id,
            name=str(registration.claims.get("name", "")),
            status=agent.status,
            trusted=agent.trusted,
            claims_digest=claims_digest(registration.claims),
            requested_ms=registration.last_recorded_ms,
            refused_ms=dict(registration.refused_ms),
            algorithms=tuple(registration.algorithms),
            gap_ms=AgentHeader.unpack(registration.gap_header).agent_time_ms if registration.gap_header else 0,
        )
        known.follow(agent)
        if not agent.apart:  # The id it came with, unless a merge was undone: then it may believe the other one.
            known.told_id = registration.agent_id.bytes
        for number in range(max(1, next_number - LOOK_BACK), next_number):
            # What was refused for its content leaves the held properties as they were: look some entries back.
            if (entry := self._diary.entry(fingerprint, number)) is not None:
                header = AgentHeader.unpack(entry.header)
                known.written(last_entry(header, entry.body), Decision(entry.decision), header.properties_hash)
        known.next_number = next_number
        return known


def last_entry(header: AgentHeader, body: bytes) -> LastEntry:
    """What tells a repeat from a fork: number, type, state hash and body."""
    return LastEntry(header.number, header.type, header.state_hash, hashlib.sha256(body).digest())


def claims_digest(claims: dict[str, Any]) -> bytes:
    """Equal for equal claims; kept in memory only, never stored."""
    return hashlib.sha256(MsgspecCodec().encode(claims)).digest()
