"""What people are shown of a fleet: the projections run over its log, read by the names of the test."""

from contextlib import ExitStack
from itertools import count
from typing import Any
from uuid import UUID

from projections.reports import Reports
from projections.runner import Projector
from projections.sqlite_database import SqliteDatabase, SqliteReports
from store.sqlite_leases import SqliteLeases
from tests.identity.fleet import Fleet

FILES = count(1)
OF_A_ROW = (
    "name",
    "status",
    "trusted",
    "waits_for_request",
    "merged_into",
    "duplicate_of",
    "decided_by",
    "replaces",
    "replaced_by",
    "left_the_list",
    "actions",
)


class Shown:
    """Reports of their own, from the first event on; `page_events` is how much the projector takes at a time."""

    def __init__(self, fleet: Fleet, page_events: int = 1_000) -> None:
        self._fleet, room = fleet, fleet.room
        self._opened = ExitStack()
        path = room.directory / f"reports-{next(FILES)}.db"
        database, leases = SqliteDatabase(path, room.clock), SqliteLeases(path, room.clock)
        self._opened.callback(database.close)
        self._opened.callback(leases.close)
        mapper = room.new_records().mapper
        self._projector = Projector(
            database, room.log, mapper, leases, holder="one", clock=room.clock, page_events=page_events
        )
        read = SqliteReports(path)
        self._opened.callback(read.close)
        self.reports = Reports(read, room.log, mapper, room.clock, wait_s=0)

    def catch_up(self) -> None:
        while self._projector.step():
            pass

    def rows(self) -> dict[str, dict[str, Any]]:
        """Every entry, whatever lists leave out, by the name of its key."""
        return {name: self._row(agent.fingerprint.hex()) for name, agent in self._known()}

    def listed(self, **wanted: Any) -> list[str]:
        """The keys of a list's entries."""
        return [self._name(row["registration_id"]) for row in self.reports.registrations(limit=1000, **wanted).items]

    def versions(self, **wanted: Any) -> list[tuple[str, int, list[str]]]:
        """Key, version and actions of a list's entries, as who decides in bulk sees them."""
        rows = self.reports.registrations(limit=1000, **wanted).items
        return [(self._name(row["registration_id"]), row["version"], row["actions"]) for row in rows]

    def agents(self) -> dict[UUID, dict[str, Any]]:
        """The agents report, by the id that agents were given; `key` is the name of the key it shows."""
        rows = self.reports.agents(limit=1000).items
        return {UUID(row["agent_id"]): row | {"key": self._name(row["registration_id"])} for row in rows}

    def timeline(self, name: str) -> list[dict[str, Any]]:
        return self.reports.timeline(self._fleet.agents[name].fingerprint.hex(), limit=1000).items

    def close(self) -> None:
        self._projector.stop()
        self._opened.close()

    def _known(self) -> list[tuple[str, Any]]:
        known = {each.facts["fingerprint"] for each in self._fleet.room.events("Registration.Requested")}
        return [(name, agent) for name, agent in self._fleet.agents.items() if agent.fingerprint in known]

    def _row(self, ref: str) -> dict[str, Any]:
        row = self.reports.registration(ref)
        shown = {name: row[name] for name in OF_A_ROW} | {"agent": UUID(row["agent_id"]), "version": row["version"]}
        for name in ("merged_into", "replaces", "replaced_by"):
            shown[name] = self._name(row[name]) if row[name] else None
        if (who := row["decided_by"] or "").startswith("ticket:"):
            shown["decided_by"] = "ticket:" + self._fleet.ticket_named(who.removeprefix("ticket:"))
        shown["duplicate_of"] = [self._name(each) for each in row["duplicate_of"]]
        return shown

    def _name(self, fingerprint: str) -> str:
        return self._fleet.name_of(bytes.fromhex(fingerprint))
