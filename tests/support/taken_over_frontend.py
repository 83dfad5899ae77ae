"""A frontend in the wrong hands: it has the broker user of a real one, and does with packages what the test wants."""

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import pika

from bin.clock import now_ms
from bin.key_directory import KeyDirectory
from broker import topology
from broker.messages import Answer, Answers, FrontendAnnounced, PackageReceived, Packages, Reply, decode_reply, encode
from hand_clock import HandClock
from site_of_processes import Site
from worker_room import SpeakingAgent

PATIENCE_S = 30


class TakenOverFrontend:
    """Stands where SpeakingAgent has its room: what agents say goes to the site's worker over RabbitMQ.

    What it is told besides answers is kept in ``told``, and not obeyed.
    """

    def __init__(self, site: Site, name: str) -> None:
        self.keys = KeyDirectory(site.data / "keys")
        self.clock = HandClock(now_ms())
        self.told: list[Reply] = []
        parameters = pika.URLParameters(Path(site.broker_url_file(name)).read_text())
        self._connection = pika.BlockingConnection(parameters)
        self._channel = self._connection.channel()
        self._user = parameters.credentials.username
        self._queue = topology.reply_queue(self._user)
        topology.declare_reply_queue(self._channel, self._queue)
        self._numbers = itertools.count(1)

    def agent(self, name: str, seed: int = 7) -> SpeakingAgent:
        """An agent that speaks through this frontend alone."""
        return SpeakingAgent(cast(Any, self), name, seed=seed)

    def announce(self) -> None:
        """Say that it lives, as honest ones do."""
        self._send(encode(FrontendAnnounced(self._queue, self.clock.now_ms)))

    def delivery(self, packages: Sequence[PackageReceived]) -> Packages:
        """The packages under connection numbers of their own."""
        numbered = [PackageReceived(next(self._numbers), *_fields(each)[1:]) for each in packages]
        return Packages(numbered)

    def handle(self, deliveries: Sequence[Packages]) -> list[Answer]:
        """Send them on, and wait for the answers in the same order."""
        for delivery in deliveries:
            self._send(encode(delivery))
        asked = [package.connection for delivery in deliveries for package in delivery.packages]
        found: dict[int, Answer] = {}
        deadline = time.monotonic() + PATIENCE_S
        while not found.keys() >= set(asked):
            assert time.monotonic() < deadline, "the worker does not answer"
            found |= {answer.connection: answer for answer in self._read()}
        return [found[number] for number in asked]

    def wait_until_told(self, message: Reply) -> None:
        """Return when the worker has said this."""
        deadline = time.monotonic() + PATIENCE_S
        while message not in self.told:
            assert time.monotonic() < deadline, self.told
            self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def _send(self, body: bytes) -> None:
        properties = pika.BasicProperties(user_id=self._user, reply_to=self._queue, delivery_mode=2)
        self._channel.basic_publish(topology.COMMANDS, topology.COMMANDS_KEY, body, properties)

    def _read(self) -> list[Answer]:
        self._connection.process_data_events(0.05)
        answers: list[Answer] = []
        while (got := self._channel.basic_get(self._queue, auto_ack=True))[0] is not None:
            reply = decode_reply(got[2])
            if isinstance(reply, Answers):
                answers += reply.answers
            else:
                self.told.append(reply)
        return answers


def _fields(package: PackageReceived) -> tuple[Any, ...]:
    return tuple(getattr(package, name) for name in PackageReceived.__struct_fields__)
