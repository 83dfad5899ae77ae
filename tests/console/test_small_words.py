"""Small words of the command line: names for ids, one and many, what is of use, what may be a slip."""

import json
from pathlib import Path

import pytest

from agents.properties import agent_version
from bin.muster import run
from console.exit_code import ExitCode
from console.tables import cell
from tests.console.conftest import Muster
from tests.console.site import Site


def test_a_list_of_texts_shows_where_each_ends() -> None:
    assert cell(["/bin/echo", "hello task"]) == '["/bin/echo","hello task"]'
    assert cell(["a", "b"]) == "a, b"


def test_what_show_prints_for_people_ends_without_positions_and_revisions(
    site: Site, muster: Muster, tmp_path: Path
) -> None:
    file = tmp_path / "motd.json"
    file.write_text('{"path": "/etc/motd", "content": "x"}')
    muster("policies", "set", "file", "motd", str(file))
    site.allowed_agent("pc-1")

    for command in (["policies", "show", "file", "motd"], ["groups", "show", "/"], ["registrations", "policy", "show"]):
        shown, document = muster(*command), json.loads(muster(*command, "-o", "json").out)

        assert "position" in document
        assert not [line for line in shown.out.splitlines() if line.split()[0] in ("position", "revision")]


def test_the_refusal_to_delete_an_assigned_policy_names_the_agent(site: Site, muster: Muster, tmp_path: Path) -> None:
    file = tmp_path / "motd.json"
    file.write_text('{"path": "/etc/motd", "content": "x"}')
    muster("policies", "set", "file", "motd", str(file))
    site.allowed_agent("pc-1")
    muster("policies", "assign", "file", "motd", "--agent", "pc-1")
    agent_id = site.client().get("/agents/pc-1").json()["agent_id"]

    ran = muster("policies", "delete", "file", "motd")

    assert ran.code == ExitCode.CONFLICT
    assert f"assigned at agent pc-1 ({agent_id}): end that first." in ran.err


def test_one_registration_matches_and_two_match(site: Site, muster: Muster) -> None:
    site.agent("pc-1")
    one = muster("registrations", "allow", "--all-matching", "name=pc-*", "--dry-run")
    site.agent("pc-2")
    two = muster("registrations", "allow", "--all-matching", "name=pc-*", "--dry-run")

    assert "1 registration matches and can be decided so" in one.out + one.err
    assert "2 registrations match and can be decided so" in two.out + two.err


def test_a_handler_that_never_announced_itself_is_warned_of(site: Site, muster: Muster, tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    entries = [{"name": name, "host": "127.0.0.1", "port": 1, "priority": 1} for name in ("site-a", "site-b")]
    file.write_text(json.dumps({"servers": entries}))
    site.room.announce(1, handler="site-a")
    site.project()

    ran = muster("lists", "servers", "set", str(file))

    assert ran.code == ExitCode.OK
    assert "no agent handler ever announced itself as site-b;" in ran.err


def test_whoami_tells_whose_token_it_is(muster: Muster) -> None:
    ran = muster("whoami", role="operator")

    assert "operator" in ran.out
    assert json.loads(muster("whoami", "-o", "json").out)["role"] == "admin"


def test_the_version_is_told_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"muster {agent_version()}\n"
