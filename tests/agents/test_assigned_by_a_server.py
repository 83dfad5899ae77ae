"""From a signed manifest to what the machine is like: delivered, enforced and reported within one call-in."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.codec import MsgpackCodec
from agents.control import ENFORCE, RUN_TASK, NobodyListens, ask_for
from agents.main import main
from tests.agents.assigned import Assigned
from tests.agents.loopback import Loopback
from wire.types import AgentType

CODEC = MsgpackCodec()


class Site:
    """An installed agent whose server assigns policies; ``managed`` is where they may write."""

    def __init__(self, folder: Path, loopback: Loopback) -> None:
        self.home, self.managed = folder / "home", folder / "managed"
        self.managed.mkdir()
        self.server = loopback.server
        self.assigned = Assigned()
        self._position = 0

    def agent(self, *said: str) -> int:
        return main(["--home", str(self.home), *said])

    def assign(self) -> None:
        """What ``assigned`` holds now is what the server assigns."""
        self._position += 1
        held = self.assigned.items()
        self.server.assign(self._position, *(item for item, _ in held), contents=[content for _, content in held])

    def reports(self) -> list[tuple[str, str, str]]:
        """Type, category and outcome of what was reported of policies."""
        events = [event for event in self.server.only.events if event["type"].startswith("Policy")]
        return [(event["type"], event["data"]["category"], event["data"]["outcome"]) for event in events]


@pytest.fixture
def site(tmp_path: Path, loopback: Loopback) -> Site:
    return Site(tmp_path, loopback)


def installed(site: Site, loopback: Loopback, listener: Any) -> None:
    bootstrap = str(loopback.bootstrap(listener))
    allowed = ["--name", "box-1", "--allow-path", str(site.managed)]
    assert site.agent("install", "--bootstrap", bootstrap, *allowed) == 0
    assert site.agent("call-in") == 0
    site.server.seen.clear()


def test_a_policy_is_delivered_enforced_and_reported_in_one_call_in(site: Site, loopback: Loopback) -> None:
    motd = site.managed / "motd"
    with loopback.listener() as listener:
        installed(site, loopback, listener)
        site.assigned.policy("file", {"path": str(motd), "content": "hello\n"})
        site.assigned.policy("agent", {"interval_s": 90})
        site.assign()

        assert site.agent("call-in") == 0
        after_one = (motd.read_text(), site.reports(), list(site.server.types))
        motd.write_text("vandals were here\n")
        site.agent("call-in")

    assert after_one == (
        "hello\n",
        [("PolicyEnforced", "file", "enforced"), ("PolicyEnforced", "agent", "enforced")],
        [AgentType.PROPS_VERSION, AgentType.PROPS_VERSION, AgentType.EVENT_UPLOAD],
    )
    assert motd.read_text() == "hello\n"
    assert site.reports()[2:] == [("PolicyEnforced", "file", "mended")]


def test_an_assignment_that_ends_is_withdrawn(
    site: Site, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback.listener() as listener:
        installed(site, loopback, listener)
        site.assigned.policy("agent", {"interval_s": 90})
        site.assign()
        site.agent("call-in")
        site.agent("status", "-o", "json")
        before = json.loads(capsys.readouterr().out.splitlines()[-1])["interval_s"]

        site.assigned.nothing()
        site.assign()
        site.agent("call-in")
        site.agent("status", "-o", "json")

    assert before == 90
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["interval_s"] == site.server.interval_s
    assert site.reports()[1:] == [("PolicyWithdrawn", "agent", "withdrawn")]


def test_revoked_the_agents_settings_are_its_own_again_and_files_stay(
    site: Site, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    staying, going = site.managed / "staying", site.managed / "going"
    with loopback.listener() as listener:
        installed(site, loopback, listener)
        files = [{"path": str(staying), "content": ""}, {"path": str(going), "content": "", "remove_on_withdraw": True}]
        site.assigned.policy("file", {"files": files})
        site.assigned.policy("agent", {"interval_s": 90})
        site.assign()
        site.agent("call-in")
        site.server.only.status = "revoked"

        code = site.agent("call-in")
        site.agent("status", "-o", "json")

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == 5
    assert (staying.exists(), going.exists()) == (True, False)
    assert (told["interval_s"], told["policies"]) == (site.server.interval_s, [])


def test_without_a_server_what_is_held_is_enforced_when_a_person_asks(
    site: Site, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    motd = site.managed / "motd"
    with loopback.listener() as listener:
        installed(site, loopback, listener)
        site.assigned.policy("file", {"path": str(motd), "content": "hello\n"})
        site.assign()
        site.agent("call-in")
    motd.unlink()

    code = site.agent("enforce")

    assert code == 0
    assert motd.read_text() == "hello\n"
    assert "file = standard version 1, mended" in capsys.readouterr().out


def test_what_cannot_be_enforced_shows_in_the_exit_code(
    site: Site, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback.listener() as listener:
        installed(site, loopback, listener)
        site.assigned.policy("file", {"path": "/etc/motd", "content": "hello\n"})
        site.assign()
        site.agent("call-in")

    assert site.agent("enforce", "-o", "json") == 1
    (told,) = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["outcome"], told["since"]) == ("failed", None)
    assert "not below an allowed path" in told["detail"]


def test_a_task_is_started_by_hand_only_while_the_agent_runs(
    site: Site, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback.listener() as listener:
        installed(site, loopback, listener)

    assert site.agent("run-task", "sweep") == 1
    assert "does not answer" in capsys.readouterr().err
    for verb in (ENFORCE, RUN_TASK):
        with pytest.raises(NobodyListens):
            ask_for(site.home, verb)
