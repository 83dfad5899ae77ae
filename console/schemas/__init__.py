"""The shapes of the API's documents: what the OpenAPI document says and which columns a CSV has, in this order."""

from console.schemas.agents import (
    Agent,
    AgentDetails,
    AgentEvent,
    CallIn,
    Evidence,
    Held,
    LivenessCounts,
    TimelineEntry,
)
from console.schemas.deployment import AgentHandler, Identity, Projection, Rebuild, Token
from console.schemas.keys import KeyPolicy, MigrationWindow, ServerKey
from console.schemas.lists import Authorities, RepositoryList, ServerList
from console.schemas.registrations import (
    BulkDecided,
    BulkOutcome,
    DryRun,
    DryRunDifference,
    DuplicateOf,
    ForkBranch,
    InstallTicket,
    Policy,
    Registration,
    RegistrationDetails,
)
from console.schemas.shape import Counts, ListOf, Shape, columns

__all__ = [
    "Agent",
    "AgentDetails",
    "AgentEvent",
    "AgentHandler",
    "Authorities",
    "BulkDecided",
    "BulkOutcome",
    "CallIn",
    "Counts",
    "DryRun",
    "DryRunDifference",
    "DuplicateOf",
    "Evidence",
    "ForkBranch",
    "Held",
    "Identity",
    "InstallTicket",
    "KeyPolicy",
    "ListOf",
    "LivenessCounts",
    "MigrationWindow",
    "Policy",
    "Projection",
    "Rebuild",
    "Registration",
    "RegistrationDetails",
    "RepositoryList",
    "ServerKey",
    "ServerList",
    "Shape",
    "TimelineEntry",
    "Token",
    "columns",
]
