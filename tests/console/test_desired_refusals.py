"""What `muster apply` refuses, its dry run refuses too, with the same words; the second click is no mistake."""

from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site

FILE = """
[[group]]
path = "/Servers/Linux"

[[policy]]
category = "file"
name = "motd"
settings = { path = "/etc/motd", content = "hello" }

[[assignment]]
group = "/Servers"
category = "file"
choose = [{ policy = "motd" }]
"""


@pytest.fixture
def applied(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """The file is applied; pc-1, that nobody allowed yet, is in /Servers/Linux."""
    site.agent("pc-1")
    assert muster("apply", "-f", a_file(tmp_path, FILE)).code == ExitCode.OK
    assert muster("agents", "move", "pc-1", "--to", "/Servers/Linux").code == ExitCode.OK
    return site


def a_file(directory: Path, content: str) -> str:
    path = directory / "fleet.toml"
    path.write_text(content)
    return str(path)


@pytest.mark.parametrize("content", ["", "revision = {revision}\n", "# nothing\n"])
def test_a_file_with_nothing_in_it_is_refused_by_order_and_dry_run(
    applied: Site, muster: Muster, tmp_path: Path, content: str
) -> None:
    revision = applied.client().get("/desired-state").json()["revision"]
    before = muster("export").out
    file = a_file(tmp_path, content.format(revision=revision))

    ran, tried = muster("apply", "-f", file), muster("apply", "-f", file, "--dry-run")

    assert (ran.code, tried.code) == (ExitCode.CONFLICT, ExitCode.CONFLICT)
    assert "empty_document" in ran.err
    for each in (ran, tried):
        assert "There is nothing in this file. To delete everything, say so by an empty table: group = []" in each.err
    assert muster("export").out == before


def test_the_worker_refuses_a_document_with_nothing_in_it(applied: Site) -> None:
    answer = applied.client().put("/desired-state", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "empty_document")


def test_everything_is_deleted_by_a_file_that_says_so(applied: Site, muster: Muster, tmp_path: Path) -> None:
    assert muster("agents", "move", "pc-1", "--to", "/").code == ExitCode.OK

    assert muster("apply", "-f", a_file(tmp_path, "group = []\n")).code == ExitCode.OK
    assert applied.client().get("/policies").json()["items"] == []


def test_a_dry_run_tells_that_a_group_with_agents_would_not_be_deleted(
    applied: Site, muster: Muster, tmp_path: Path
) -> None:
    file = a_file(tmp_path, FILE.replace("/Servers", "/Other"))

    tried, ran = muster("apply", "-f", file, "--dry-run"), muster("apply", "-f", file)

    told = "The group /Servers/Linux holds 1 agent: put them elsewhere first (`muster agents move`"
    assert (tried.code, ran.code) == (ExitCode.CONFLICT, ExitCode.CONFLICT)
    assert told in tried.err
    assert told in ran.err
    assert "The group /Servers holds" not in tried.err, "it is told once"
    assert "delete  group /Servers" in tried.out


def test_a_dry_run_tells_every_refusal_at_once(applied: Site, muster: Muster, tmp_path: Path) -> None:
    assert muster("groups", "create", "/Desks").code == ExitCode.OK
    schema = a_file(tmp_path, 'type = "object"\nrequired = ["port"]\n')
    assert muster("policies", "category", "set", "vpn", schema).code == ExitCode.OK
    bad = """
[[group]]
path = "/desks"

[[policy]]
category = "vpn"
name = "home"
settings = {}

[[assignment]]
group = "/"
category = "vpn"
locked = true
choose = [{ policy = "home" }]

[[assignment]]
group = "/"
category = "hello"
"""
    revision = applied.client().get("/desired-state").json()["revision"]

    tried = muster("apply", "-f", a_file(tmp_path, f"revision = {revision - 1}\n{bad}"), "--dry-run", "-o", "json")

    assert tried.code == ExitCode.CONFLICT
    for told in (
        "has a group desks already",
        "vpn home: port is missing",
        "Nobody knows a category hello",
        "The group /Servers/Linux holds 1 agent",
        f"(revision {revision}, not {revision - 1})",
    ):
        assert told in tried.err


def test_the_second_click_changes_nothing_whatever_revision_the_file_names(
    applied: Site, muster: Muster, tmp_path: Path
) -> None:
    exported = muster("export").out
    file = a_file(tmp_path, exported.replace("hello", "bye"))
    assert muster("apply", "-f", file).code == ExitCode.OK

    again, tried = muster("apply", "-f", file), muster("apply", "-f", file, "--dry-run")

    assert (again.code, again.out) == (ExitCode.OK, "Nothing changed: the desired state is so already.\n")
    assert (tried.code, tried.out) == (ExitCode.OK, "Nothing would change.\n")
    assert "revision_stale" in muster("apply", "-f", a_file(tmp_path, exported)).err
