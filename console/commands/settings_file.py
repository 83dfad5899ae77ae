"""Settings of a policy or task in a file: TOML, or JSON when its name says so."""

import json
import tomllib
from pathlib import Path
from typing import Any

from console.exit_code import CommandFailed, ExitCode

MAX_BYTES = 1024 * 1024


def read_settings(path: Path) -> dict[str, Any]:
    """The settings; CommandFailed names the line of what is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as unreadable:
        raise CommandFailed(ExitCode.USAGE, f"{path} cannot be read: {unreadable.strerror}.") from unreadable
    if len(raw) > MAX_BYTES:
        raise CommandFailed(ExitCode.REFUSED, f"{path} has {len(raw)} bytes; settings have at most {MAX_BYTES}.")
    try:
        text = raw.decode("utf-8-sig")
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except UnicodeDecodeError as strange:
        raise CommandFailed(ExitCode.REFUSED, f"{path} is not UTF-8 text.") from strange
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as broken:
        raise CommandFailed(ExitCode.REFUSED, f"{path}: {broken}. Nothing was changed.") from broken
    if not isinstance(found, dict):
        raise CommandFailed(ExitCode.REFUSED, f"{path} holds no settings: it is no table.")
    return found
