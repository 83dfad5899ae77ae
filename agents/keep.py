"""Where an agent keeps what survives it: a small interface, on disk for agents, in memory for simulated ones."""

import itertools
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from agents.durable import make_private_folder, write_durably
from agents.state import DamagedState, InFlight, State
from wire.codec import Codec, MalformedBody

REFUSED_KEPT = 100
"""Bodies that the server could not use and that stay for a person to look at; the oldest go first."""


class Accepted(NamedTuple):
    """The properties that the server is known to hold, and their salted hash (8 bytes)."""

    hash: bytes
    properties: dict[str, Any]


class Keep(Protocol):
    """What the flow of a call-in needs to store. ``state`` is changed in place and durable after ``save``."""

    state: State

    def save(self) -> None:
        """Return when ``state`` would survive a crash."""
        ...

    def accepted(self) -> Accepted | None:
        """The last properties the server took; None before the first."""
        ...

    def accept(self, accepted: Accepted) -> None:
        """The server took these; durable on return."""
        ...

    def set_aside(self, refused: InFlight, reason: str, detail: str) -> None:
        """Put away a body that the server will never take; durable on return."""
        ...


class MemoryKeep:
    """Forgets with the process."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.refused: list[tuple[InFlight, str]] = []
        self._accepted: Accepted | None = None

    def save(self) -> None:
        """Nothing survives; nothing to do."""

    def accepted(self) -> Accepted | None:
        """The last properties the server took; None before the first."""
        return self._accepted

    def accept(self, accepted: Accepted) -> None:
        """The server took these."""
        self._accepted = accepted

    def set_aside(self, refused: InFlight, reason: str, detail: str) -> None:
        """Put away a body that the server will never take."""
        self.refused.append((refused, reason))


class DiskKeep:
    """In files of the agent's home: ``state``, ``accepted``, ``refused/NUMBER``."""

    def __init__(self, home: Path, codec: Codec) -> None:
        self._home = home
        self._codec = codec
        self._stored = b""
        self._known: Accepted | None = None
        self.state = self._load()

    def save(self) -> None:
        """Return when ``state`` would survive a crash; writes nothing when nothing changed."""
        data = self._codec.encode(self.state.to_plain())
        if data != self._stored:
            write_durably(self._home / "state", data)
            self._stored = data

    def accepted(self) -> Accepted | None:
        """The last properties the server took; None before the first, or when the file is damaged."""
        if self._known is None:
            try:
                plain = self._codec.decode((self._home / "accepted").read_bytes())
                self._known = Accepted(bytes(plain["hash"]), dict(plain["properties"]))
            except (FileNotFoundError, MalformedBody, KeyError, TypeError, ValueError):
                return None  # the next call-in then sends the full set
        return self._known

    def accept(self, accepted: Accepted) -> None:
        """The server took these; durable on return."""
        write_durably(self._home / "accepted", self._codec.encode(accepted._asdict()))
        self._known = accepted

    def set_aside(self, refused: InFlight, reason: str, detail: str) -> None:
        """Put away a body that the server will never take; durable on return."""
        folder = self._home / "refused"
        make_private_folder(folder)
        content = {**refused._asdict(), "reason": reason, "detail": detail}
        write_durably(folder / f"{refused.number:012d}", self._codec.encode(content))
        for old in itertools.islice(sorted(folder.iterdir(), reverse=True), REFUSED_KEPT, None):
            old.unlink(missing_ok=True)

    def _load(self) -> State:
        path = self._home / "state"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return State()
        try:
            state = State.from_plain(self._codec.decode(data))
        except MalformedBody as error:
            raise DamagedState(f"{path} is damaged: {error}") from error
        self._stored = data
        return state
