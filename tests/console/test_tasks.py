"""Tasks through the command line: orders to run now and whom they reach, versions, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site
from tests.handlers.test_delivery import OTHER, PROPERTIES, holding, manifest_in
from wire.held import NO_LISTS, held_plain
from wire.types import AgentType

TASK = 'type = "run-command"\nsettings = { argv = ["/bin/true"] }\n'


@pytest.fixture
def hello(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """Task hello, in two versions, assigned to nobody."""
    assert muster("tasks", "set", "hello", a_file(tmp_path, TASK), "--note", "first").code == ExitCode.OK
    limited = a_file(tmp_path, TASK + "time_limit_s = 60\n")
    assert muster("tasks", "set", "hello", limited, "--note", "less patient").code == ExitCode.OK
    return site


def a_file(directory: Path, content: str) -> str:
    path = directory / "task.toml"
    path.write_text(content)
    return str(path)


def an_agent(site: Site, name: str) -> Any:
    agent = site.agent(name)
    agent.be_allowed()
    agent.say(agent.full_properties(1, {}, PROPERTIES + NO_LISTS))
    return agent


def shown(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.client().get("/tasks/hello").json()
    return found


def test_an_order_to_run_a_task_tells_on_how_many_agents_it_runs(hello: Site, muster: Muster) -> None:
    agents = [an_agent(hello, f"pc-{number}") for number in range(3)]
    nobody = muster("tasks", "run-now", "hello")
    muster("policies", "assign", "task/hello", "hello", "--group", "/")
    hello.project()
    not_yet = muster("tasks", "run-now", "hello")
    for agent in agents[:2]:
        told = agent.say(agent.package(AgentType.PROPS_VERSION, {}, 2, PROPERTIES + NO_LISTS))
        held = {"held": held_plain(holding(manifest_in(told)))}
        agent.say(agent.package(AgentType.PROPS_VERSION, held, 3, PROPERTIES + OTHER))
    hello.project()

    ran = muster("tasks", "run-now", "hello")
    again = json.loads(muster("tasks", "run-now", "hello", "-o", "json").out)

    assert nobody.out.startswith("Nothing runs: task hello is assigned to no agent.")
    assert not_yet.out.startswith("Nothing runs: 3 agents are assigned it, and none of them has said yet")
    assert ran.out == "Task hello runs once on each agent that holds it: 2 of the 3 that are assigned it.\n"
    assert (again["holding"], again["assigned"], ran.code) == (2, 3, ExitCode.OK)


def test_the_versions_of_a_task_are_listed_with_the_reasons_of_orders_to_run_it(hello: Site, muster: Muster) -> None:
    muster("tasks", "run-now", "hello", "--reason", "ticket 4711")

    listed = json.loads(muster("tasks", "history", "hello", "-o", "json").out)["items"]

    assert [(row["version"], row["note"]) for row in listed] == [
        (1, "first"),
        (2, "less patient"),
        (3, "run now: ticket 4711"),
    ]
    assert json.loads(muster("tasks", "show", "hello", "--version", "1", "-o", "json").out)["note"] == "first"


def test_two_versions_of_a_task_are_compared(hello: Site, muster: Muster) -> None:
    ran = muster("tasks", "diff", "hello")

    assert '+  "time_limit_s": 60,' in ran.out
    assert muster("tasks", "diff", "hello", "--from", "1", "--to", "9").code == ExitCode.NOT_FOUND


def test_a_task_goes_back_to_an_older_version_and_runs_nothing_for_that(hello: Site, muster: Muster) -> None:
    muster("tasks", "run-now", "hello")
    ordered = shown(hello)["settings"]["run_now"]

    ran = muster("tasks", "rollback", "hello", "--to", "1", "--note", "patience")

    assert ran.out == "The newest version of task hello equals version 1 now.\n"
    assert (ordered, shown(hello)["settings"]["run_now"], "time_limit_s" in shown(hello)["settings"]) == (3, 3, False)
    assert muster("tasks", "rollback", "hello", "--to", "9").code == ExitCode.NOT_FOUND


def test_the_verbs_of_policies_answer_for_a_task(hello: Site, muster: Muster, tmp_path: Path) -> None:
    task = ("task/hello", "hello")

    assert json.loads(muster("policies", "show", *task, "--version", "1", "-o", "json").out)["note"] == "first"
    assert "less patient" in muster("policies", "history", *task).out
    assert "time_limit_s" in muster("policies", "diff", *task).out
    assert muster("policies", "rollback", *task, "--to", "1").code == ExitCode.OK
    assert muster("policies", "set", *task, a_file(tmp_path, TASK + "time_limit_s = 7\n")).code == ExitCode.OK
    assert muster("policies", "delete", *task).code == ExitCode.OK
    assert shown(hello)["deleted"] is True


def test_a_task_has_no_other_name_than_its_category(hello: Site, muster: Muster) -> None:
    ran = muster("policies", "show", "task/hello", "other")

    assert (ran.code, "is that of task hello alone" in ran.err) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("tasks", "show", "a/b"),
        ("tasks", "history", "a/b"),
        ("tasks", "run-now", "a/b"),
        ("policies", "show", "a/b", "c"),
        ("policies", "history", "file", "a/b"),
        ("policies", "category", "show", "a/b"),
    ],
)
def test_a_name_with_a_slash_is_told_in_a_sentence(site: Site, muster: Muster, arguments: tuple[str, ...]) -> None:
    ran = muster(*arguments)

    assert ran.code == ExitCode.NOT_FOUND, ran.err
    assert "Not Found" not in ran.err
    assert "a/b" in ran.err


def test_a_name_with_spaces_is_a_name(site: Site, muster: Muster, tmp_path: Path) -> None:
    missing = muster("tasks", "history", "clean up now")
    muster("tasks", "set", "clean up now", a_file(tmp_path, TASK))

    assert (missing.code, "There is no task 'clean up now'" in missing.err) == (ExitCode.NOT_FOUND, True)
    assert muster("tasks", "history", "clean up now").code == ExitCode.OK


def test_runs_of_a_task_that_never_was_are_refused(hello: Site, muster: Muster) -> None:
    unknown, quiet = muster("tasks", "runs", "NOPE"), muster("tasks", "runs", "hello")

    assert (unknown.code, "There is no task 'NOPE'" in unknown.err) == (ExitCode.NOT_FOUND, True)
    assert (quiet.code, quiet.out) == (ExitCode.OK, "No runs yet.\n")


def test_every_fault_of_a_task_is_told_at_once(site: Site, muster: Muster, tmp_path: Path) -> None:
    bad = 'type = "Run It"\ntimezone = "Mars/Base"\nschedule = { daily = "25:00" }\n'

    ran = muster("tasks", "set", "hello", a_file(tmp_path, bad))

    assert ran.code == ExitCode.REFUSED
    assert [each for each in ("type:", "schedule.daily:", "timezone:") if each not in ran.err] == []


def test_a_type_that_only_a_plug_in_can_have_is_remarked(site: Site, muster: Muster, tmp_path: Path) -> None:
    ran = muster("tasks", "set", "hello", a_file(tmp_path, 'type = "run-comand"\n'))

    assert (ran.code, "only agents with a plug-in of type run-comand" in ran.err) == (ExitCode.OK, True)
