"""Tables fit the terminal they are printed on."""

import os
import pty
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

import pytest

from console.commands import agent_policy, agents, policies, timeline
from console.tables import print_table

COLUMNS = {"name": "NAME", "agent_id": "AGENT ID"}
AGENT = {
    "name": "web-01",
    "status": "Allowed",
    "agent_id": "9f3c1b1e-5f0a-4f7e-9d25-0f6e7f1c2a3b",
    "last_call_in": "2026-01-31T08:00:00Z",
    "liveness": "overdue",
    "liveness_since": "2026-01-31T08:00:00Z",
}
COMPLIANCE = {
    "name": "web-01",
    "category": "file",
    "policy": "motd",
    "state": "delivered",
    "assigned_version": "2",
    "delivered_version": "2",
    "enforced_version": "1",
    "source": "/Servers/Linux",
    "detail": "the file could not be written: permission denied",
    "since": "2026-01-31T08:00:00Z",
    "locked_by": "/Servers",
}
ROWS = [{"name": "pc-" + "x" * 60, "agent_id": "9f3c1b1e-5f0a-4f7e-9d25-0f6e7f1c2a3b"}]


@contextmanager
def _terminal() -> Iterator[tuple[TextIO, int]]:
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as screen:
        yield screen, controller
    os.close(controller)


def _on_terminal(monkeypatch: pytest.MonkeyPatch, show: Callable[[], object]) -> list[str]:
    with _terminal() as (screen, controller):
        monkeypatch.setattr("sys.stdout", screen)
        show()
        screen.flush()
        return re.sub(r"\x1b\[[0-9;]*m", "", os.read(controller, 10_000).decode()).splitlines()


def test_a_table_on_a_terminal_is_folded_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _on_terminal(monkeypatch, lambda: print_table({"COLUMNS": "60", "TERM": "xterm"}, COLUMNS, ROWS))

    assert max(map(len, lines)) <= 60
    assert "".join(line[:20].strip() for line in lines[1:]).startswith("pc-xxx")


@pytest.mark.parametrize(
    ("columns", "spare", "row", "width"),
    [
        (agent_policy._CATEGORIES, agent_policy._SPARE, COMPLIANCE, 80),
        (policies._AGENTS, policies._SPARE, COMPLIANCE, 80),
        (agents._AGENTS.columns, agents._AGENTS.spare, AGENT, 80),
        (agents._AGENTS.columns, agents._AGENTS.spare, AGENT, 60),
    ],
)
def test_a_narrow_terminal_lacks_columns_but_breaks_no_id_heading_or_word_of_state(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: Mapping[str, str],
    spare: Sequence[str],
    row: Mapping[str, str],
    width: int,
) -> None:
    environ = {"COLUMNS": str(width), "TERM": "xterm"}

    lines = _on_terminal(monkeypatch, lambda: print_table(environ, columns, [row], spare))

    assert max(map(len, lines)) <= width
    shown = [field for field, heading in columns.items() if heading in lines[0]]
    assert all(str(row[field]) in lines[1] for field in shown if field in ("agent_id", "state", "status", "liveness"))
    left_out = [heading for field, heading in columns.items() if field not in shown]
    assert {field for field in columns if field not in shown} <= set(spare)
    assert all(heading in capsys.readouterr().err for heading in left_out[:1])


def test_an_event_of_a_timeline_takes_few_lines_and_its_name_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"name": "web-01", "fingerprint": "ab" * 32, "addresses": ["10.0.0.1"] * 50, "os": "Debian GNU/Linux 12"}
    row = {"position": 450, "at": "2026-01-31T08:00:00Z", "topic": "Registration.RequestRepeated", "facts": facts}
    environ = {"COLUMNS": "80", "TERM": "xterm"}

    lines = _on_terminal(
        monkeypatch, lambda: print_table(environ, timeline._COLUMNS, [timeline._telling(row)], timeline._SPARE)
    )

    assert max(map(len, lines)) <= 80
    assert "Registration.RequestRepeated" in lines[1]
    assert "name=web-01" in lines[1]
    assert len(lines) <= 6
    assert not any("abab" in line for line in lines)


def test_an_id_stays_whole_where_not_even_it_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"COLUMNS": "30", "TERM": "xterm"}

    lines = _on_terminal(monkeypatch, lambda: print_table(environ, COLUMNS, ROWS))

    assert any(ROWS[0]["agent_id"] in line for line in lines)


def test_a_table_in_a_file_has_one_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table({"COLUMNS": "60"}, COLUMNS, ROWS)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].split() == list(ROWS[0].values())


def test_what_has_fields_is_told_in_a_line_and_says_what_it_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"fingerprint": "ab" * 32, "reason": "ordered by finance", "rule": "", "duplicate_of": [], "number": 0}

    print_table({}, {"facts": "FACTS"}, [{"facts": facts}, {"facts": {}}])

    _, told, nothing = capsys.readouterr().out.splitlines()
    assert told == "fingerprint=ababababababababababababababababa... reason=ordered by finance number=0"
    assert nothing == "-"
