"""Who may give which order."""

from domain.desired_orders import OPERATORS
from domain.operator_token import Role
from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    IssueInstallTickets,
    MergeRegistration,
    NoteTokenUse,
    RevokeInstallTicket,
    RevokeRegistration,
    SplitRegistration,
    WakeAgents,
)

_FOR_OPERATORS: frozenset[type] = OPERATORS | {
    AllowRegistration,
    BlockRegistration,
    RevokeRegistration,
    MergeRegistration,
    SplitRegistration,
    IssueInstallTickets,
    RevokeInstallTicket,
    WakeAgents,
}
"""What people do day by day. What is not named here is for administrators alone, a new kind of order too."""
_FOR_EVERYBODY: frozenset[type] = frozenset({NoteTokenUse})


def permits(role: str, command: type) -> bool:
    """True when a token of ``role`` may give this kind of order: the one place where roles are checked for orders."""
    if command in _FOR_EVERYBODY:
        return role in set(Role)
    return role == Role.ADMIN or (role == Role.OPERATOR and command in _FOR_OPERATORS)
