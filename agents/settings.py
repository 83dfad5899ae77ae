"""What was said at install: stored in the home, the same for the whole life of an agent."""

import json
from pathlib import Path
from typing import Any, NamedTuple


class UnusableSettings(Exception):
    """The file install.json of this home is not what an install wrote."""


class Settings(NamedTuple):
    """``name`` is empty for the machine itself; ``properties`` is the path of a file or empty."""

    name: str
    properties: str
    resource_keys: dict[str, str] | None
    key_type: str

    def to_json(self) -> str:
        """The stored form."""
        return json.dumps(self._asdict(), indent=1) + "\n"


def read_settings(path: Path) -> Settings:
    """Read what ``to_json`` gave; raise UnusableSettings."""
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Settings(**plain)
    except (ValueError, TypeError) as error:
        raise UnusableSettings(f"{path}: {error}") from error
