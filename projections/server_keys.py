"""Which server keys are there, which one is current, and how strong must agents' keys be?"""

from domain.key_policy import KeyPolicy
from domain.server_key import Origin, ServerKey
from projections.claims import text
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

SERVER_KEYS = Projection("server_keys", version=1)


@SERVER_KEYS.when(ServerKey.Certified, ServerKey.Created)
def created(event: Recorded, rows: Rows) -> None:
    """A server key was made, imported, or came with the founding."""
    facts, at_ms = event.facts, event.meta.recorded_at_ms
    founded = event.topic == ServerKey.Certified.TOPIC
    rows.new("server_keys", event.stream.bytes).update(
        version=facts["key_version"],
        algorithm=text(facts["algorithm"]),
        public_key=facts["public_key"],
        origin=text(facts.get("origin", Origin.FOUNDED.value)),
        statement=facts["statement"],
        is_certified=founded,
        turn=0 if founded else -1,
        created_at_ms=at_ms,
        created_by=event.meta.who,
        activated_at_ms=at_ms if founded else None,
    )


@SERVER_KEYS.when(ServerKey.CertificateInstalled)
def certified(event: Recorded, rows: Rows) -> None:
    """The root key vouched for a server key."""
    rows.update("server_keys", event.stream.bytes, is_certified=True, statement=event.facts["statement"])


@SERVER_KEYS.when(ServerKey.Activated)
def activated(event: Recorded, rows: Rows) -> None:
    """The server answers with this key."""
    at_ms = event.meta.recorded_at_ms
    rows.update("server_keys", event.stream.bytes, turn=event.facts["turn"], activated_at_ms=at_ms)


@SERVER_KEYS.when(ServerKey.Retired)
def retired(event: Recorded, rows: Rows) -> None:
    """A server key is used no more."""
    reason = text(event.facts["reason"])
    rows.update("server_keys", event.stream.bytes, retired_at_ms=event.meta.recorded_at_ms, reason=reason)


@SERVER_KEYS.when(ServerKey.Deleted)
def deleted(event: Recorded, rows: Rows) -> None:
    """The private half of a server key was destroyed."""
    rows.update("server_keys", event.stream.bytes, deleted_at_ms=event.meta.recorded_at_ms)


@SERVER_KEYS.when(KeyPolicy.Adopted, KeyPolicy.Replaced)
def decided(event: Recorded, rows: Rows) -> None:
    """Another least algorithm is in force."""
    rows.new("key_policy", event.stream.bytes).update(
        minimum=text(event.facts["minimum"]),
        version=event.version,
        decided_at_ms=event.meta.recorded_at_ms,
        decided_by=event.meta.who,
    )
