"""The pages on the agent: their example works, their names are the code's."""

import json
import re
import threading
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agents.agent_policy import AgentPolicy
from agents.deadline import Deadline
from agents.enforcement import POLICY_ENFORCED, POLICY_WITHDRAWN
from agents.enforcer import CannotEnforce, Workplace
from agents.plugins import ENFORCERS, SHIPPED_ENFORCERS, SHIPPED_TASK_TYPES, TASK_TYPES
from agents.settings import Settings
from agents.tasks import task_type
from agents.tasks.journal import TASK_ENDED, TASK_STARTED
from agents.tasks.task_type import RunContext
from wire.conditions import holds, read

DOCS = Path(__file__).parents[2] / "docs"
AGENTS, PLUGINS = (DOCS / "agents.md").read_text(), (DOCS / "agent-plugins.md").read_text()
HERE = Settings("", "", None, "p256")


def block(page: str, language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return str(found)


@pytest.fixture
def example() -> ModuleType:
    """The plug-in on the page."""
    module = ModuleType("muster_timesync")
    exec(compile(block(PLUGINS, "python"), "muster_timesync.py", "exec"), module.__dict__)
    return module


def test_the_entry_points_of_the_example_name_what_is_in_it(example: ModuleType) -> None:
    points = tomllib.loads(block(PLUGINS, "toml"))["project"]["entry-points"]

    assert set(points) == {ENFORCERS, TASK_TYPES}
    for group in points.values():
        for value in group.values():
            module, _, name = value.partition(":")
            assert module == example.__name__
            assert hasattr(example, name)


def test_the_enforcer_of_the_example_does_what_it_promises(example: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "conf.d" / "muster.conf"
    enforcer = example.TimeServers(Workplace(tmp_path, HERE), path)
    wanted = {"servers": ["ntp1", "ntp2"]}

    before = enforcer.check(wanted)
    enforcer.enforce(wanted)
    after = enforcer.check(wanted)
    enforcer.enforce({"servers": []})
    drifted = enforcer.check(wanted)
    enforcer.withdraw()
    enforcer.withdraw()

    assert (bool(before), bool(after), bool(drifted)) == (True, False, True)
    assert not path.exists()
    with pytest.raises(CannotEnforce):
        enforcer.check({"servers": "ntp1"})


def test_the_task_type_of_the_example_runs(example: ModuleType) -> None:
    context = RunContext(Deadline(lambda: 0.0, 60), threading.Event(), lambda _: "", lambda _: None)

    outcomes = [example.FreeSpace(HERE).run({"percent": least}, context).outcome for least in (0, 101)]

    assert outcomes == ["done", "failed"]


def test_the_condition_on_the_page_is_one() -> None:
    condition = read(json.loads(block(AGENTS, "json")))

    properties: dict[str, Any] = {"os": {"id": "debian"}, "host": {"name": "PC-7"}}
    assert holds(condition, ["192.168.1.15"], properties)
    assert not holds(condition, ["192.168.1.15"], {})


def test_the_pages_name_everything_that_is_there() -> None:
    named = set(re.findall(r"`([\w-]+)`", AGENTS + PLUGINS))
    outcomes = {task_type.DONE, task_type.FAILED, task_type.TIMED_OUT, task_type.MISSED, task_type.INTERRUPTED}

    assert set(SHIPPED_ENFORCERS) | set(SHIPPED_TASK_TYPES) <= named
    assert set(AgentPolicy._fields) | outcomes <= named
    assert {POLICY_ENFORCED, POLICY_WITHDRAWN, TASK_STARTED, TASK_ENDED} <= named
