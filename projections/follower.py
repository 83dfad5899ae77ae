"""Takes pages of the log into builds: exactly once, since rows and position are committed together."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from eventsourcing.persistence import Notification

from domain.orders import ORDER_DECIDED, RebuildProjection
from projections.builds import Build, Builds, State
from projections.database import Database, TableGone, Transaction
from projections.parked import Owners, park
from projections.projection import Handler
from store.log import EventLog, Fence, FenceLost, StoreUnavailable
from store.mapper import EventMapper, Recorded
from store.vault import WrongWrappingKey

LOG = logging.getLogger("muster.projections")
# What lies with the surroundings and not with the event: it is tried again later, nothing is parked.
_NOT_THE_EVENT = (StoreUnavailable, FenceLost, WrongWrappingKey, TableGone, MemoryError)


class Poison(Exception):
    """A build cannot take an event of this page; which one is found by halving."""

    def __init__(self, build: Build, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.build = build


class Route(NamedTuple):
    """What happens to the events of one topic: which builds take them, whether their sealed part is opened."""

    takers: list[tuple[Build, Handler]]
    personal: bool


class Follower:
    """Moves builds that stand at one position over the next page."""

    def __init__(
        self, database: Database, log: EventLog, mapper: EventMapper, builds: Builds, clock: Callable[[], int]
    ) -> None:
        self._database = database
        self._log = log
        self._mapper = mapper
        self._builds = builds
        self._clock = clock
        self._owners = Owners(log, mapper)

    def take(self, builds: Sequence[Build], page: Sequence[Notification], fence: Fence) -> bool:
        """Take the page; True when a rebuild was ordered in it and begun."""
        try:
            return self._commit(builds, page, fence, {})
        except Poison as poison:
            if len(page) == 1:
                return self._take_with_poison(builds, page, fence, poison)
        middle = len(page) // 2
        first = self.take(builds, page[:middle], fence)
        return self.take(builds, page[middle:], fence) or first

    def _take_with_poison(
        self, builds: Sequence[Build], page: Sequence[Notification], fence: Fence, poison: Poison
    ) -> bool:
        """One event that one build or several cannot take: it is parked for these, taken by the others."""
        errors: dict[int, str] = {}
        while True:
            errors[poison.build.number] = str(poison)
            name, position = poison.build.projection.name, page[0].id
            LOG.error("projection %s cannot take event %d (%s), parked: %s", name, position, page[0].topic, poison)
            try:
                return self._commit(builds, page, fence, errors)
            except Poison as another:
                poison = another

    def _commit(
        self, builds: Sequence[Build], page: Sequence[Notification], fence: Fence, errors: dict[int, str]
    ) -> bool:
        begun = False
        routes = _routes(builds)
        try:
            with self._database.writing(fence) as transaction:
                for build in builds:
                    build.rows.open(transaction)
                for row in page:
                    route = routes.get(row.topic)
                    if route is not None:
                        self._apply(transaction, route, row, errors)
                    elif row.topic == ORDER_DECIDED:
                        begun = self._ordered(transaction, builds, row) or begun
                for build in builds:
                    _blaming(build, build.rows.flush, transaction)
                self._builds.advance(transaction, builds, page[-1].id)
        except BaseException:
            for build in builds:
                build.rows.discard()
            raise
        for build in builds:
            build.position = page[-1].id
            build.rows.settle()
        return begun

    def _apply(self, transaction: Transaction, route: Route, row: Notification, errors: dict[int, str]) -> None:
        event, unreadable = self._decode(row, route.personal)
        for build, handler in route.takers:
            if build.number in errors or (build.parked and build.parked.holds(row, event)):
                self._park(transaction, build, row, event, errors.get(build.number, ""))
            elif event is None:
                raise Poison(build, unreadable or ValueError("not decoded"))
            else:
                _blaming(build, handler, event, build.rows)

    def _decode(self, row: Notification, personal: bool) -> tuple[Recorded | None, Exception | None]:
        try:
            return self._mapper.decode(row, personal=personal), None
        except _NOT_THE_EVENT:
            raise
        except Exception as error:  # whatever a damaged row makes of the decoder
            return None, error

    def _park(
        self, transaction: Transaction, build: Build, row: Notification, event: Recorded | None, error: str
    ) -> None:
        owner = self._owners.of(row, event)
        park(transaction, build.number, row, owner, error)
        build.parked.add(*owner, row.originator_id)  # type: ignore[arg-type]

    def _ordered(self, transaction: Transaction, builds: Sequence[Build], row: Notification) -> bool:
        """Begin a rebuild that an operator ordered, unless one was begun since."""
        event, _ = self._decode(row, personal=False)
        facts = {} if event is None else event.facts
        if facts.get("command") != RebuildProjection.__name__ or facts.get("outcome") != "done":
            return False
        begun = False
        for build in builds:
            if build.state is State.LIVE and build.projection.name == facts.get("target"):
                newest = max(
                    each.born for each in self._builds.load(transaction) if each.projection is build.projection
                )
                if newest < row.id:
                    head = max(self._log.head(), row.id)
                    self._builds.begin(transaction, build.projection, head, self._clock())
                    begun = True
        return begun


def _routes(builds: Sequence[Build]) -> dict[str, Route]:
    takers: dict[str, list[tuple[Build, Handler]]] = {}
    for build in builds:
        for topic, handler in build.projection.handlers.items():
            takers.setdefault(topic, []).append((build, handler))
    return {
        topic: Route(found, any(build.projection.needs_personal for build, _ in found))
        for topic, found in takers.items()
    }


def _blaming(build: Build, do: Callable[..., Any], *values: Any) -> None:
    try:
        do(*values)
    except _NOT_THE_EVENT:
        raise
    except Exception as error:  # anything else is the event's doing, and must not stop the others
        raise Poison(build, error) from error
