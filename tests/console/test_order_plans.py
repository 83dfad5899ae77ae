"""Orders about groups and assignments tell what goes with them, tried before or carried out."""

import json
from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.fixture
def planted(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """/Old with pc-1 and pc-2 assigns file and locks agent; /Old/Below with pc-3; /New assigns nothing."""
    for path in ("/Old", "/Old/Below", "/New"):
        assert muster("groups", "create", path).code == ExitCode.OK
    file = tmp_path / "motd.toml"
    file.write_text('path = "/etc/motd"\ncontent = "hello"\n')
    for name in ("motd", "other"):
        assert muster("policies", "set", "file", name, str(file)).code == ExitCode.OK
    assert muster("policies", "assign", "file", "motd", "--group", "/Old").code == ExitCode.OK
    assert muster("policies", "assign", "agent", "--nothing", "--lock", "--group", "/Old").code == ExitCode.OK
    for name, group in (("pc-1", "/Old"), ("pc-2", "/Old"), ("pc-3", "/Old/Below")):
        site.allowed_agent(name)
        assert muster("agents", "move", name, "--to", group).code == ExitCode.OK
    return site


def test_deleting_a_group_tells_what_moved_and_what_ended(planted: Site, muster: Muster) -> None:
    tried = muster("groups", "delete", "/Old", "--into", "/new", "--dry-run")

    told = (
        "/Old would be no more. 2 agents and 1 group of it would be in /New then."
        " What it assigned would end: agent, file. Something else would apply to 3 agents.\n"
    )
    assert tried == (ExitCode.OK, told, "Nothing was changed.\n")
    assert muster("groups", "delete", "/Old", "--into", "/New").out == (
        "/Old is no more. 2 agents and 1 group of it are in /New now. What it assigned has ended: agent, file.\n"
    )


def test_the_api_tells_what_a_deleted_group_held(planted: Site) -> None:
    answer = planted.client().post("/groups/delete", json={"path": "/Old", "into": "/"}).json()

    held = {name: answer[name] for name in ("outcome", "into", "moved_agents", "moved_groups", "ended")}
    assert held == {
        "outcome": "done",
        "into": "/",
        "moved_agents": 2,
        "moved_groups": 1,
        "ended": ["agent", "file"],
    }


def test_a_group_that_held_nothing_is_only_no_more(planted: Site, muster: Muster) -> None:
    assert muster("groups", "delete", "/New").out == "/New is no more.\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("/Old",), "The group /Old holds 1 group and 2 agents"),
        (("/Old", "--into", "/Old/Below"), "into itself"),
        (("/Away",), "There is no group /Away."),
        (("/Old", "--into", "/Away"), "There is no group /Away."),
        (("/",), "cannot be renamed, moved or deleted"),
    ],
)
def test_a_dry_run_of_a_deletion_tells_the_refusal(
    planted: Site, muster: Muster, words: tuple[str, ...], told: str
) -> None:
    tried, ran = muster("groups", "delete", *words, "--dry-run"), muster("groups", "delete", *words)

    assert (tried.code, told in tried.err, told in ran.err) == (ExitCode.CONFLICT, True, True), tried.err
    assert ran.code in (ExitCode.CONFLICT, ExitCode.NOT_FOUND)


def test_a_dry_run_of_an_assignment_tells_whom_it_touches_and_changes_nothing(planted: Site, muster: Muster) -> None:
    head = len(planted.room.topics())
    for words, out in (
        (("assign", "file", "other", "--group", "/old"), "Something else would apply to 3 agents.\n"),
        (("assign", "file", "other", "--agent", "pc-3"), "Something else would apply to 1 agent.\n"),
        (("assign", "file", "other", "--group", "/New"), "Something else would apply to 0 agents.\n"),
        (("assign", "file", "--nothing", "--group", "/Old/Below"), "Something else would apply to 1 agent.\n"),
        (("assign", "file", "motd", "--group", "/Old"), "Nothing would change.\n"),
        (("unassign", "file", "--group", "/Old"), "Something else would apply to 3 agents.\n"),
        (("unassign", "file", "--group", "/New"), "Nothing would change.\n"),
        (("unassign", "file", "--agent", "pc-1"), "Nothing would change.\n"),
    ):
        assert muster("policies", *words, "--dry-run") == (ExitCode.OK, out, "Nothing was changed.\n")
    assert len(planted.room.topics()) == head


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("assign", "agent", "--nothing", "--group", "/Old/Below"), "/Old has locked agent"),
        (("assign", "agent", "--nothing", "--agent", "pc-3"), "/Old has locked agent"),
        (("assign", "fiel", "--nothing", "--group", "/"), "Did you mean file?"),
        (("unassign", "fiel", "--group", "/"), "Did you mean file?"),
        (("assign", "file", "none", "--group", "/"), "There is no policy none of category file."),
        (("assign", "file", "motd", "--group", "/Away"), "There is no group /Away."),
        (("assign", "file", "motd", "--group", "/", "--network", "10.0.0.0/99"), "The condition has faults"),
    ],
)
def test_a_dry_run_of_an_assignment_tells_the_refusal(
    planted: Site, muster: Muster, words: tuple[str, ...], told: str
) -> None:
    tried, ran = muster("policies", *words, "--dry-run"), muster("policies", *words)

    assert (tried.code, told in tried.err, told in ran.err) == (ExitCode.CONFLICT, True, True), (tried.err, ran.err)
    assert ran.code != ExitCode.OK


def test_what_a_file_deletes_from_agents_is_confirmed_by_their_number(
    planted: Site, muster: Muster, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.toml"
    file.write_text('[[group]]\npath = "/Old/Below"\n[[group]]\npath = "/New"\n')
    before = muster("export").out

    tried = muster("apply", "-f", str(file), "--dry-run")
    assert (tried.code, "touches 3 agents: to apply it, --confirm 3." in tried.err) == (ExitCode.OK, True)
    assert json.loads(muster("apply", "-f", str(file), "--dry-run", "-o", "json").out)["taken"] == 3

    without, wrong = muster("apply", "-f", str(file)), muster("apply", "-f", str(file), "--confirm", "2")
    assert (without.code, "confirm_required" in without.err, "--confirm 3" in without.err) == (2, True, True)
    assert (wrong.code, "touches 3 agents now, not 2" in wrong.err) == (ExitCode.CONFLICT, True)
    assert muster("export").out == before

    assert muster("apply", "-f", str(file), "--confirm", "3").code == ExitCode.OK
    assert muster("apply", "-f", str(file)).out.startswith("Nothing changed")
