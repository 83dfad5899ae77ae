"""A deployment small enough for a test: the real frontend on loopback, a tiny server of the test's as its worker."""

import base64
import json
import threading
from concurrent.futures import Future
from pathlib import Path
from random import SystemRandom
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from agents.swarm.acknowledged import Acknowledged
from agents.swarm.command import Run
from agents.swarm.settings import parse
from broker.in_process import InProcessBroker
from broker.messages import Answer, Answers, PackageReceived, Packages, Verdict, WakeHints, decode_command, encode
from frontend.limits import Limits
from frontend.listener import Frontend
from frontend.tls import ServerTls
from tests.agents.authority import DEPLOYMENT, Authority, Issued
from tests.agents.tiny_server import NOON_MS, TinyServer
from tests.broker.reactor_thread import PATIENCE_S, ReactorThread
from wire.headers import AgentHeader
from wire.keys import public_der
from wire.packages import AgentPackage


class Deployment:
    """``server`` is what the worker knows; ``silent`` makes it answer nothing."""

    def __init__(self, folder: Path, thread: ReactorThread) -> None:
        self.server = TinyServer()
        self.silent = False
        self._thread = thread
        self._folder = folder
        self._broker = InProcessBroker()
        self._ended = threading.Event()
        authority = Authority()
        issued = authority.handler("north")
        tls: Any = ServerTls(*_pem(issued))
        bus = self._broker.frontend_bus("north", thread.reactor.callFromThread)
        self.frontend = Frontend(
            thread.reactor, bus, tls, Limits(tick_s=0.05), self.server.codec, lambda: NOON_MS, SystemRandom()
        )
        self._bus = bus
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()
        port = thread.run(self.frontend.start, "127.0.0.1", 0)
        self.bootstrap = folder / "bootstrap.json"
        self.bootstrap.write_text(json.dumps(self._content(authority, port)))

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """A swarm from begin to end: its exit code and result."""
        settings = parse(["--bootstrap", str(self.bootstrap), "--ramp", "0.1", *arguments])
        with Acknowledged(settings.acknowledged) as acknowledged:
            run = Run(self._thread.reactor, settings, acknowledged)
            self._thread.run(run.go)
        return run.exit_code(), run.result()

    def hint_all(self) -> None:
        """Something waits for every agent."""
        worker = self._broker.worker_bus()
        for fingerprint in list(self.server.known):
            worker.reply(self._bus.reply_queue, encode(WakeHints([fingerprint])))

    def begin(self, *arguments: str) -> tuple[Run, Future[None]]:
        """A swarm in the background, and its end."""
        settings = parse(["--bootstrap", str(self.bootstrap), "--ramp", "0.1", *arguments])
        run = Run(self._thread.reactor, settings, lambda _fingerprint, _number: None)
        return run, self._thread.begin(run.go)

    def stop(self) -> None:
        """End frontend and worker."""
        self._thread.run(self.frontend.drain)
        self._ended.set()
        self._worker.join(PATIENCE_S)

    def _content(self, authority: Authority, port: int) -> dict[str, Any]:
        root = base64.b64encode(public_der(self.server.root.public_key())).decode()
        handlers = [{"name": "north", "host": "127.0.0.1", "port": port, "priority": 1}]
        return {"deployment": DEPLOYMENT, "root_key": root, "ca": [authority.pem], "handlers": handlers}

    def _work(self) -> None:
        bus = self._broker.worker_bus()
        bus.open()
        while not self._ended.is_set():
            for delivery in bus.take(100, 0.05):
                command = decode_command(delivery.body)
                if isinstance(command, Packages) and not self.silent:
                    answers = [self._answer(each) for each in command.packages]
                    bus.reply(delivery.reply_to, encode(Answers(answers)))
                bus.acknowledge([delivery])
        bus.close()

    def _answer(self, received: PackageReceived) -> Answer:
        package = AgentPackage(received.header, received.body, received.signature)
        payload, accepted = self.server.answer(received.nonce, package)
        header = AgentHeader.unpack(received.header)
        verdict = Verdict.ACCEPTED if accepted else Verdict.REFUSED
        return Answer(received.connection, verdict, payload, header.fingerprint, bytes(16), "", header.type)


def _pem(issued: Issued) -> tuple[bytes, bytes]:
    key = issued._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return issued.certificate.public_bytes(Encoding.PEM), key
