"""Which handlers this agent goes to and believes: bootstrap, signed server list and CA set together."""

import ssl
from typing import Any, Protocol

from agents.authorities import Authorities
from agents.bootstrap import Bootstrap, Handler
from agents.tls import client_context
from wire.codec import Codec, MalformedBody
from wire.held import SERVERS, Item


class Holds(Protocol):
    """What the agent holds: a Holdings."""

    def items(self) -> list[tuple[Item, bytes]]:
        """Each item with its content."""
        ...


class HandlerTrust:
    """Judged anew at every connection: a list or a CA set that came in the last call-in counts in the next."""

    def __init__(self, codec: Codec, bootstrap: Bootstrap, holdings: Holds, authorities: Authorities) -> None:
        self._codec = codec
        self._bootstrap = bootstrap
        self._holdings = holdings
        self._authorities = authorities
        self._made: tuple[int, ssl.SSLContext] | None = None

    @property
    def deployment(self) -> str:
        """Whose handlers they are."""
        return self._bootstrap.deployment

    def context(self) -> ssl.SSLContext:
        """The TLS settings of every connection to a handler; another object once other CAs are believed."""
        version = self._authorities.version
        if self._made is None or self._made[0] != version:
            self._made = version, client_context(self._authorities.certificates)
        return self._made[1]

    def handlers(self) -> list[Handler]:
        """Where to go: the server list, then, as the last resort, those of the bootstrap that it does not name."""
        listed = self._listed()
        lowest = max((each.priority for each in listed), default=-1) + 1
        known = {(each.host, each.port) for each in listed}
        last = [each for each in self._bootstrap.handlers if (each.host, each.port) not in known]
        return [*listed, *(each._replace(priority=each.priority + lowest) for each in last)]

    def names(self) -> set[str]:
        """The names that a handler's certificate may have."""
        return {each.name for each in [*self._listed(), *self._bootstrap.handlers]}

    def _listed(self) -> list[Handler]:
        for item, content in self._holdings.items():
            if item.kind == SERVERS:
                try:
                    return [_handler(each) for each in self._codec.decode(content)[SERVERS]]
                except (MalformedBody, KeyError, TypeError, ValueError):
                    return []
        return []


def _handler(plain: Any) -> Handler:
    port, priority = int(plain["port"]), int(plain["priority"])
    if not 1 <= port <= 65_535 or priority < 0:
        raise ValueError("no port or no priority")
    return Handler(str(plain["name"]), str(plain["host"]), port, priority)
