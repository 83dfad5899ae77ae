"""What survives the agent about each task: one small file, on the disk before a run begins."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agents.durable import make_private_folder, write_durably
from agents.tasks.handled import Handled
from wire.codec import Codec, MalformedBody

FOLDER = "tasks"
FORGOTTEN_AFTER_MS = 400 * 24 * 3_600_000
"""Without being assigned; a task that comes back sooner knows what it has done."""


class Running(NamedTuple):
    """A run from before its start until its end is reported. ``end_id`` is the id of the event that will say so.

    ``pid`` is the process it started, 0 for none, ``born`` what tells that process from a later one of the same number.
    """

    run: str
    due_ms: int
    started_ms: int
    end_id: bytes
    pid: int = 0
    born: float = 0.0


class LastRun(NamedTuple):
    """How the last run ended."""

    run: str
    due_ms: int
    started_ms: int
    ended_ms: int
    outcome: str
    exit: int | None


@dataclass
class Record:
    """Due times up to ``seen_ms`` are decided; ``refused`` is a version that was not understood.

    Only a counter above ``run_now`` is an order to run now; ``holds`` is False while the task is not in force here,
    and what is ordered then is none for this agent.
    """

    id: bytes
    name: str
    seen_ms: int
    handled: Handled = field(default_factory=Handled)
    run_now: int = 0
    refused: int = -1
    running: Running | None = None
    last: LastRun | None = None
    next_ms: int | None = None
    holds: bool = True


class Book:
    """In ``tasks/`` of the agent's home, a file per task, named by its id."""

    def __init__(self, home: Path, codec: Codec) -> None:
        self._folder = home / FOLDER
        self._codec = codec

    def save(self, record: Record) -> None:
        """Durable on return."""
        make_private_folder(self._folder)
        write_durably(self._folder / record.id.hex(), self._codec.encode(_plain(record)))

    def all(self) -> dict[bytes, Record]:
        """By task id; what is damaged is left out and put aside."""
        if not self._folder.is_dir():
            return {}
        records = (self._read(path) for path in sorted(self._folder.iterdir()) if not path.suffix)
        return {record.id: record for record in records if record}

    def damaged(self, identity: bytes) -> bool:
        """True when there was a record of this task that cannot be read: nobody knows what has been run."""
        return (self._folder / f"{identity.hex()}.damaged").exists()

    def forget(self, identity: bytes) -> None:
        """This task has not been assigned for long."""
        (self._folder / identity.hex()).unlink(missing_ok=True)

    def _read(self, path: Path) -> Record | None:
        try:
            return _record(self._codec.decode(path.read_bytes()))
        except (MalformedBody, KeyError, TypeError, ValueError):
            path.rename(path.with_suffix(".damaged"))
            return None


def _plain(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "seen": record.seen_ms,
        "handled": [list(run) for run in record.handled.runs],
        "run_now": record.run_now,
        "refused": record.refused,
        "running": list(record.running) if record.running else None,
        "last": list(record.last) if record.last else None,
        "next": record.next_ms,
        "holds": record.holds,
    }


def _record(plain: Any) -> Record:
    return Record(
        bytes(plain["id"]),
        str(plain["name"]),
        int(plain["seen"]),
        Handled([(int(first), int(last)) for first, last in plain["handled"]]),
        int(plain["run_now"]),
        int(plain["refused"]),
        Running(*plain["running"]) if plain["running"] else None,
        LastRun(*plain["last"]) if plain["last"] else None,
        plain["next"],
        bool(plain.get("holds", True)),  # A version before this one did not say.
    )
