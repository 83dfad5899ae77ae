"""Tables fit the terminal they are printed on."""

import os
import pty
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from console.tables import print_table

COLUMNS = {"name": "NAME", "agent_id": "AGENT ID"}
ROWS = [{"name": "pc-" + "x" * 60, "agent_id": "9f3c1b1e-5f0a-4f7e-9d25-0f6e7f1c2a3b"}]


@contextmanager
def _terminal() -> Iterator[tuple[TextIO, int]]:
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as screen:
        yield screen, controller
    os.close(controller)


def test_a_table_on_a_terminal_is_folded_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    with _terminal() as (screen, controller):
        monkeypatch.setattr("sys.stdout", screen)
        print_table({"COLUMNS": "60", "TERM": "xterm"}, COLUMNS, ROWS)
        screen.flush()
        lines = re.sub(r"\x1b\[[0-9;]*m", "", os.read(controller, 10_000).decode()).splitlines()

    assert max(map(len, lines)) <= 60
    assert "".join(line[:20].strip() for line in lines[1:]).startswith("pc-xxx")


def test_a_table_in_a_file_has_one_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table({"COLUMNS": "60"}, COLUMNS, ROWS)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].split() == list(ROWS[0].values())


def test_what_has_fields_is_told_in_a_line_and_says_what_it_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"fingerprint": "ab" * 32, "reason": "ordered by finance", "rule": "", "duplicate_of": [], "number": 0}

    print_table({}, {"facts": "FACTS"}, [{"facts": facts}, {"facts": {}}])

    _, told, nothing = capsys.readouterr().out.splitlines()
    assert told == "fingerprint=ababababababababababa... reason=ordered by finance number=0"
    assert nothing == "-"
