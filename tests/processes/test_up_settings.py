"""`muster up` takes the deployment's settings where `muster serve` takes them: a file, the environment over it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from site_of_processes import MUSTER, bare_environment, muster

pytestmark = pytest.mark.services
CONFIG = """
[deployment]
interval_s = 120
blocked_listed_days = 0
shared_resource_keys = ["ACME DEFAULT"]
shared_mac_prefixes = ["00:50:b6"]
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A server that runs with a file of settings, and lets everybody in."""
    data, config = tmp_path / "data", tmp_path / "muster.toml"
    config.write_text(CONFIG)
    command = [*MUSTER, "up", "--data", str(data), "--config", str(config), "--log-level", "ERROR"]
    environment = bare_environment() | {"MUSTER_DEPLOYMENT_INTERVAL_S": "180", "MUSTER_API_CA": "of the command line"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        assert server.stdout.readline().startswith("ready ")
        people(data, "registrations", "policy", "set", "allow-all")
        yield data
    finally:
        server.terminate()
        server.communicate(timeout=60)


def test_shared_keys_the_interval_and_the_days_a_blocked_one_is_listed(data: Path, tmp_path: Path) -> None:
    one = agent(tmp_path / "one", data, serial="acme default", mac="00:50:B6:00:00:01")
    other = agent(tmp_path / "other", data, serial="acme default", mac="00:50:B6:00:00:01")
    copy = agent(tmp_path / "copy", data, serial="S-1")
    again = agent(tmp_path / "again", data, serial="S-1")

    assert [each["outcome"] for each in (one, other, copy, again)] == ["accepted", "accepted", "accepted", "pending"]
    status = json.loads(muster("agent", "--home", str(tmp_path / "one"), "status", "-o", "json").stdout)
    assert status["interval_s"] == 180
    people(data, "registrations", "block", "again", "--reason", "a copy")
    listed = [row["name"] for row in json.loads(people(data, "registrations", "list", "-o", "json"))["items"]]
    left = [row["name"] for row in json.loads(people(data, "registrations", "list", "--left", "-o", "json"))["items"]]
    assert (sorted(listed), left) == (["copy", "one", "other"], ["again"])


@pytest.mark.parametrize("text", ["[deployment]\nblocked_days = 3\n", "[deployment]\ninterval_s = 'often'\n", "["])
def test_a_setting_that_is_wrong_is_named_before_anything_is_made(tmp_path: Path, text: str) -> None:
    config = tmp_path / "muster.toml"
    config.write_text(text)

    refused = muster("up", "--data", str(tmp_path / "data"), "--config", str(config))

    assert refused.returncode == 1
    assert refused.stderr.startswith("muster up: ")
    assert not (tmp_path / "data").exists()


def agent(home: Path, data: Path, **resources: str) -> dict[str, Any]:
    """What the first call-in of a new machine brings."""
    kinds = home.with_suffix(".json")
    kinds.write_text(json.dumps(resources))
    bootstrap = str(data / "bootstrap.json")
    install = ["install", "--bootstrap", bootstrap, "--name", home.name, "--resource-keys", str(kinds)]
    assert muster("agent", "--home", str(home), *install).returncode == 0
    done: dict[str, Any] = json.loads(muster("agent", "--home", str(home), "call-in", "-o", "json").stdout)
    return done


def people(data: Path, *arguments: str) -> str:
    done = muster("--data", str(data), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout
