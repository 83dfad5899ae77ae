"""Whoever would assign more than a manifest carries is told so; who has it all the same is pointed out."""

import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site

SAYS = "Agents in /Full would be assigned"


def choose(number: int) -> list[dict[str, Any]]:
    """Choices of some 16 KiB each."""
    return [{"policy": "p", "property": {f"p{at}": ["x" * 255] * 64}} for at in range(number)]


def a_file(directory: Path, *assignments: dict[str, Any]) -> str:
    """/Full has almost as much as there is room for; /Desks nothing but what is said here."""
    policies: list[dict[str, Any]] = [{"category": each, "name": "p", "settings": {}} for each in ("vpn", "wifi")]
    full = {"group": "/Full", "category": "vpn", "choose": choose(29)}
    groups = [{"path": "/Full"}, {"path": "/Desks"}]
    path = directory / "fleet.toml"
    path.write_text(tomli_w.dumps({"group": groups, "policy": policies, "assignment": [full, *assignments]}))
    return str(path)


@pytest.fixture
def full(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """pc-1 is in /Desks and has four choices of its own."""
    site.allowed_agent("pc-1")
    own = {"agent": "pc-1", "category": "wifi", "choose": [*choose(3), {"policy": "p"}]}
    ran = muster("apply", "-f", a_file(tmp_path, own))
    assert ran.code == ExitCode.OK, ran.err
    assert muster("agents", "move", "pc-1", "--to", "/Desks").code == ExitCode.OK
    return site


def test_a_file_that_assigns_too_much_is_refused_and_a_dry_run_says_so(
    full: Site, muster: Muster, tmp_path: Path
) -> None:
    file = a_file(tmp_path, {"group": "/", "category": "wifi", "choose": choose(1)})

    tried, ran = muster("apply", "-f", file, "--dry-run"), muster("apply", "-f", file)

    assert (tried.code, SAYS in tried.err) == (ExitCode.CONFLICT, True)
    assert (ran.code, "too_much_assigned" in ran.err, SAYS in ran.err) == (ExitCode.CONFLICT, True, True)


def test_an_assignment_that_is_too_much_is_refused_and_says_what_to_do(full: Site) -> None:
    choices = [{"policy": "p", "when": {"property": {"p": ["x" * 255] * 64}}}]

    answer = full.client().put("/assignments", json={"group": "/Full", "category": "wifi", "choices": choices})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_much_assigned")
    assert "a manifest carries 476: assign less there or above" in answer.json()["detail"]


def test_an_agent_that_has_too_much_all_the_same_is_warned_about(full: Site, muster: Muster) -> None:
    before = muster("policies", "compliance")
    assert muster("groups", "move", "/Desks", "--into", "/Full").code == ExitCode.OK

    agent, counts = muster("agents", "policy", "pc-1"), muster("policies", "compliance")
    listed = json.loads(muster("policies", "compliance", "--state", "not told", "-o", "json").out)

    assert "WARNING" not in before.err
    assert "WARNING: it is told nothing: too much is assigned" in agent.err
    assert "not told" in agent.out
    assert "WARNING: 1 agents (see agent " in counts.err
    assert [row["name"] for row in listed["items"]] == ["pc-1"]
