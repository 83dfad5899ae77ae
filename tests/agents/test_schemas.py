"""What the server lets people write is what the agent understands: both judge the same settings alike."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import pytest

from agents.agent_policy import UnusablePolicy, read_agent_policy
from agents.enforcer import CannotEnforce
from agents.enforcers.managed_file import read_files
from agents.in_force import InForce
from agents.tasks.definition import BadTask, read_task
from domain.builtin_categories import AGENT, FILE, TASK
from domain.policy_category import faults_in
from wire.held import Item

ONE = {"path": "/etc/motd", "content": "x"}


def understood(category: str, settings: Mapping[str, Any]) -> bool:
    try:
        if category == "agent":
            read_agent_policy(settings)
        elif category == "file":
            read_files(settings)
        else:
            item = Item(bytes(16), "task", "task/x", "x", 1, bytes(32))
            read_task(InForce(item, dict(settings)), lambda: UTC, b"")
    except (UnusablePolicy, CannotEnforce, BadTask):
        return False
    return True


@pytest.mark.parametrize(
    ("category", "settings"),
    [
        ("agent", {}),
        ("agent", {"interval_s": 30, "jitter": 0.5, "mode": "push", "log_level": "debug"}),
        ("agent", {"interval_s": 604_800, "jitter": 0, "mode": "pull", "log_level": "error"}),
        ("file", ONE),
        ("file", {"files": []}),
        (
            "file",
            {"files": [ONE, {**ONE, "path": "/a", "mode": "755", "owner": "root:adm", "remove_on_withdraw": True}]},
        ),
        ("task", {"type": "call-in"}),
        ("task", {"type": "x", "schedule": {"every_s": 10}, "random_delay_s": 86_400, "time_limit_s": 86_400}),
        ("task", {"type": "x", "schedule": {"daily": "00:00"}, "timezone": "Europe/Berlin", "missed": "run"}),
        ("task", {"type": "x", "schedule": {"weekly": {"days": ["mon", "sun"], "at": "23:59"}}, "run_now": 3}),
        ("task", {"type": "x", "schedule": {"cron": "*/5 0-6 1,15 jan mon#2"}}),
        ("task", {"type": "x", "schedule": {"once": "2027-01-15T08:00:30Z"}}),
        ("task", {"type": "x", "schedule": {"startup": True}, "settings": {"argv": ["/bin/true"]}}),
    ],
)
def test_what_may_be_written_is_understood(category: str, settings: dict[str, Any]) -> None:
    schema = {"agent": AGENT, "file": FILE, "task": TASK}[category]

    assert faults_in(settings, schema) == []
    assert understood(category, settings)


@pytest.mark.parametrize(
    ("category", "settings"),
    [
        ("agent", {"jitter": 0.51}),
        ("agent", {"mode": "both"}),
        ("agent", {"colour": 1}),
        ("file", {}),
        ("file", {**ONE, "files": []}),
        ("file", {"files": [{"path": "/a"}]}),
        ("file", {"files": [{**ONE, "mode": "4755"}]}),
        ("file", {"path": "etc", "content": ""}),
        ("task", {}),
        ("task", {"type": "x", "schedule": {"daily": "24:00"}}),
        ("task", {"type": "x", "schedule": {"daily": "00:00", "every_s": 60}}),
        ("task", {"type": "x", "schedule": {"cron": "* * * * * *"}}),
        ("task", {"type": "x", "missed": "later"}),
    ],
)
def test_what_may_not_be_written_would_not_be_enforced(category: str, settings: dict[str, Any]) -> None:
    schema = {"agent": AGENT, "file": FILE, "task": TASK}[category]

    assert faults_in(settings, schema) != []
    assert not understood(category, settings)
