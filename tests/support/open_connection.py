"""A TLS connection that an agent holds to a handler of a site, in the test's own hands."""

import json
import socket
from types import TracebackType
from typing import Any, Self, cast

from agents.tls import client_context
from bin.clock import now_ms
from bin.key_directory import KeyDirectory
from hand_clock import HandClock
from site_of_processes import LOOPBACK, Site
from wire import keys
from wire.agent_session import AgentSession, Event, Outgoing
from worker_room import CODEC, SpeakingAgent

PATIENCE_S = 30


class SiteKeys:
    """What SpeakingAgent needs of its surroundings to make packages: whom to trust, what time it is."""

    def __init__(self, site: Site) -> None:
        self.keys = KeyDirectory(site.data / "keys")
        self.clock = HandClock(now_ms())


def site_agent(site: Site, name: str) -> SpeakingAgent:
    """An agent of the site; it speaks over open connections only."""
    return SpeakingAgent(cast(Any, SiteKeys(site)), name)


class OpenConnection:
    """One connection, welcomed; stays open until somebody closes it."""

    def __init__(self, site: Site, agent: SpeakingAgent, handler: str) -> None:
        authorities = json.loads(site.bootstrap.read_text())["ca"]
        plain = socket.create_connection((LOOPBACK, site.agent_ports[handler]), PATIENCE_S)
        self._peer = client_context(authorities).wrap_socket(plain, server_hostname=LOOPBACK)
        self._session = AgentSession(
            CODEC, agent.trust, agent.fingerprint, lambda message: keys.sign(agent.private, message), agent.clock
        )
        self.hear()

    def say(self, package: Outgoing) -> Event:
        """Send one package and return what came for it."""
        self.send(package)
        return self.hear()

    def send(self, package: Outgoing) -> None:
        """Send one package; its answer is the next thing to ``hear``, unless a hint is."""
        self._peer.sendall(self._session.send(package))

    def fileno(self) -> int:
        """Its descriptor, to wait on."""
        return self._peer.fileno()

    def wait_until_closed(self) -> list[Event]:
        """Return when the handler closes it: what it said before that."""
        heard: list[Event] = []
        while data := self._peer.recv(65536):
            heard += self._session.receive(data)
        return heard

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._peer.close()

    def hear(self) -> Event:
        """The next thing the handler says."""
        while True:
            data = self._peer.recv(65536)
            assert data, "the handler closed the connection"
            if events := self._session.receive(data):
                return events[0]
