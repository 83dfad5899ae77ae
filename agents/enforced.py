"""What is enforced on this machine and was last reported: one small file that survives the agent."""

from pathlib import Path
from typing import Any, NamedTuple

from agents.durable import write_durably
from wire.codec import Codec, MalformedBody

FILE = "enforced"


class Enforced(NamedTuple):
    """The last outcome for one category; ``since_ms`` is when this version was first brought about, 0 never."""

    id: bytes
    name: str
    version: int
    outcome: str
    drift: bool
    detail: str
    since_ms: int


class EnforcedBook:
    """Category to Enforced; durable when a verb returns. A damaged file is an empty one: all is reported again."""

    def __init__(self, home: Path, codec: Codec) -> None:
        self._path = home / FILE
        self._codec = codec
        self._known = self._load()

    def all(self) -> dict[str, Enforced]:
        """By category."""
        return dict(self._known)

    def put(self, category: str, enforced: Enforced) -> None:
        """Keep the last outcome of a category."""
        if self._known.get(category) != enforced:
            self._known[category] = enforced
            self._save()

    def drop(self, category: str) -> None:
        """Nothing of this category is enforced any more."""
        if self._known.pop(category, None):
            self._save()

    def _save(self) -> None:
        plain = {category: list(enforced) for category, enforced in self._known.items()}
        write_durably(self._path, self._codec.encode(plain))

    def _load(self) -> dict[str, Enforced]:
        try:
            plain: dict[str, Any] = self._codec.decode(self._path.read_bytes())
            return {category: _enforced(values) for category, values in plain.items()}
        except (FileNotFoundError, MalformedBody, TypeError, ValueError, AttributeError):
            return {}


def _enforced(values: list[Any]) -> Enforced:
    identity, name, version, outcome, drift, detail, since_ms = values
    return Enforced(bytes(identity), str(name), int(version), str(outcome), bool(drift), str(detail), int(since_ms))
