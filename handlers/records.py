"""Loading what was recorded: aggregates by the events of their streams, the log beside them."""

from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from domain.agent import Agent
from domain.agent_handler import AgentHandler
from domain.ca_set import CaSet
from domain.errors import NothingKnown
from domain.ids import (
    CA_SET_STREAM,
    KEY_POLICY_STREAM,
    MIGRATION_WINDOW_STREAM,
    REGISTRATION_POLICY_STREAM,
    REPOSITORY_LIST_STREAM,
    SERVER_LIST_STREAM,
    SORTING_RULES_STREAM,
    SYSTEM_TREE_STREAM,
    agent_handler_stream,
    install_ticket_stream,
    operator_token_stream,
    order_stream,
    placement_stream,
    policy_category_stream,
    policy_stream,
    registration_stream,
    server_key_stream,
    token_name_stream,
)
from domain.install_ticket import InstallTicket
from domain.key_policy import KeyPolicy
from domain.migration_window import MigrationWindow
from domain.operator_token import OperatorToken
from domain.placement import Placement
from domain.policy import Policy, kind_of
from domain.policy_category import PolicyCategory
from domain.registration import Registration
from domain.registration_policy import RegistrationPolicy
from domain.repository_list import RepositoryList
from domain.server_key import ServerKey
from domain.server_list import ServerList
from domain.sorting_rules import SortingRules
from domain.system_tree import SystemTree
from domain.token_name import TokenName
from handlers.collector import standing_still
from handlers.tree_snapshots import EVERY, TreeSnapshots
from store.log import EventLog
from store.mapper import EventMapper
from store.state import decode_state

_A = TypeVar("_A", bound=Aggregate)
RECENT = 64


class Records:
    """Read side of the log for deciding; NothingKnown when there is no such thing."""

    def __init__(self, log: EventLog, mapper: EventMapper, snapshot_every: int = EVERY) -> None:
        self.log = log
        self.mapper = mapper
        self.tree_snapshots = TreeSnapshots(log, mapper.keyring.vault, snapshot_every)

    def registration(self, fingerprint: bytes) -> Registration:
        """The registration of a key."""
        return self._recent(registration_stream(fingerprint), Registration, what=f"registration {fingerprint.hex()}")

    def agent(self, agent_id: UUID) -> Agent:
        """An agent by its id."""
        return self._get(agent_id, Agent, what=f"agent {agent_id}")

    def trusted_keys(self, agent_id: UUID) -> set[bytes]:
        """The keys of an agent, or of the one it was merged into, whose packages are acted on; empty for nobody's."""
        try:
            agent = self.agent(agent_id)
            while agent.merged_into is not None:
                agent = self.agent(agent.merged_into)
        except NothingKnown:
            return set()
        return agent.trusted_keys

    def policy(self) -> RegistrationPolicy:
        """The registration policy in force."""
        return self._recent(REGISTRATION_POLICY_STREAM, RegistrationPolicy, latest=1)

    def migration_window(self) -> MigrationWindow:
        """The migration window, open or closed; NothingKnown when none was ever opened."""
        return self._get(MIGRATION_WINDOW_STREAM, MigrationWindow)

    def server_key(self, version: int) -> ServerKey:
        """One generation of the server key."""
        return self._get(server_key_stream(version), ServerKey, what=f"server key of version {version}")

    def system_tree(self) -> SystemTree:
        """The system tree; NothingKnown before the first group or policy."""
        with standing_still():
            return self._get(SYSTEM_TREE_STREAM, SystemTree, self.tree_snapshots.newest())

    def sorting_rules(self) -> SortingRules:
        """Where new agents go; NothingKnown when there never were rules."""
        return self._recent(SORTING_RULES_STREAM, SortingRules, latest=1)

    def policy_named(self, category: str, name: str) -> Policy:
        """A policy or task in its newest version."""
        return self._recent(policy_stream(kind_of(category), category, name), Policy, latest=1)

    def policy_version(self, category: str, name: str, version: int) -> bytes:
        """The content of an older version of a policy; NothingKnown when there was none."""
        for row in self.log.stream(policy_stream(kind_of(category), category, name)):
            event = self.mapper.to_domain_event(row)
            if event.policy_version == version and not isinstance(event, Policy.Deleted):
                return bytes(event.content)
        raise NothingKnown(f"There is no version {version} of policy {name} of category {category}.")

    def policy_category(self, name: str) -> PolicyCategory:
        """A category that people defined."""
        return self._recent(policy_category_stream(name), PolicyCategory, latest=1)

    def placement(self, agent_id: UUID) -> Placement:
        """Where an agent was put, with what it has of its own; NothingKnown when nobody ever did."""
        return self._get(placement_stream(agent_id), Placement)

    def key_policy(self) -> KeyPolicy:
        """The decision about the strength of agents' keys."""
        return self._get(KEY_POLICY_STREAM, KeyPolicy)

    def server_list(self) -> ServerList:
        """The server list in force; NothingKnown when none was ever set."""
        return self._recent(SERVER_LIST_STREAM, ServerList, latest=1)

    def repository_list(self) -> RepositoryList:
        """The repository list in force; NothingKnown when none was ever set."""
        return self._recent(REPOSITORY_LIST_STREAM, RepositoryList, latest=1)

    def ca_set(self) -> CaSet:
        """The CA set, proposed and published; NothingKnown while agents believe those of their bootstrap."""
        return self._get(CA_SET_STREAM, CaSet)

    def agent_handler(self, handler: str) -> AgentHandler:
        """A frontend by its broker user."""
        return self._recent(agent_handler_stream(handler), AgentHandler)

    def token(self, token_id: str) -> OperatorToken:
        """An operator's token."""
        return self._get(operator_token_stream(token_id), OperatorToken, what=f"token {token_id!r}")

    def token_name(self, name: str) -> TokenName:
        """A name of operators; NothingKnown when no token was given it since names are kept."""
        return self._recent(token_name_stream(name), TokenName, latest=1)

    def install_ticket(self, ticket_id: str) -> InstallTicket:
        """An install ticket."""
        return self._get(install_ticket_stream(ticket_id), InstallTicket, what=f"install ticket {ticket_id!r}")

    def order_facts(self, command_id: bytes) -> dict[str, Any] | None:
        """What became of an order; None when it was never given."""
        place = (order_stream(command_id), 1)
        row = self.log.rows([place]).get(place)
        return None if row is None else decode_state(row.state)[1]

    def last_recorded_ms(self) -> int:
        """When the newest event was recorded, 0 for an empty log: time in the log never runs backwards."""
        newest = self.log.read(self.log.head() - 1, 1)
        return decode_state(newest[-1].state)[0].recorded_at_ms if newest else 0

    def _recent(self, stream: UUID, kind: type[_A], latest: int = RECENT, what: str = "") -> _A:
        """An aggregate whose state is what was said first and last: the middle of a long stream is not read.

        A machine that waits for years asks every hour; what that costs must not grow with the years.
        """
        first = self.log.stream(stream, limit=1)
        if not first:
            raise _nothing(what)
        recorder = self.log.recorder
        newest = list(recorder.select_events(stream, gt=1, desc=True, limit=latest))[::-1]
        found = self.mapper.to_domain_event(first[0]).mutate(None)
        if not isinstance(found, kind):
            raise _nothing(what)
        for row in newest:
            found.version = row.originator_version - 1
            self.mapper.to_domain_event(row).mutate(found)
        return found

    def _get(self, stream: UUID, kind: type[_A], kept: _A | None = None, what: str = "") -> _A:
        # The library's repository asks of each event whether it is one, by a Protocol: half of what loading costs.
        found: Aggregate | None = kept
        for row in self.log.stream(stream, 0 if kept is None else kept.version):
            found = self.mapper.to_domain_event(row).mutate(found)
        if not isinstance(found, kind):
            raise _nothing(what)
        return found


def _nothing(what: str) -> NothingKnown:
    return NothingKnown(f"There is no {what}." if what else "")
