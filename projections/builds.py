"""Builds: which tables stand for which projection. A new one is filled beside the one in use, then takes its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from projections.database import Reader, Row, Transaction
from projections.parked import ParkedAgents
from projections.projection import Projection
from projections.rows import Rows
from projections.sql import ddl


class State(StrEnum):
    """What a build is for."""

    BUILDING = "building"
    """Catching up with the log; reports are read from another build."""
    LIVE = "live"
    """Reports are read from it."""


@dataclass
class Build:
    """The tables of one projection as one pass over the log fills them."""

    number: int
    projection: Projection
    state: State
    position: int
    born: int
    rows: Rows
    parked: ParkedAgents = field(default_factory=ParkedAgents)


class Builds:
    """All builds that this code can fill; kept in the database, read again after every change and every failure."""

    def __init__(self, projections: Sequence[Projection]) -> None:
        self._projections = {each.name: each for each in projections}

    def prepare(self, transaction: Transaction, head: int, now_ms: int) -> list[Build]:
        """Make what is missing: a projection nobody built yet, or whose code is of another version."""
        transaction.script(ddl("bookkeeping"))
        found = self.load(transaction)
        for projection in self._projections.values():
            if not any(build.projection is projection for build in found):
                self.begin(transaction, projection, head, now_ms)
        return self.load(transaction)

    def load(self, transaction: Reader) -> list[Build]:
        """The builds as they stand, oldest first. Those of other versions of the code are left alone."""
        builds = [
            self._build(row["build"], projection, State(row["state"]), row["position"], row["born"])
            for row in transaction.query("SELECT * FROM builds ORDER BY build")
            if (projection := self._projections.get(row["name"])) is not None and projection.version == row["version"]
        ]
        for build in builds:
            build.parked = ParkedAgents.load(transaction, build.number)
        return builds

    def begin(self, transaction: Transaction, projection: Projection, head: int, now_ms: int) -> Build:
        """Begin a build at the first event, in place of one that was under way. It is live at once if it is the only
        one: then there is nothing better to read."""
        for row in self._others(transaction, projection):
            if row["state"] == State.BUILDING:
                self._drop(transaction, row["version"], row["build"])
        state = State.BUILDING if self._others(transaction, projection) else State.LIVE
        [last] = transaction.query("SELECT coalesce(max(build), 0) AS build FROM builds")
        build = self._build(last["build"] + 1, projection, state, 0, head)
        transaction.script(ddl(projection.name).replace("{suffix}", projection.suffix(build.number)))
        transaction.execute(
            "INSERT INTO builds (build, name, version, state, position, born, started_at_ms)"
            " VALUES (?, ?, ?, ?, 0, ?, ?)",
            (build.number, projection.name, projection.version, state.value, head, now_ms),
        )
        return build

    def switch(self, transaction: Transaction, build: Build) -> None:
        """Let reports be read from this build and drop the one it replaces."""
        for row in self._others(transaction, build.projection):
            if row["build"] != build.number:
                self._drop(transaction, row["version"], row["build"])
        transaction.execute("UPDATE builds SET state = ? WHERE build = ?", (State.LIVE.value, build.number))

    def advance(self, transaction: Transaction, builds: Sequence[Build], position: int) -> None:
        """Note that these builds have everything up to this position."""
        marks = ", ".join("?" * len(builds))
        numbers = [build.number for build in builds]
        sql = f"UPDATE builds SET position = ? WHERE build IN ({marks})"  # noqa: S608 - only marks for values
        transaction.execute(sql, (position, *numbers))

    def _build(self, number: int, projection: Projection, state: State, position: int, born: int) -> Build:
        return Build(number, projection, state, position, born, projection.rows(number))

    def _others(self, transaction: Transaction, projection: Projection) -> list[Row]:
        return transaction.query("SELECT build, version, state FROM builds WHERE name = ?", (projection.name,))

    def _drop(self, transaction: Transaction, version: int, build: int) -> None:
        # Found by name: an older version of the code may have had other tables.
        for table in transaction.tables():
            if table.endswith(f"_v{version}_b{build}"):
                transaction.execute(f"DROP TABLE {table}")
        transaction.execute("DELETE FROM parked WHERE build = ?", (build,))
        transaction.execute("DELETE FROM builds WHERE build = ?", (build,))
