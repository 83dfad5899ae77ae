"""The projector: follows the log into all projections, by lease; builds anew what was ordered."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event

from eventsourcing.persistence import Notification

from projections.builds import Build, Builds, State
from projections.catalogue import PROJECTIONS
from projections.database import Database, TableGone
from projections.follower import Follower
from projections.projection import Projection
from store.leases import LEASE_MS, Leases
from store.log import EventLog, Fence, FenceLost, StoreUnavailable
from store.mapper import EventMapper

LOG = logging.getLogger("muster.projections")
LEASE = "projector"
PAGE_EVENTS = 2_000
PAGE_BYTES = 8 * 1024 * 1024
"""A page of large events is cut to about this size, so that memory stays bounded."""
STANDBY_S = 1.0
RETRY_S = 1.0
LISTEN_S = 0.5
PACE_S = 0.1
"""Under load a page is taken at most this often: fewer, larger transactions, still well below what a person notices."""


class Projector:
    """One at a time, by lease, in one thread."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        mapper: EventMapper,
        leases: Leases,
        *,
        holder: str,
        clock: Callable[[], int],
        projections: Sequence[Projection] = PROJECTIONS,
        page_events: int = PAGE_EVENTS,
    ) -> None:
        """`leases` are those of the database, `clock` tells milliseconds since 1970, `holder` names this process."""
        self._database = database
        self._log = log
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._known = Builds(projections)
        self._follower = Follower(database, log, mapper, self._known, clock)
        self._fence: Fence | None = None
        self._renewed_ms = 0
        self._builds: list[Build] = []
        self._gone = False
        self._most_events = page_events
        self._page_events = page_events

    def step(self) -> int:
        """Take the next page for the foremost builds and one for those that catch up; the number of events taken.

        0 as well while another projector has the lease. Raises StoreUnavailable; calling again goes on.
        """
        try:
            if not self._holds_lease():
                return 0
            return self._step()
        except FenceLost:
            self._forget()
            return 0
        except BaseException:
            # It may have been committed or not: read again how far it got.
            self._builds = []
            raise

    def run(self, stop: Event) -> None:
        """Follow the log until `stop` is set, then give the lease back."""
        try:
            while not stop.is_set():
                try:
                    self._pause(stop, self.step())
                except (StoreUnavailable, TableGone) as error:
                    LOG.warning("the projector waits for its database: %s", error)
                    stop.wait(RETRY_S)
        finally:
            with suppress(StoreUnavailable):
                self.stop()

    def stop(self) -> None:
        """Give the lease back, so that another projector goes on at once."""
        if self._fence is not None:
            self._leases.release(self._fence)
        self._forget()

    def _step(self) -> int:
        front = max(build.position for build in self._loaded())
        taken = self._take(front, None)
        front = max(build.position for build in self._loaded())
        behind = min(build.position for build in self._builds)
        if behind < front:
            taken += self._take(behind, front)
        self._switch()
        if self._gone:
            self._drop_what_is_gone()
        return taken

    def _loaded(self) -> list[Build]:
        if not self._builds:
            assert self._fence is not None
            with self._database.writing(self._fence) as transaction:
                self._builds = self._known.prepare(transaction, self._log.head(), self._clock())
            self._gone = True
        return self._builds

    def _take(self, after: int, until: int | None) -> int:
        """Move the builds that stand at `after` over the next page, at most to `until`."""
        page = self._log.read(after, self._page_events)
        if until is not None:
            page = [row for row in page if row.id <= until]
        if not page:
            return 0
        assert self._fence is not None
        self._renewed_ms = self._clock()
        builds = [build for build in self._builds if build.position == after]
        begun = self._follower.take(builds, page, self._fence)
        self._page_events = min(self._most_events, _events_of_a_page(page))
        if begun:
            self._builds = []
        return len(page)

    def _switch(self) -> None:
        """Put every build that has caught up in the place of the one it was built beside."""
        assert self._fence is not None
        front = max((build.position for build in self._builds), default=0)
        ready = [build for build in self._builds if build.state is State.BUILDING and build.position == front]
        for build in ready:
            with self._database.writing(self._fence) as transaction:
                self._known.switch(transaction, build)
            LOG.info("projection %s is built anew up to event %d", build.projection.name, build.position)
            self._builds = [each for each in self._builds if each is build or each.projection is not build.projection]
            build.state = State.LIVE
            self._gone = True

    def _drop_what_is_gone(self) -> None:
        assert self._fence is not None
        with self._database.writing(self._fence) as transaction:
            tables = self._known.leftovers(transaction)
        for table in tables:
            with self._database.writing(self._fence) as transaction:
                transaction.drop(table)
        with self._database.writing(self._fence) as transaction:
            self._known.forget_gone(transaction)
        self._gone = False

    def _holds_lease(self) -> bool:
        if self._fence is None:
            self._fence = self._leases.acquire(LEASE, self._holder)
            self._builds = []
            self._renewed_ms = self._clock()
        elif not 0 <= self._clock() - self._renewed_ms < LEASE_MS // 3:
            if not self._leases.renew(self._fence):
                raise FenceLost(self._fence)
            self._renewed_ms = self._clock()
        return self._fence is not None

    def _catching_up(self) -> bool:
        return len({build.position for build in self._builds}) > 1

    def _pause(self, stop: Event, taken: int) -> None:
        if self._fence is None:
            stop.wait(STANDBY_S)
        elif not taken:
            self._log.wait(max((build.position for build in self._builds), default=0), LISTEN_S)
        elif taken < self._page_events and not self._catching_up():
            stop.wait(PACE_S)

    def _forget(self) -> None:
        self._fence = None
        self._builds = []


def _events_of_a_page(page: list[Notification]) -> int:
    """How many events like these make a page of PAGE_BYTES."""
    average = sum(len(row.state) for row in page) // len(page)
    return max(20, PAGE_BYTES // (average + 1))
