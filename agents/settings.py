"""What was said at install: stored in the home. What the server may do here is said here and nowhere else."""

import json
from pathlib import Path
from typing import Any, NamedTuple


class UnusableSettings(Exception):
    """The file install.json of this home is not what an install wrote."""


class Settings(NamedTuple):
    """``name`` is empty for the machine itself; ``properties`` is the path of a file or empty.

    ``allow_paths``: folders or files that policies may manage; ``allow_commands``: programs that tasks may run.
    Both are absolute; without any, policies write no file and tasks run no command.
    """

    name: str
    properties: str
    resource_keys: dict[str, str] | None
    key_type: str
    allow_paths: tuple[str, ...] = ()
    allow_commands: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The stored form."""
        return json.dumps(self._asdict(), indent=1) + "\n"


def read_settings(path: Path) -> Settings:
    """Read what ``to_json`` gave; raise UnusableSettings."""
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        settings = Settings(**plain)
        paths, commands = tuple(settings.allow_paths), tuple(settings.allow_commands)
        return settings._replace(allow_paths=paths, allow_commands=commands)
    except (ValueError, TypeError) as error:
        raise UnusableSettings(f"{path}: {error}") from error
