"""The help of every group fits a terminal of 80 columns: one line for each command."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from console.cli import app
from tests.console.conftest import Muster

_BORDERS = 4
_GAP = 2


def groups(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    if subcommands := getattr(command, "commands", None):
        yield " ".join(("muster", *path)), subcommands
        for name, each in subcommands.items():
            yield from groups(each, (*path, name))


@pytest.mark.parametrize(
    ("path", "commands"), [pytest.param(*each, id=each[0]) for each in groups(typer.main.get_command(app))]
)
def test_each_command_is_told_in_one_line_of_80_columns(path: str, commands: dict[str, Any]) -> None:
    room = 80 - _BORDERS - _GAP - max(map(len, commands))

    first = {name: each.help.split("\n\n")[0].replace("\n", " ") for name, each in commands.items()}

    assert {name: text for name, text in first.items() if len(text) > room} == {}


def test_what_stands_in_brackets_is_shown(muster: Muster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")

    assert "masks with *, ? and [ab]." in muster("registrations", "list", "--help").out
