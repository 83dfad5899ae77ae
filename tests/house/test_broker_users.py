"""The broker of docker/: one user per process, with the rights that the topology names and the broker enforces."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pika
import pytest

from broker.topology import CONSOLE_RIGHTS, WORKER_RIGHTS, Rights, frontend_rights
from services.rabbitmq import Rabbit

FOLDER = Path(__file__).parents[2] / "docker" / "rabbitmq"
USERS = ("handler-1", "worker", "console")


def _started(tmp_path: Path, password: str) -> subprocess.CompletedProcess[str]:
    """Run the start script with these secrets; in place of the broker stands a program that says it ran."""
    for user in USERS:
        (tmp_path / f"amqp-{user}").write_text(password)
    entrypoint = tmp_path / "docker-entrypoint.sh"
    entrypoint.write_text('#!/bin/sh\necho "$@"\n')
    entrypoint.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SECRETS_DIRECTORY": str(tmp_path),
        "DEFINITIONS": str(tmp_path / "definitions.json"),
    }
    return subprocess.run(["sh", FOLDER / "start.sh"], env=environment, capture_output=True, text=True, check=False)


def _definitions(tmp_path: Path) -> dict[str, Any]:
    assert _started(tmp_path, "correct-horse").stdout == "rabbitmq-server\n"
    definitions: dict[str, Any] = json.loads((tmp_path / "definitions.json").read_text())
    return definitions


def test_every_user_has_the_rights_of_the_topology_and_the_password_of_its_secret(tmp_path: Path) -> None:
    definitions = _definitions(tmp_path)

    rights = {row["user"]: Rights(row["configure"], row["write"], row["read"]) for row in definitions["permissions"]}
    assert rights == {"handler-1": frontend_rights("handler-1"), "worker": WORKER_RIGHTS, "console": CONSOLE_RIGHTS}
    assert {user["name"]: user["password"] for user in definitions["users"]} == dict.fromkeys(USERS, "correct-horse")


def test_the_file_with_the_passwords_is_its_owners_alone(tmp_path: Path) -> None:
    _definitions(tmp_path)

    assert (tmp_path / "definitions.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("password", ["", 'quote"', "slash/", "two\nlines", "amp&"])
def test_a_password_that_could_break_the_file_stops_the_start(tmp_path: Path, password: str) -> None:
    done = _started(tmp_path, password)

    assert done.returncode == 1
    assert "must have letters" in done.stderr
    assert not (tmp_path / "definitions.json").exists()


@pytest.mark.services
def test_a_real_broker_takes_these_users_and_keeps_a_frontend_from_ordering(rabbitmq: Rabbit, tmp_path: Path) -> None:
    vhost = rabbitmq.new_vhost()
    text = json.dumps(_definitions(tmp_path)).replace('"muster"', f'"{vhost}"')
    for user in USERS:  # other tests of this run may have users of the same names
        text = text.replace(f'"{user}"', f'"{vhost}-{user}"')
    rabbitmq.import_definitions(json.loads(text))

    with pika.BlockingConnection(_login(rabbitmq, vhost, "worker")) as worker:
        worker.channel().exchange_declare("muster.orders", "direct", durable=True)
    with pika.BlockingConnection(_login(rabbitmq, vhost, "handler-1")) as frontend:
        channel = frontend.channel()
        channel.confirm_delivery()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
            channel.basic_publish("muster.orders", "orders", b"allow me")


def _login(rabbitmq: Rabbit, vhost: str, user: str) -> pika.URLParameters:
    return pika.URLParameters(rabbitmq.amqp_url(f"{vhost}-{user}", "correct-horse", vhost))
