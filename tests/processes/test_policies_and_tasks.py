"""From an order to what a machine is like, and back into the reports: real agents, broker and database."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from site_of_processes import MUSTER, Site, bare_environment, wait_for

pytestmark = pytest.mark.services


def installed(site: Site, home: Path, name: str, *allowed: str) -> None:
    done = site.agent(home, "install", "--bootstrap", str(site.bootstrap), "--name", name, *allowed)
    assert done.returncode == 0, done.stderr


def ordered(site: Site, *said: str) -> None:
    done = site.people(*said)
    assert done.returncode == 0, done.stderr


def written(folder: Path, settings: dict[str, Any]) -> str:
    path = folder / "settings.json"
    path.write_text(json.dumps(settings))
    return str(path)


def state_of(site: Site, category: str, agent: str) -> tuple[str, int | None]:
    """State and enforced version, as `muster agents policy` shows it."""
    rows = site.people_json("agents", "policy", agent)["categories"]
    (row,) = [row for row in rows if row["category"] == category]
    return row["state"], row["enforced_version"]


def test_a_file_policy_is_enforced_mended_refused_where_not_allowed_and_withdrawn(site: Site, tmp_path: Path) -> None:
    managed, home, strict = tmp_path / "managed", tmp_path / "a", tmp_path / "b"
    managed.mkdir()
    motd = managed / "motd"
    site.start()
    ordered(site, "registrations", "policy", "set", "allow-all")
    installed(site, home, "pc-1", "--allow-path", str(managed))
    installed(site, strict, "pc-2")
    settings = {"path": str(motd), "content": "hello\n", "remove_on_withdraw": True}
    ordered(site, "policies", "set", "file", "motd", written(tmp_path, settings))
    ordered(site, "policies", "assign", "file", "motd", "--group", "/")

    for each in (home, strict):
        assert site.agent(each, "call-in").returncode == 0
    first = (motd.read_text(), state_of(site, "file", "pc-1"), state_of(site, "file", "pc-2")[0])
    motd.write_text("vandals were here\n")
    site.agent(home, "call-in")
    mended = (motd.read_text(), state_of(site, "file", "pc-1")[0])
    ordered(site, "registrations", "revoke", "pc-1", "--reason", "stolen")
    site.agent(home, "call-in")

    assert first == ("hello\n", ("enforced", 1), "failed")
    assert mended == ("hello\n", "drifted")
    assert not motd.exists()


def test_a_task_runs_on_the_machine_and_its_end_is_reported(site: Site, tmp_path: Path) -> None:
    home = tmp_path / "a"
    site.start()
    ordered(site, "registrations", "policy", "set", "allow-all")
    installed(site, home, "pc-1", "--allow-command", "/bin/echo")
    content = {"type": "run-command", "settings": {"argv": ["/bin/echo", "done it"]}}
    ordered(site, "tasks", "set", "tell", written(tmp_path, content))
    ordered(site, "policies", "assign", "task/tell", "tell", "--group", "/")
    argv = [*MUSTER, "agent", "--home", str(home), "run", "--first-within", "0"]
    with subprocess.Popen(argv, env=bare_environment(), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        ordered(site, "tasks", "run-now", "tell")

        site.agent(home, "call-in")
        wait_for(lambda: _last_run(site, home))
        site.agent(home, "call-in")
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0

    (run,) = site.people_json("tasks", "runs", "tell")["items"]
    assert (run["outcome"], run["exit"], run["output"]) == ("done", 0, "done it\n")


def _last_run(site: Site, home: Path) -> Any:
    (task,) = json.loads(site.agent(home, "status", "-o", "json").stdout)["tasks"]
    return task["last_run"]
