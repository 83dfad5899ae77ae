"""The agent's own settings follow a policy, and return to the defaults with it."""

from pathlib import Path
from typing import Any

import pytest

from agents.agent_policy import DEFAULTS, FILE, AgentPolicy, UnusablePolicy, stored_agent_policy
from agents.enforcer import Workplace
from agents.enforcers.agent import AgentEnforcer
from agents.settings import Settings

WANTED = {"interval_s": 60, "jitter": 0.2, "mode": "push", "log_level": "debug"}


@pytest.fixture
def enforcer(tmp_path: Path) -> AgentEnforcer:
    return AgentEnforcer(Workplace(tmp_path, Settings("", "", None, "p256")))


def test_what_a_policy_says_is_in_force_at_once(enforcer: AgentEnforcer, tmp_path: Path) -> None:
    differs = enforcer.check(WANTED)
    enforcer.enforce(WANTED)

    assert differs == "interval_s, jitter, mode, log_level differ"
    assert enforcer.check(WANTED) == ""
    assert stored_agent_policy(tmp_path) == AgentPolicy(60, 0.2, "push", "DEBUG")


def test_what_it_leaves_out_is_the_default(enforcer: AgentEnforcer, tmp_path: Path) -> None:
    enforcer.enforce(WANTED)
    enforcer.enforce({"interval_s": 30})

    assert stored_agent_policy(tmp_path) == DEFAULTS._replace(interval_s=30)


def test_withdrawn_everything_is_the_default(enforcer: AgentEnforcer, tmp_path: Path) -> None:
    enforcer.enforce(WANTED)
    enforcer.withdraw()
    enforcer.withdraw()

    assert stored_agent_policy(tmp_path) == DEFAULTS


@pytest.mark.parametrize(
    "settings",
    [
        {"interval_s": 0},
        {"interval_s": True},
        {"interval_s": 1.5},
        {"interval_s": 10**9},
        {"log_level": 7},
        {"jitter": 0.6},
        {"jitter": float("nan")},
        {"jitter": "0.1"},
        {"mode": "pull-ish"},
        {"mode": ["pull"]},
        {"log_level": "LOUD"},
        {"colour": "red"},
    ],
)
def test_a_setting_no_agent_has_is_refused_by_name(enforcer: AgentEnforcer, settings: dict[str, Any]) -> None:
    with pytest.raises(UnusablePolicy, match=f"^{next(iter(settings))}: "):
        enforcer.check(settings)


@pytest.mark.parametrize("stored", ["", "[]", '{"interval_s": 0}', '{"colour": 1}', "\x00"])
def test_a_damaged_file_is_the_default(tmp_path: Path, stored: str) -> None:
    (tmp_path / FILE).write_text(stored)

    assert stored_agent_policy(tmp_path) == DEFAULTS
