"""Stored names of the aggregates' events: a file format, pinned by golden tests, never module paths."""

from uuid import UUID

from eventsourcing.domain import Aggregate, CanMutateAggregate

from domain.agent import Agent
from domain.agent_handler import AgentHandler
from domain.ca_set import CaSet
from domain.install_ticket import InstallTicket
from domain.key_policy import KeyPolicy
from domain.migration_window import MigrationWindow
from domain.operator_token import OperatorToken
from domain.placement import Placement
from domain.policy import Policy
from domain.policy_category import PolicyCategory
from domain.registration import Registration
from domain.registration_policy import RegistrationPolicy
from domain.repository_list import RepositoryList
from domain.server_key import ServerKey
from domain.server_list import ServerList
from domain.sorting_rules import SortingRules
from domain.system_tree import SystemTree
from domain.token_name import TokenName

AGGREGATES: tuple[type[Aggregate], ...] = (
    Agent,
    AgentHandler,
    CaSet,
    KeyPolicy,
    InstallTicket,
    MigrationWindow,
    OperatorToken,
    Placement,
    Policy,
    PolicyCategory,
    Registration,
    RegistrationPolicy,
    RepositoryList,
    ServerKey,
    ServerList,
    SortingRules,
    SystemTree,
    TokenName,
)


def _events_of(aggregate: type[Aggregate]) -> dict[str, type[CanMutateAggregate[UUID]]]:
    # The library puts its own subclass of each declared event in the aggregate's namespace; the topic is inherited.
    events = [
        each for each in vars(aggregate).values() if isinstance(each, type) and issubclass(each, CanMutateAggregate)
    ]
    topics = [(getattr(each, "TOPIC", None), each) for each in events]
    return {topic: each for topic, each in topics if topic}


EVENT_CLASSES: dict[str, type[CanMutateAggregate[UUID]]] = {
    topic: found for aggregate in AGGREGATES for topic, found in _events_of(aggregate).items()
}
"""Event class by stored name."""

AGGREGATE_OF: dict[str, type[Aggregate]] = {
    topic: aggregate for aggregate in AGGREGATES for topic in _events_of(aggregate)
}
"""Aggregate class by stored name of its events."""
