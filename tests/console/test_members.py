"""Who is in a group: listed with all below it, shown with each agent, moved together by a confirmed count."""

import csv
import io
import json

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.fixture
def planted(site: Site, muster: Muster) -> Site:
    """/A/B holds pc-1, /A pc-2, /D pc-3; pc-4 was never placed."""
    for path in ("/A", "/A/B", "/D"):
        muster("groups", "create", path)
    for number, path in enumerate(("/A/B", "/A", "/D", ""), start=1):
        site.allowed_agent(f"pc-{number}")
        if path:
            assert muster("agents", "move", f"pc-{number}", "--to", path).code == ExitCode.OK
    return site


def listed(muster: Muster, *filters: str) -> dict[str, str]:
    ran = muster("agents", "list", *filters, "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    return {each["name"]: each["group"] for each in json.loads(ran.out)["items"]}


def test_agents_of_a_group_and_all_below_it_are_listed_with_their_groups(planted: Site, muster: Muster) -> None:
    assert listed(muster, "--group", "/a") == {"pc-1": "/A/B", "pc-2": "/A"}
    assert listed(muster, "--group", "/A/B") == {"pc-1": "/A/B"}
    assert listed(muster, "--group", "/D", "--status", "Pending") == {}
    assert listed(muster, "--group", "/") == {"pc-1": "/A/B", "pc-2": "/A", "pc-3": "/D", "pc-4": "/"}


def test_a_group_that_is_not_there_is_no_empty_list(planted: Site, muster: Muster) -> None:
    ran = muster("agents", "list", "--group", "/Nope")

    assert ran.code == ExitCode.NOT_FOUND
    assert "There is no group /Nope" in ran.err


def test_members_stay_right_after_groups_move_are_renamed_and_deleted_into_others(
    planted: Site, muster: Muster
) -> None:
    muster("groups", "move", "/A/B", "--into", "/D")
    assert listed(muster, "--group", "/D") == {"pc-1": "/D/B", "pc-3": "/D"}

    muster("groups", "rename", "/D", "Desks")
    muster("groups", "delete", "/Desks/B", "--into", "/A")
    assert listed(muster, "--group", "/A") == {"pc-1": "/A", "pc-2": "/A"}

    muster("groups", "delete", "/A", "--into", "/Desks")
    assert listed(muster, "--group", "/Desks") == {"pc-1": "/Desks", "pc-2": "/Desks", "pc-3": "/Desks"}

    muster("groups", "delete", "/Desks", "--into", "/")
    assert set(listed(muster).values()) == {"/"}


def test_the_group_is_a_column_of_the_table_and_of_csv_and_shown_with_one_agent(planted: Site, muster: Muster) -> None:
    table = muster("agents", "list").out.splitlines()
    rows = list(csv.DictReader(io.StringIO(muster("agents", "list", "-o", "csv").out)))

    assert "GROUP" in table[0]
    assert "/A/B" in table[1]
    assert [each["group"] for each in rows] == ["/A/B", "/A", "/D", "/"]
    assert json.loads(muster("agents", "show", "pc-1", "-o", "json").out)["group"] == "/A/B"


def test_agents_that_match_are_moved_together_once_their_number_is_confirmed(planted: Site, muster: Muster) -> None:
    tried = muster("agents", "move", "--all-matching", "--group", "/A", "--to", "/D", "--dry-run")
    assert (tried.code, "pc-1" in tried.out, "pc-3" in tried.out) == (ExitCode.OK, True, False)
    assert "2 agents match and are not in /D. Nothing was changed." in tried.out

    unconfirmed = muster("agents", "move", "--all-matching", "--group", "/A", "--to", "/D")
    assert (unconfirmed.code, "--confirm 2" in unconfirmed.err) == (ExitCode.USAGE, True)
    wrong = muster("agents", "move", "--all-matching", "--group", "/A", "--to", "/D", "--confirm", "3")
    assert (wrong.code, "2 match now, not 3" in wrong.err) == (ExitCode.CONFLICT, True)
    assert listed(muster, "--group", "/D") == {"pc-3": "/D"}

    done = muster("agents", "move", "--all-matching", "--group", "/A", "--to", "/d", "--confirm", "2", "--reason", "x")
    assert (done.code, done.out) == (ExitCode.OK, "2 agents are in /D now.\n")
    assert list(listed(muster, "--group", "/D")) == ["pc-1", "pc-2", "pc-3"]


def test_those_that_are_there_already_are_counted_and_left_alone(planted: Site, muster: Muster) -> None:
    tried = muster("agents", "move", "--all-matching", "--name", "pc-*", "--to", "/D", "--dry-run")

    assert "3 agents match and are not in /D; 1 more are there already." in tried.out


def test_a_move_of_named_agents_takes_no_filter_and_one_of_nobody_is_refused(planted: Site, muster: Muster) -> None:
    assert muster("agents", "move", "--to", "/D").code == ExitCode.USAGE
    assert muster("agents", "move", "pc-1", "--group", "/A", "--to", "/D").code == ExitCode.USAGE
    assert muster("agents", "move", "pc-1", "--all-matching", "--to", "/D").code == ExitCode.USAGE
    assert muster("agents", "move", "--all-matching", "--to", "/Nope", "--dry-run").code == ExitCode.NOT_FOUND
