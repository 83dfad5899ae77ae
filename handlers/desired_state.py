"""The worker's memory of the desired state, as committed: tree, places, what each group's agents are to hold."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate

from domain.choice import Assignment
from domain.effective import NO_OVERRIDES, Effective, Node, effective
from domain.errors import NothingKnown
from domain.ids import SYSTEM_TREE_STREAM, policy_stream
from domain.manifest_room import load_of_all
from domain.policy import Policy, kind_of
from domain.sorting_rules import SortingRule, SortingRules
from domain.system_tree import SystemTree
from handlers.part import NOTHING_TOLD, Part, Told
from handlers.records import Records
from store.log import Place
from wire.held import Item

MOST_PLACES = 200_000
_log = logging.getLogger("muster.worker")
NOWHERE = Place(b"", False, 0)


class Written(NamedTuple):
    """A policy in its newest version."""

    position: int
    stream: UUID
    version: int
    digest: bytes
    content: bytes


class DesiredState:
    """Read from the log when it is asked for, and kept until a commit changes it. Nothing uncommitted is in here."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.forget()

    def forget(self) -> None:
        """Nobody knows any more what is true: read everything again when it is needed."""
        self._tree: SystemTree | None = None
        self._rules: tuple[SortingRule, ...] | None = None
        self._places: dict[UUID, Place] = {}
        self._written: dict[tuple[str, str], Written | None] = {}
        self._told: dict[bytes, Told] = {}
        self._own: dict[UUID, Told] = {}
        self._positions: dict[int, int] = {}

    def lend_tree(self) -> SystemTree:
        """The tree for a batch to change; given back by ``settle``. NothingKnown before the first group or policy."""
        tree, self._tree = self._tree, None
        return tree or self._records.system_tree()

    def committed_tree(self) -> SystemTree | None:
        """The tree if it is at hand; between batches only, when none has borrowed it."""
        return self._tree

    def settle(self, changed: Iterable[Aggregate]) -> None:
        """These are committed as they are now."""
        for each in changed:
            if isinstance(each, SystemTree):
                self._tree = each
                self._told.clear()
                self._own.clear()
            elif isinstance(each, Policy):
                self._written.pop((each.category, each.name), None)
            elif isinstance(each, SortingRules):
                self._rules = None

    def moved(self, agents: Iterable[UUID]) -> None:
        """These are elsewhere now, or have something else of their own."""
        for each in agents:
            self._places.pop(each, None)
            self._own.pop(each, None)

    def rules(self) -> tuple[SortingRule, ...]:
        """Where new agents go."""
        if self._rules is None:
            try:
                self._rules = self._records.sorting_rules().rules
            except NothingKnown:
                self._rules = ()
        return self._rules

    def tree(self) -> SystemTree | None:
        """The tree, to be read only; None before the first group or policy."""
        if self._tree is None:
            try:
                self._tree = self._records.system_tree()
            except NothingKnown:
                return None
        return self._tree

    def place(self, agent_id: UUID) -> Place:
        """Where an agent was put; NOWHERE when nobody ever did."""
        found = self._places.get(agent_id)
        if found is None:
            if len(self._places) >= MOST_PLACES:
                self._places.clear()
            found = self._places[agent_id] = self._records.log.place_of(agent_id.bytes) or NOWHERE
        return found

    def told(self, agent_id: UUID, place: Place) -> Told:
        """What an agent at this place is to hold, the same object as long as nothing changes."""
        if place.overridden:
            if agent_id not in self._own:
                overrides = self._records.placement(agent_id).overrides
                self._own[agent_id] = self._made(place.group_id, overrides)
            return self._own[agent_id]
        if place.group_id not in self._told:
            self._told[place.group_id] = self._made(place.group_id)
        return self._told[place.group_id]

    def _made(self, group_id: bytes, overrides: Mapping[str, Assignment] = NO_OVERRIDES) -> Told:
        tree = self.tree()
        if tree is None:
            return NOTHING_TOLD
        way = tree.way_of(UUID(bytes=group_id) if group_id else None)
        found = effective(way, overrides)
        parts = tuple(part for each in found.values() for part in self._parts_of(each, way))
        newest = max((version for node in way for version in (node.changed, *node.said.values())), default=0)
        load = load_of_all({category: each.choices for category, each in found.items()})
        if load.too_much:
            _log.error("agents in %s are told nothing: they are assigned %s", way[-1].path, load.told())
        return Told(max([self._position(newest), *(each.position for each in parts)]), parts, too_much=load.too_much)

    def _parts_of(self, found: Effective, way: Sequence[Node]) -> list[Part]:
        since = max(version for node in way for version in (node.changed, node.said.get(found.category, 0)))
        parts = []
        for choice in found.choices:
            policy = self._policy(found.category, choice.policy)
            if policy is None:
                continue
            kind, identity = kind_of(found.category), policy.stream.bytes
            item = Item(identity, kind, found.category, choice.policy, policy.version, policy.digest, choice.when)
            parts.append(Part(max(policy.position, self._position(since)), item, policy.content))
        return parts

    def _policy(self, category: str, name: str) -> Written | None:
        key = category, name
        if key not in self._written:
            try:
                self._written[key] = self._read(self._records.policy_named(category, name))
            except NothingKnown:
                self._written[key] = None
        return self._written[key]

    def _read(self, policy: Policy) -> Written | None:
        if policy.deleted:
            return None
        stream = policy_stream(policy.kind, policy.category, policy.name)
        position = self._records.log.position_of(stream, policy.version)
        return Written(position, stream, policy.policy_version, policy.digest, policy.content)

    def _position(self, version: int) -> int:
        """Of the event that made this version of the tree; 0 for what was always there."""
        if version and version not in self._positions:
            self._positions[version] = self._records.log.position_of(SYSTEM_TREE_STREAM, version)
        return self._positions.get(version, 0)
