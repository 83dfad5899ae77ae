"""Which bearer tokens are there, what may each do, and is it still good?"""

from domain.operator_token import OperatorToken
from projections.claims import text
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

TOKENS = Projection("tokens", version=1)


@TOKENS.when(OperatorToken.Issued)
def issued(event: Recorded, rows: Rows) -> None:
    """A token was made."""
    facts = event.facts
    rows.new("tokens", event.stream.bytes).update(
        token_id=text(facts["token_id"]),
        token_hash=facts["token_hash"],
        name=text(facts["name"]),
        role=text(facts["role"]),
        issued_at_ms=event.meta.recorded_at_ms,
        issued_by=event.meta.who,
        expires_at_ms=facts["expires_at_ms"],
    )


@TOKENS.when(OperatorToken.Used)
def used(event: Recorded, rows: Rows) -> None:
    """A use was noted."""
    rows.update("tokens", event.stream.bytes, used_at_ms=event.facts["at_ms"])


@TOKENS.when(OperatorToken.Revoked)
def revoked(event: Recorded, rows: Rows) -> None:
    """The token is good for nothing any more."""
    rows.update("tokens", event.stream.bytes, revoked_at_ms=event.meta.recorded_at_ms)
