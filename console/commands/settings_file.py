"""Settings of a policy or task in a file, JSON when it begins with a brace, else TOML; and printed as such a file."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from console.ascii_json import ascii_json
from console.exit_code import CommandFailed, ExitCode
from console.given_file import name_of, read_given_text
from console.session import Form, Session

MAX_BYTES = 1024 * 1024


def read_settings(path: Path) -> dict[str, Any]:
    """The settings; CommandFailed names the line of what is wrong."""
    text, name = read_given_text(path, "a file of settings", MAX_BYTES), name_of(path)
    try:
        is_json = path.suffix == ".json" or text.lstrip().startswith("{")
        found = json.loads(text) if is_json else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as broken:
        raise CommandFailed(ExitCode.REFUSED, f"{name}: {broken}. Nothing was changed.") from broken
    if not isinstance(found, dict):
        raise CommandFailed(ExitCode.REFUSED, f"{name} holds no settings: it is no table.")
    return found


def show_settings(session: Session, settings: dict[str, Any]) -> None:
    """Print settings as a file that is read again: TOML, or JSON when asked for it or where TOML cannot say it."""
    sys.stdout.write(f"{ascii_json(settings)}\n" if session.form is not Form.TABLE else _toml(settings))


def _toml(settings: dict[str, Any]) -> str:
    import tomli_w

    try:
        text = tomli_w.dumps(settings)
    except TypeError:  # TOML has no null.
        return f"{ascii_json(settings)}\n"
    # Nothing in it may steer the terminal, and it must be read again: the escapes are TOML's.
    return "".join(each if each == "\n" or each.isprintable() else f"\\U{ord(each):08x}" for each in text)
