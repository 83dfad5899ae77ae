"""How a story is told: a report that is wrong ends it, by name; an excerpt holds nothing that was not printed."""

from io import StringIO
from pathlib import Path

import pytest

from tests.story.excerpt import excerpt, first_unlike
from tests.story.printed import Printed
from tests.story.run import told
from tests.story.teller import StepFailed, Teller

TABLE = "Two:\nNAME    LAST CALL-IN  WHY\nweb-01  today         wake-up\nweb-02  -             -\n\nNAME  X\nn     1\n"
STORY = "== Allow ==\n\nA person.\n$ muster x\n  NAME  SINCE\n  a     2026-01-05 10:00:07Z\n\n== Sorting ==\nRules.\n"


def a_teller(folder: Path, out: StringIO) -> Teller:
    return Teller(folder, {"PATH": "/usr/bin:/bin"}, out, patience_s=0)


def test_a_wrong_report_ends_the_story_with_exit_code_1_and_the_name_of_its_step(tmp_path: Path) -> None:
    out = StringIO()

    def story(out: StringIO) -> int:
        tell = a_teller(tmp_path, out)
        tell.say("All machines are counted.")
        tell.show("echo 2", lambda told: told.out == "2\n", "two machines")
        tell.until("echo 3", lambda told: told.out == "4\n", "four machines")
        return 0

    code = told(story, out)  # type: ignore[arg-type]

    assert code == 1
    *before, _ = out.getvalue().split("The story broke off.")
    assert before == ["\nAll machines are counted.\n$ echo 2\n  2\n\n"]
    for named in ("step:     All machines are counted.", "command:  echo 3", "expected: four machines", "\n3\n"):
        assert named in out.getvalue()


def test_a_told_story_has_exit_code_0_and_counts_its_reports(tmp_path: Path) -> None:
    out = StringIO()

    def story(out: StringIO) -> int:
        tell = a_teller(tmp_path, out)
        tell.show("echo 2", lambda told: told.code == 0, "it works")
        return tell.checked

    code = told(story, out)  # type: ignore[arg-type]

    assert code == 0
    assert "The story is told: 1 report" in out.getvalue()


def test_a_report_without_the_table_or_row_asked_for_is_wrong(tmp_path: Path) -> None:
    tell = a_teller(tmp_path, StringIO())

    with pytest.raises(StepFailed):
        tell.until("echo", lambda told: told.column("NAME", "WHY")["web-03"] == "", "web-03 is there")


def test_a_quiet_command_that_fails_ends_the_story_too(tmp_path: Path) -> None:
    with pytest.raises(StepFailed):
        a_teller(tmp_path, StringIO()).quietly("false")


def test_a_line_too_wide_to_read_is_shown_cut_and_checked_whole(tmp_path: Path) -> None:
    out = StringIO()

    a_teller(tmp_path, out).show(f"echo {'x' * 999}y", lambda told: told.out.endswith("xy\n"), "the end is y")

    assert out.getvalue().endswith(f"  {'x' * 149}…\n")


def test_a_printed_table_is_read_by_its_headings() -> None:
    printed = Printed(TABLE, remarks="There is more.\n")

    assert printed.rows("WHY")[0] == {"NAME": "web-01", "LAST CALL-IN": "today", "WHY": "wake-up"}
    assert printed.column("NAME", "LAST CALL-IN") == {"web-01": "today", "web-02": "-"}
    assert printed.column("X", "NAME") == {"1": "n"}
    with pytest.raises(KeyError):
        printed.rows("EXIT")


@pytest.mark.parametrize(
    ("shown", "unlike"),
    [
        ("== Allow ==\n...\n  NAME SINCE\n  a    2027-11-11 11:11:11Z\n...\nRules.\n", False),
        ("A person.\n...\n== Allow ==\n", True),
        ("A person.\n  NAME SINCE\n", True),
        ("A person, twice.\n", True),
    ],
    ids=["a part", "another order", "a line left out unsaid", "another line"],
)
def test_an_excerpt_is_what_was_printed_in_its_order_with_gaps_shown(shown: str, unlike: bool) -> None:
    assert bool(first_unlike(shown, STORY)) is unlike


def test_readme_begins_with_the_story() -> None:
    told = excerpt()

    for word in ("registrations allow", "apply", "assign", "lock", "tasks run", "killed", "rollback", "revoke"):
        assert word in told
