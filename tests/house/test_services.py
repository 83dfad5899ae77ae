"""The real services of a test run: they answer, keep their data over a restart, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pika
import psutil
import psycopg
import pytest

from services.postgres import Postgres, database_name
from services.rabbitmq import Rabbit

pytestmark = pytest.mark.services

SUPPORT = Path(__file__).parents[1] / "support"
DURABLE = pika.BasicProperties(delivery_mode=2)


def _publish(rabbitmq: Rabbit, url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", queue, b"one", DURABLE)


def test_a_durable_message_outlives_a_restart_of_the_broker(rabbitmq: Rabbit) -> None:
    vhost = rabbitmq.new_vhost()
    _publish(rabbitmq, rabbitmq.admin_url(vhost), "kept")

    rabbitmq.restart()

    # The queue elects its leader after the broker answers.
    assert _soon(lambda: rabbitmq.queue_depth(vhost, "kept") == 1)


def test_a_user_has_only_the_rights_it_was_given(rabbitmq: Rabbit) -> None:
    vhost = rabbitmq.new_vhost()
    rabbitmq.add_user(vhost, "guest-of-a-test", "secret", "^mine$", "^mine$|^amq.default$", "^mine$")

    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
        _publish(rabbitmq, rabbitmq.amqp_url("guest-of-a-test", "secret", vhost), "other")

    assert rabbitmq.queues(vhost) == []


def test_publishers_are_blocked_and_unblocked(rabbitmq: Rabbit) -> None:
    heard: list[str] = []
    with pika.BlockingConnection(pika.URLParameters(rabbitmq.admin_url(rabbitmq.new_vhost()))) as connection:
        connection.add_on_connection_blocked_callback(lambda *_: heard.append("blocked"))
        connection.add_on_connection_unblocked_callback(lambda *_: heard.append("unblocked"))

        rabbitmq.block_publishers()
        connection.channel().basic_publish("", "nowhere", b"one")
        assert _soon(lambda: "blocked" in heard, lambda: connection.process_data_events(0.1))
        rabbitmq.unblock_publishers()
        assert _soon(lambda: "unblocked" in heard, lambda: connection.process_data_events(0.1))

    assert heard == ["blocked", "unblocked"]


def test_committed_rows_outlive_a_restart_of_the_database(postgres: Postgres) -> None:
    dsn = postgres.new_database()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (value integer)")
        connection.execute("INSERT INTO kept VALUES (1)")

    postgres.restart()

    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(1,)]


def test_a_role_reads_nothing_it_was_not_granted(postgres: Postgres) -> None:
    owner = postgres.new_database()
    postgres.new_role("reader_of_a_test", "secret")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE closed (value integer)")

    reader = postgres.dsn(database_name(owner), "reader_of_a_test", "secret")
    with psycopg.connect(reader) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT value FROM closed")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_remains_of_a_run_however_it_ends(how: signal.Signals) -> None:
    script = (
        "import signal, time\n"
        # A run in the background of a shell ignores SIGINT, and what it starts inherits that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from services.rabbitmq import running_rabbitmq\n"
        "from services.postgres import running_postgres\n"
        "with running_rabbitmq() as rabbit, running_postgres() as postgres:\n"
        "    print(rabbit.port, postgres.port, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SUPPORT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        started = psutil.Process(run.pid).children(recursive=True)
        names = {_name(process) for process in started}
        run.send_signal(how)

    _, alive = psutil.wait_procs(started, timeout=20)
    assert {"epmd", "beam.smp", "postgres"} <= names
    assert alive == []


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:  # a short-lived helper of the broker's start
        return ""


def _soon(condition: Callable[[], bool], meanwhile: Callable[[], None] = lambda: time.sleep(0.1)) -> bool:
    """Say whether the condition holds within 20 seconds."""
    deadline = time.monotonic() + 20
    while not (holds := condition()) and time.monotonic() < deadline:
        meanwhile()
    return holds
