"""One look at the tables of some projections, all as they were at one moment, as fresh as the reader may expect."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from projections.builds import State
from projections.database import ReadDatabase, Reader, Row, TableGone
from projections.projection import Projection
from store.log import EventLog

Result = TypeVar("Result")
WAIT_S = 2.0
LOOK_EVERY_S = 0.005
TRIES = 3


class View:
    """Tables of the builds that are read now. `position` is the smallest of theirs."""

    def __init__(self, reader: Reader, tables: dict[str, str], position: int, stale: bool) -> None:
        self._reader = reader
        self._tables = tables
        self.position = position
        self.stale = stale

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows found; `{name}` stands for a table of one of the projections."""
        return self._reader.query(sql.format_map(self._tables), values)


class Views:
    """Opens views; waits for the projector where that is worth it."""

    def __init__(
        self, database: ReadDatabase, log: EventLog, projections: Sequence[Projection], wait_s: float = WAIT_S
    ) -> None:
        self._database = database
        self._log = log
        self._projections = {each.name: each for each in projections}
        self._wait_s = wait_s

    def look(self, names: Sequence[str], read: Callable[[View], Result], *, wait: bool = True) -> Result:
        """Call `read` with a view of these projections that has all that is in the log now, or was waited for."""
        head = self._log.head() if wait else 0
        deadline = time.monotonic() + (self._wait_s if wait else 0)
        for left in reversed(range(TRIES)):
            try:
                return self._look(names, read, head, deadline)
            except TableGone:
                # A rebuild has just switched: the tables have other names now.
                if not left:
                    raise
        raise AssertionError("unreachable")

    def wait_for(self, position: int, timeout_s: float) -> bool:
        """True as soon as all projections have reached the position, False when they did not in time."""
        names = list(self._projections)
        deadline = time.monotonic() + timeout_s
        try:
            return not self._look(names, lambda view: view.stale, position, deadline)
        except TableGone:
            return False

    def builds(self) -> list[Row]:
        """The bookkeeping of all builds with the number of events each has parked."""
        with self._database.reading() as reader:
            return reader.query(
                "SELECT builds.*, (SELECT count(*) FROM parked WHERE parked.build = builds.build) AS parked"
                " FROM builds ORDER BY build"
            )

    def _look(self, names: Sequence[str], read: Callable[[View], Result], head: int, deadline: float) -> Result:
        while True:
            with self._database.reading() as reader:
                chosen = self._choose(reader, names)
                position = min(row["position"] for row in chosen)
                hopeless = any(row["state"] == State.BUILDING for row in chosen)
                if position >= head or hopeless or time.monotonic() >= deadline:
                    return read(View(reader, self._tables(chosen), position, position < head))
            time.sleep(LOOK_EVERY_S)

    def _choose(self, reader: Reader, names: Sequence[str]) -> list[Row]:
        """The build of each projection to read from: the live one; one that catches up only when none is live."""
        best: dict[str, Row] = {}
        for row in reader.query("SELECT * FROM builds WHERE state <> 'gone' ORDER BY build"):
            projection = self._projections.get(row["name"])
            if projection is None or projection.version != row["version"]:
                continue
            if row["name"] not in best or row["state"] == State.LIVE:
                best[row["name"]] = row
        try:
            return [best[name] for name in names]
        except KeyError as error:
            raise TableGone(f"the projection {error} was not built yet") from error

    def _tables(self, chosen: list[Row]) -> dict[str, str]:
        tables: dict[str, str] = {}
        for row in chosen:
            projection = self._projections[row["name"]]
            tables |= {name: name + projection.suffix(row["build"]) for name in projection.tables}
        return tables
