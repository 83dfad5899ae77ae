"""Builds: which tables stand for which projection. A new one is filled beside the one in use, then takes its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from projections.database import Reader, Transaction
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
    GONE = "gone"
    """Another has taken its place; its tables are being dropped."""


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
        """Make what is missing: a projection nobody built yet, or whose code is of another version.

        A build that is ahead of the log was made from one that is no more, before a restore: it is made anew.
        """
        transaction.script(ddl("bookkeeping"))
        transaction.execute("UPDATE builds SET state = 'gone' WHERE position > ?", (head,))
        found = self.load(transaction)
        built = {build.projection.name for build in found}
        missing = [projection for name, projection in self._projections.items() if name not in built]
        for projection in missing:
            self.begin(transaction, projection, head, now_ms)
        return self.load(transaction) if missing else found

    def load(self, transaction: Reader) -> list[Build]:
        """The builds as they stand, oldest first. Those of other versions of the code are left alone."""
        builds = [
            self._build(row["build"], projection, State(row["state"]), row["position"], row["born"])
            for row in transaction.query("SELECT * FROM builds WHERE state <> 'gone' ORDER BY build")
            if (projection := self._projections.get(row["name"])) is not None and projection.version == row["version"]
        ]
        for build in builds:
            build.parked = ParkedAgents.load(transaction, build.number)
        return builds

    def begin(self, transaction: Transaction, projection: Projection, head: int, now_ms: int) -> Build:
        """Begin a build at the first event, in place of one that was under way. It is live at once if it is the only
        one: then there is nothing better to read."""
        unfinished = "UPDATE builds SET state = 'gone' WHERE name = ? AND state = 'building'"
        transaction.execute(unfinished, (projection.name,))
        live = transaction.query("SELECT 1 FROM builds WHERE name = ? AND state = 'live'", (projection.name,))
        state = State.BUILDING if live else State.LIVE
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
        """Let reports be read from this build and no longer from the one it replaces."""
        others = "UPDATE builds SET state = 'gone' WHERE name = ? AND build <> ?"
        transaction.execute(others, (build.projection.name, build.number))
        transaction.execute("UPDATE builds SET state = 'live' WHERE build = ?", (build.number,))

    def leftovers(self, transaction: Transaction) -> list[str]:
        """The tables of builds that are gone, found by their names: older code may have had other tables.

        They are dropped one by one, each in a transaction of its own: a reader that still holds one and asks for
        another must not meet somebody who does so the other way round.
        """
        gone = transaction.query("SELECT build, version FROM builds WHERE state = 'gone'")
        suffixes = tuple(f"_v{row['version']}_b{row['build']}" for row in gone)
        return [table for table in transaction.tables() if table.endswith(suffixes)] if gone else []

    def forget_gone(self, transaction: Transaction) -> None:
        """The tables are dropped: forget their builds."""
        transaction.execute("DELETE FROM parked WHERE build IN (SELECT build FROM builds WHERE state = 'gone')")
        transaction.execute("DELETE FROM builds WHERE state = 'gone'")

    def advance(self, transaction: Transaction, builds: Sequence[Build], position: int) -> None:
        """Note that these builds have everything up to this position."""
        marks = ", ".join("?" * len(builds))
        numbers = [build.number for build in builds]
        sql = f"UPDATE builds SET position = ? WHERE build IN ({marks})"  # noqa: S608 - only marks for values
        transaction.execute(sql, (position, *numbers))

    def _build(self, number: int, projection: Projection, state: State, position: int, born: int) -> Build:
        return Build(number, projection, state, position, born, projection.rows(number))
