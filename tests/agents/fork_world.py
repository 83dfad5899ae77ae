"""Two machines with one home, and what became of it: a copied disk, an older image of it put back."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from agents.machine import Machine
from agents.outcome import Done
from broker.bus import Delivery
from broker.messages import Answer
from domain.orders import AllowRegistration
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from tests.agents.re_key_world import ReKeyWorld
from tests.agents.world import CLAIMS, PROPERTIES
from wire import keys


class ForkWorld(ReKeyWorld):
    """One machine; ``copied`` makes another one of it, on the same server."""

    def __init__(self, directory: Path, algorithm: str = keys.P256) -> None:
        super().__init__(directory, algorithm)
        self.directory = directory

    def copied(self, name: str) -> "ForkWorld":
        """A machine with a copy of this one's disk."""
        copy = object.__new__(ForkWorld)
        copy.__dict__.update(self.__dict__)
        copy.home, copy.machine = self.directory / name, Machine(CLAIMS, {**PROPERTIES, "place": name})
        shutil.copytree(self.home, copy.home)
        copy.restart()
        return copy

    def put_back(self, image: "ForkWorld") -> None:
        """The disk is as it was when ``image`` was made; the machine is not quite what it was then."""
        self.machine = Machine(CLAIMS, {**PROPERTIES, "booted": "again"})
        shutil.rmtree(self.home)
        shutil.copytree(image.home, self.home)
        self.restart()

    def back_up(self, path: Path) -> None:
        """Copy the server's log as it is now."""
        with closing(sqlite3.connect(self.room.directory / "log.db")) as log, closing(sqlite3.connect(path)) as copy:
            log.backup(copy)

    def restore(self, path: Path) -> None:
        """The server is as it was then; it remembers nothing else."""
        room = self.room
        room.close()
        for each in room.directory.glob("log.db*"):
            each.unlink()
        shutil.copy(path, room.directory / "log.db")
        room.log = SqliteLog(room.directory / "log.db", room.clock)
        room.leases = SqliteLeases(room.directory / "log.db", room.clock)
        room.records = room.new_records()
        room.shift = room.new_shift("worker-2")

    def wire_tap(self) -> list[Delivery]:
        """Every message that reaches the worker from now on, as a handler that was taken over would keep it."""
        kept: list[Delivery] = []
        handle = self.room.handle

        def tapped(deliveries: Sequence[Delivery]) -> list[Answer]:
            kept.extend(deliveries)
            return handle(deliveries)

        self.room.handle = tapped  # type: ignore[method-assign]
        return kept

    def let_in(self) -> str:
        """A person allows the key that is in use now."""
        return self.room.order(AllowRegistration(self.member.identity.fingerprint, "one of the two")).outcome

    def settled(self) -> list[Done]:
        """Let in and called in until there is nothing left to say."""
        assert self.let_in() == "done"
        return [self.call_in(), self.call_in()]
