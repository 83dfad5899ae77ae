"""Events to stored rows and back: aggregates' events by the eventsourcing library's Mapper, diary events by hand.

Encoding needs to know who and when (``Meta``), so events are staged with it; the library's own encoding is refused.
"""

import struct
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent
from eventsourcing.utils import get_topic

from domain import diary, ids
from domain.events import AGGREGATE_OF, EVENT_CLASSES
from store.keyring import Keyring
from store.state import Meta, Place, UnreadableState, decode_state, encode_state, seal, unseal

_COMMON = frozenset({"originator_id", "originator_version", "originator_topic", "timestamp"})
_STORED_HEADER = struct.Struct("!BB6xQQ4x16s").unpack
"""Type, flags, number, agent time and state hash of a stored header, which lacks the fingerprint."""
ERASED: dict[str, Any] = {"claims": {}, "address": "", "evidence": {}}
"""What personal fields read as once the subject's key is erased."""


class Recorded(NamedTuple):
    """One event of the log, decoded.

    ``personal`` is None when there is none, it was not asked for, or it was erased. Facts of a diary event are
    ``decision``, ``header`` (44 bytes, no fingerprint), ``nonce``, ``type``, ``flags``, ``number``, ``state_hash``;
    its personal part is ``signature``, ``body`` (as sent) and ``address``.
    """

    position: int
    topic: str
    stream: UUID
    version: int
    meta: Meta
    facts: dict[str, Any]
    personal: dict[str, Any] | None


class DiaryEntry(NamedTuple):
    """One numbered package as it is kept: enough to verify it for ever with the public key alone."""

    topic: str
    decision: diary.Decision
    header: bytes
    nonce: bytes
    signature: bytes
    body: bytes
    address: str


class EventMapper(Mapper[UUID]):
    """Maps between events and rows; opens sealed parts by the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(JSONTranscoder())
        self.keyring = keyring

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Refused: an event is stored with who and when, by ``encode``."""
        raise TypeError(f"{type(domain_event).__name__} must be staged with its Meta")

    def encode(self, event: CanMutateAggregate[UUID], meta: Meta) -> StoredEvent:
        """The row of an aggregate's event; its PERSONAL fields are sealed under ``meta.subject_id``."""
        topic: str = type(event).TOPIC  # type: ignore[attr-defined]
        personal_names: tuple[str, ...] = getattr(type(event), "PERSONAL", ())
        fields = {name: value for name, value in vars(event).items() if name not in _COMMON}
        personal = {name: fields.pop(name) for name in personal_names}
        if (class_version := getattr(type(event), "class_version", 1)) > 1:
            fields["class_version"] = class_version
        place = Place(event.originator_id, event.originator_version, topic)
        return self._row(place, meta, fields, personal)

    def encode_facts(self, place: Place, meta: Meta, facts: dict[str, Any]) -> StoredEvent:
        """The row of an event that belongs to no aggregate and has nothing personal."""
        return self._row(place, meta, facts, None)

    def encode_diary(self, number: int, fingerprint: bytes, entry: DiaryEntry, meta: Meta) -> StoredEvent:
        """The row of package ``number`` of a key."""
        place = Place(ids.diary_stream(fingerprint, number), ids.diary_version(number), entry.topic)
        facts = [int(entry.decision), entry.header[:8] + entry.header[40:], entry.nonce]
        return self._row(place, meta, facts, [entry.signature, entry.body, entry.address])

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The aggregate's event in a row, upcast to its class's present version."""
        cls = EVENT_CLASSES[stored_event.topic]
        place = Place(_uuid(stored_event.originator_id), stored_event.originator_version, stored_event.topic)
        meta, facts, sealed = decode_state(stored_event.state)
        fields = dict(facts)
        _upcast(cls, fields)
        names: tuple[str, ...] = getattr(cls, "PERSONAL", ())
        personal = self._personal(place, meta, sealed) or {}
        fields.update({name: personal.get(name, ERASED.get(name)) for name in names})
        fields["originator_id"], fields["originator_version"] = place.stream, place.version
        fields["timestamp"] = datetime.fromtimestamp(meta.recorded_at_ms / 1000, UTC)
        if issubclass(cls, CanInitAggregate):
            fields["originator_topic"] = get_topic(AGGREGATE_OF[stored_event.topic])
        event = object.__new__(cls)
        object.__setattr__(event, "__dict__", fields)
        return event

    def decode(self, row: Notification, *, personal: bool = True) -> Recorded:
        """Everything a projection may want of a row; raise UnreadableState when it is damaged."""
        place = Place(_uuid(row.originator_id), row.originator_version, row.topic)
        meta, facts, sealed = decode_state(row.state)
        opened = self._personal(place, meta, sealed) if personal else None
        if row.topic in diary.TOPICS:
            meta, facts = _diary_facts(meta, facts)
            if opened is not None:
                opened = dict(zip(("signature", "body", "address"), opened, strict=True))
        return Recorded(row.id, row.topic, place.stream, place.version, meta, facts, opened)

    def decode_entry(self, row: StoredEvent, fingerprint: bytes) -> tuple[Meta, DiaryEntry]:
        """A diary row as it was kept, its header whole again; raise UnreadableState when it was erased or damaged."""
        place = Place(_uuid(row.originator_id), row.originator_version, row.topic)
        meta, facts, sealed = decode_state(row.state)
        opened = self._personal(place, meta, sealed)
        if opened is None:
            raise UnreadableState(f"the personal part of {place} was erased")
        header = whole_header(facts[1], fingerprint)
        signature, body, address = opened
        return meta, DiaryEntry(row.topic, diary.Decision(facts[0]), header, facts[2], signature, body, address)

    def _row(self, place: Place, meta: Meta, facts: Any, personal: Any) -> StoredEvent:
        sealed = b""
        if personal:
            if meta.subject_id is None or (cipher := self.keyring.cipher(meta.subject_id)) is None:
                raise UnreadableState(f"{place.topic} has personal fields but no subject key")
            sealed = seal(cipher, place, meta.subject_id, personal, self.keyring.vault.random)
        return StoredEvent(place.stream, place.version, place.topic, encode_state(meta, facts, sealed))

    def _personal(self, place: Place, meta: Meta, sealed: bytes) -> Any:
        if not sealed or meta.subject_id is None:
            return None
        cipher = self.keyring.cipher(meta.subject_id)
        return None if cipher is None else unseal(cipher, place, meta.subject_id, sealed)


def whole_header(stored: bytes, fingerprint: bytes) -> bytes:
    """The 76 bytes an agent signed: the stored header with its subject's fingerprint put back."""
    return stored[:8] + fingerprint + stored[8:]


def _diary_facts(meta: Meta, stored: list[Any]) -> tuple[Meta, dict[str, Any]]:
    decision, header, nonce = stored
    kind, flags, number, agent_time_ms, state_hash = _STORED_HEADER(header)
    facts = {
        "decision": decision,
        "header": header,
        "nonce": nonce,
        "type": kind,
        "flags": flags,
        "number": number,
        "state_hash": state_hash,
    }
    return Meta(meta[0], meta[1], meta[2], meta[3], meta[4], agent_time_ms, meta[6]), facts


def _upcast(cls: Any, fields: dict[str, Any]) -> None:
    version = fields.pop("class_version", 1)
    while version < getattr(cls, "class_version", 1):
        getattr(cls, f"upcast_v{version}_v{version + 1}")(fields)
        version += 1


def _uuid(stream: UUID | str) -> UUID:
    return stream if isinstance(stream, UUID) else UUID(stream)
