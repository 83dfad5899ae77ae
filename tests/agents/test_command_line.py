"""`muster agent` as people and programs use it."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from agents.codec import MsgpackCodec
from agents.enforced import Enforced, EnforcedBook
from agents.enforcer import Workplace
from agents.enforcers.agent import AgentEnforcer
from agents.holdings import Holdings
from agents.main import main
from agents.settings import Settings, read_settings
from agents.shelf import DiskShelf
from agents.tasks.book import Book, LastRun, Record
from tests.agents.loopback import Loopback
from wire.held import TASK, Item, Manifest, digest_of
from wire.types import AgentType


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "home"


def agent(home: Path, *said: str) -> int:
    return main(["--home", str(home), *said])


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    """The last line, as JSON."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def install(home: Path, loopback: Loopback, *listeners: Any, more: tuple[str, ...] = ("--name", "box-1")) -> int:
    return agent(home, "install", "--bootstrap", str(loopback.bootstrap(*listeners)), *more)


def test_one_command_goes_the_whole_way(home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    with loopback.listener() as listener:
        assert install(home, loopback, listener) == 0

        code = agent(home, "call-in", "-o", "json")

    known = loopback.server.only
    assert code == 0
    told = printed(capsys)
    assert told["agent_id"].replace("-", "") == known.agent_id.hex()
    del told["agent_id"]
    assert told == {
        "outcome": "accepted",
        "reason": "",
        "number": 1,
        "server_time": "2027-01-15T08:00:00.000Z",
    }
    assert loopback.server.types == [AgentType.REGISTRATION_REQUEST, AgentType.FULL_PROPS]
    assert known.whys == ["manual"]
    assert known.requests[0]["name"] == known.properties["host"]["name"] == "box-1"


def test_the_second_call_in_of_an_idle_machine_is_small(home: Path, loopback: Loopback) -> None:
    with loopback.listener() as listener:
        install(home, loopback, listener)
        agent(home, "call-in")
        loopback.server.seen.clear()

        assert agent(home, "call-in") == 0

    assert loopback.server.types == [AgentType.PROPS_VERSION]


@pytest.mark.parametrize("key_type", ["p256", "ed25519", "rsa2048"])
def test_every_key_type_calls_in(home: Path, loopback: Loopback, key_type: str) -> None:
    with loopback.listener() as listener:
        install(home, loopback, listener, more=("--name", "box-1", "--key-type", key_type))

        assert agent(home, "call-in") == 0

    assert loopback.server.only.key.algorithm == key_type


def test_pending_exits_with_5(home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    loopback.server.status_of_new = "pending"
    with loopback.listener() as listener:
        install(home, loopback, listener)

        code = agent(home, "call-in", "-o", "json")

    told = printed(capsys)
    assert code == 5
    assert (told["outcome"], told["reason"], told["number"]) == ("pending", "pending", 0)


def test_nobody_there_exits_with_6_and_is_told_at_the_next_call_in(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback.listener() as listener:
        port = listener.port
        install(home, loopback, listener)
        agent(home, "call-in")
    codes = [agent(home, "call-in", "-o", "json") for _ in range(3)]
    told = printed(capsys)
    agent(home, "status", "-o", "json")
    status = printed(capsys)

    assert codes == [6, 6, 6]
    assert told["outcome"] == "unreachable"
    assert f"port {port}" in told["reason"]
    assert told["server_time"] is None
    assert status["undelivered_events"] == 1
    assert status["last_call_in"]["outcome"] == "unreachable"
    assert status["registration"] == "allowed"


def test_properties_from_a_file_are_reported_as_they_are_and_read_again(
    home: Path, tmp_path: Path, loopback: Loopback
) -> None:
    file = tmp_path / "laptop-7.json"
    file.write_text('{"a": {"b": [1, 2.5, null, true, "ü"]}, "host": {"name": "x"}}')
    with loopback.listener() as listener:
        install(home, loopback, listener, more=("--properties", str(file)))
        agent(home, "call-in")
        first = loopback.server.only.properties
        file.write_text('{"a": {"b": []}, "host": {"name": "x"}}')
        agent(home, "call-in")

    assert first == {"a": {"b": [1, 2.5, None, True, "ü"]}, "host": {"name": "x"}}
    assert loopback.server.only.properties == {"a": {"b": []}, "host": {"name": "x"}}
    assert loopback.server.only.requests[0]["name"] == "laptop-7"
    assert set(loopback.server.only.requests[0]["resource_keys"]) == {"machine_uuid", "name.domain"}


def test_a_property_file_of_a_megabyte_travels(home: Path, tmp_path: Path, loopback: Loopback) -> None:
    properties = {f"key {at}": f"{at * 2654435761 % 2**32:08x}" * 4 for at in range(20_000)}
    file = tmp_path / "large.json"
    file.write_text(json.dumps(properties))
    assert 900_000 < file.stat().st_size < 1_048_576
    with loopback.listener() as listener:
        install(home, loopback, listener, more=("--properties", str(file)))

        assert agent(home, "call-in") == 0

    assert loopback.server.only.properties == properties


def test_resource_keys_come_from_a_file_when_one_is_named(home: Path, tmp_path: Path, loopback: Loopback) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"serial": "S-1"}')
    with loopback.listener() as listener:
        install(home, loopback, listener, more=("--resource-keys", str(file)))
        agent(home, "call-in")

    assert loopback.server.only.requests[0]["resource_keys"] == {"serial": "S-1"}


def test_an_event_waits_for_the_next_call_in(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback.listener() as listener:
        install(home, loopback, listener)
        assert agent(home, "event", "DoorOpened", "--data", '{"door": 3}') == 0
        agent(home, "status", "-o", "json")
        waiting = printed(capsys)["undelivered_events"]

        agent(home, "call-in")

    (event,) = loopback.server.only.events
    assert waiting == 1
    assert (event["type"], event["data"]) == ("DoorOpened", {"door": 3})


@pytest.mark.parametrize("data", ["{", "[]", json.dumps({"a": "x" * 70_000})])
def test_an_event_with_other_data_than_an_object_is_refused(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str], data: str
) -> None:
    install(home, loopback, 1)

    assert agent(home, "event", "DoorOpened", "--data", data) == 1


def test_status_before_the_first_call_in(home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]) -> None:
    install(home, loopback, 4711)

    assert agent(home, "status", "-o", "json") == 0
    assert printed(capsys) == {
        "agent_id": None,
        "name": "box-1",
        "registration": "unregistered",
        "last_call_in": None,
        "undelivered_events": 0,
        "next_number": 1,
        "in_flight": None,
        "interval_s": 300,
        "handlers": [{"name": "h1", "host": "127.0.0.1", "port": 4711, "priority": 1}],
        "policies": [],
        "tasks": [],
        "held": {"manifest": None, "items": 0, "assigned": [], "repositories": [], "ca_set": 0},
    }
    assert agent(home, "status") == 0
    assert "unregistered" in capsys.readouterr().out


def test_the_home_is_for_its_owner_alone(home: Path, loopback: Loopback) -> None:
    install(home, loopback, 1)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert (home / "key.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_the_same_install_again_changes_nothing(home: Path, loopback: Loopback) -> None:
    install(home, loopback, 1)
    key = (home / "key.pem").read_bytes()

    assert install(home, loopback, 1) == 0
    assert (home / "key.pem").read_bytes() == key


def test_a_newer_bootstrap_file_of_the_same_deployment_is_taken(home: Path, loopback: Loopback) -> None:
    install(home, loopback, 1)
    key = (home / "key.pem").read_bytes()

    assert install(home, loopback, 2) == 0
    assert json.loads((home / "bootstrap.json").read_text())["handlers"][0]["port"] == 2
    assert (home / "key.pem").read_bytes() == key


@pytest.mark.parametrize("change", ["name", "deployment"])
def test_another_install_in_the_same_home_is_refused(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    install(home, loopback, 1)

    other = {"deployment": "another"} if change == "deployment" else {}
    name = "box-2" if change == "name" else "box-1"
    assert agent(home, "install", "--bootstrap", str(loopback.bootstrap(1, **other)), "--name", name) == 4
    assert "has an agent installed" in capsys.readouterr().err


def test_a_folder_with_other_files_is_not_taken_over(
    tmp_path: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").touch()

    assert install(tmp_path, loopback, 1) == 1
    assert "holds other files" in capsys.readouterr().err


def test_an_install_cut_short_can_be_made_again(home: Path, loopback: Loopback) -> None:
    install(home, loopback, 1)
    (home / "install.json").unlink()

    assert agent(home, "status") == 3
    assert install(home, loopback, 1) == 0


@pytest.mark.parametrize("said", [("call-in",), ("status",), ("run",), ("event", "X")])
def test_a_home_without_an_agent_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: tuple[str, ...]
) -> None:
    assert agent(tmp_path, *said) == 3
    assert "no agent is installed" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["call-in"], ["--home", "x"], ["--home", "x", "dance"]])
def test_a_wrong_command_line_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert "usage: muster agent" in capsys.readouterr().err


def test_help_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0


def test_a_damaged_state_is_put_aside_and_the_agent_registers_again(home: Path, loopback: Loopback) -> None:
    with loopback.listener() as listener:
        install(home, loopback, listener)
        agent(home, "call-in")
        (home / "state").write_bytes(b"\xc1 not what was written")

        assert agent(home, "call-in") == 0

    assert loopback.server.numbers == [1, 2]
    assert (home / "state.damaged").exists()


def test_a_key_is_made_once_and_offered_until_it_is_taken(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback.listener() as listener:
        install(home, loopback, listener)
    loopback.server.seen.clear()

    first = agent(home, "rekey", "--key-type", "ed25519")
    told = capsys.readouterr().err
    key = (home / "key.next.pem").read_bytes()
    agent(home, "rekey", "-o", "json")
    again = capsys.readouterr()

    assert first == 6
    assert "a new key is made" in told
    assert "the new key is not in use yet" in told
    assert "it is offered again" in again.err
    assert json.loads(again.out)["outcome"] == "unreachable"
    assert (home / "key.next.pem").read_bytes() == key
    assert stat.S_IMODE((home / "key.next.pem").stat().st_mode) == 0o600


def test_without_an_agent_there_is_no_key_to_replace(home: Path) -> None:
    assert agent(home, "rekey") == 3


def test_what_policies_and_tasks_may_do_here_is_said_at_install_and_may_be_said_anew(
    home: Path, loopback: Loopback
) -> None:
    install(home, loopback, 1)
    before = read_settings(home / "install.json")
    allowed = ("--allow-path", "/etc/app", "--allow-path", "/srv", "--allow-command", "/usr/bin/true")

    code = install(home, loopback, 1, more=("--name", "box-1", *allowed))

    now = read_settings(home / "install.json")
    assert code == 0
    assert (before.allow_paths, before.allow_commands) == ((), ())
    assert (now.allow_paths, now.allow_commands) == (("/etc/app", "/srv"), ("/usr/bin/true",))


@pytest.mark.parametrize("option", ["--allow-path", "--allow-command"])
@pytest.mark.parametrize("path", ["etc", "", "/etc/../root", "/./etc"])
def test_an_allowance_is_an_absolute_plain_path(home: Path, loopback: Loopback, option: str, path: str) -> None:
    assert install(home, loopback, 1, more=(option, path)) == 1
    assert not (home / "install.json").exists()


def test_settings_of_an_older_agent_allow_nothing(tmp_path: Path) -> None:
    file = tmp_path / "install.json"
    file.write_text('{"name": "", "properties": "", "resource_keys": null, "key_type": "p256"}')

    assert read_settings(file) == Settings("", "", None, "p256", (), ())


def test_status_tells_what_is_enforced_and_the_interval_that_follows(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    install(home, loopback, 1)
    EnforcedBook(home, MsgpackCodec()).put("agent", Enforced(bytes(16), "fast", 3, "enforced", False, "", 1_000))
    folder = home / "enforcers" / "agent"
    folder.mkdir(parents=True)
    AgentEnforcer(Workplace(folder, read_settings(home / "install.json"))).enforce({"interval_s": 7})

    agent(home, "status", "-o", "json")
    told = printed(capsys)
    agent(home, "status")

    assert told["interval_s"] == 7
    assert told["policies"] == [
        {
            "category": "agent",
            "name": "fast",
            "version": 3,
            "outcome": "enforced",
            "detail": "",
            "since": "1970-01-01T00:00:01.000Z",
        }
    ]
    assert "agent = fast version 3, enforced since 1970-01-01" in capsys.readouterr().out


def test_status_tells_the_last_and_the_next_run_of_each_task_held(
    home: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    install(home, loopback, 1)
    held, gone = bytes([1] * 16), bytes([2] * 16)
    content = MsgpackCodec().encode({"type": "call-in"})
    item = Item(held, TASK, "task/sweep", "sweep", 1, digest_of(content))
    Holdings(MsgpackCodec(), DiskShelf(home)).take(Manifest(1, 5, (item,)), [content])
    last = LastRun("r-1", 1_000, 2_000, 3_000, "failed", 7)
    for key in (held, gone):
        Book(home, MsgpackCodec()).save(Record(key, "sweep", 0, last=last, next_ms=9_000))

    agent(home, "status", "-o", "json")
    told = printed(capsys)
    agent(home, "status")

    assert told["tasks"] == [
        {
            "name": "sweep",
            "running_since": None,
            "last_run": {
                "due": "1970-01-01T00:00:01.000Z",
                "ended": "1970-01-01T00:00:03.000Z",
                "outcome": "failed",
                "exit": 7,
            },
            "next_run": "1970-01-01T00:00:09.000Z",
        }
    ]
    assert told["held"]["assigned"] == [{"category": "task/sweep", "name": "sweep", "version": 1, "when": None}]
    assert "sweep, last run failed at 1970" in capsys.readouterr().out
