"""Machine-readable reasons of refusals: one code never stands for two causes (docs/protocol.md lists them)."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a package was refused. The first block uses no number; the second is the diary event of its number."""

    PENDING = "pending"
    BLOCKED = "blocked"
    REVOKED = "revoked"
    TRUST_NOT_GRANTED = "registration_needed"
    FORK = "fork"
    NUMBER_USED = "number_used"
    GAP = "gap"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    KEY_UPDATE_REQUIRED = "key_update_required"
    AGENT_TOO_OLD = "agent_too_old"
    TICKET_FORGED = "ticket_forged"
    TICKET_UNKNOWN = "ticket_unknown"
    TICKET_USED = "ticket_used"
    TICKET_EXPIRED = "ticket_expired"
    TICKET_REVOKED = "ticket_revoked"
    KEY_REPLACED = "key_replaced"
    KEY_TAKEN = "key_taken"
    KEY_TOO_WEAK = "key_too_weak"
    WRONG_PROOF = "wrong_proof"
    KEY_UPDATE_UNUSABLE = "key_update_unusable"
    KEY_OFFERED_TOO_OFTEN = "key_offered_too_often"
    MIGRATION_CLOSED = "migration_closed"
    MIGRATION_USED = "migration_used"
    FORK_UNPROVED = "fork_unproved"

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    UNPROCESSABLE = "unprocessable"

    WRONG_SIGNATURE = "wrong_signature"
    UNKNOWN_KEY = "unknown_key"
    MALFORMED_FRAME = "malformed_frame"
    WRONG_OFFER = "wrong_offer"


TRUST_REASONS = frozenset({Reason.PENDING, Reason.BLOCKED, Reason.REVOKED, Reason.TRUST_NOT_GRANTED})
"""Refusals that make an agent ask for registration again."""

NUMBER_REASONS = frozenset({Reason.FORK, Reason.NUMBER_USED})
"""Another package stands under the number: what was sent is not delivered, whatever the next number is."""

TICKET_REASONS = frozenset(
    {
        Reason.TICKET_FORGED,
        Reason.TICKET_UNKNOWN,
        Reason.TICKET_USED,
        Reason.TICKET_EXPIRED,
        Reason.TICKET_REVOKED,
    }
)
"""The install ticket of a registration request is not good: the agent puts it away and asks without."""
KEY_UPDATE_REASONS = frozenset(
    {
        Reason.KEY_TAKEN,
        Reason.KEY_TOO_WEAK,
        Reason.WRONG_PROOF,
        Reason.KEY_UPDATE_UNUSABLE,
        Reason.KEY_OFFERED_TOO_OFTEN,
        Reason.MIGRATION_CLOSED,
        Reason.MIGRATION_USED,
    }
)
"""Refusals of an AgentKeyUpdate alone: the key in use stays good, the call-in goes on with it."""

CONTENT_REASONS = frozenset({Reason.MALFORMED, Reason.TOO_LARGE, Reason.UNSUPPORTED_TYPE, Reason.UNPROCESSABLE})
"""Refusals that use the number: the agent sets the body aside and goes on with the next."""

UNVERIFIED_REASONS = frozenset({Reason.WRONG_SIGNATURE, Reason.UNKNOWN_KEY, Reason.MALFORMED_FRAME, Reason.WRONG_OFFER})
"""Nobody proved who sent these: they are counted, never attributed."""
