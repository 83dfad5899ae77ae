"""A TLS connection that an agent holds to a handler of a site, in the test's own hands."""

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from agents.authorities import Authorities
from agents.bootstrap import read_bootstrap
from agents.connection import Connection, Dialer, Unreachable
from agents.deadline import Deadline
from agents.handler_trust import HandlerTrust
from agents.holdings import Holdings
from agents.shelf import MemoryShelf
from bin.clock import now_ms
from bin.key_directory import KeyDirectory
from site_of_processes import Site
from wire import keys
from wire.agent_session import AgentSession, Event, Outgoing
from worker_room import CODEC, HandClock, SpeakingAgent

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
        bootstrap = read_bootstrap(Path(site.bootstrap).read_text())
        address = next(each for each in bootstrap.handlers if each.name == handler)
        believed = Authorities(CODEC, bootstrap.root, bootstrap.ca)
        dialer = Dialer(HandlerTrust(CODEC, bootstrap, Holdings(CODEC, MemoryShelf()), believed))
        self._connection: Connection = dialer.dial(address, 0, _soon())
        self._session = AgentSession(
            CODEC, agent.trust, agent.fingerprint, lambda message: keys.sign(agent.private, message), agent.clock
        )
        self._hear()

    def say(self, package: Outgoing) -> Event:
        """Send one package and return what came for it."""
        self._connection.send(self._session.send(package), _soon())
        return self._hear()

    def wait_until_closed(self) -> list[Event]:
        """Return when the handler closes it: what it said before that."""
        heard: list[Event] = []
        while True:
            try:
                heard += self._session.receive(self._connection.receive(_soon()))
            except Unreachable:
                return heard

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def _hear(self) -> Event:
        while True:
            if events := self._session.receive(self._connection.receive(_soon())):
                return events[0]


def _soon() -> Deadline:
    return Deadline(time.monotonic, PATIENCE_S)
