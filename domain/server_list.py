"""The server list: which agent handlers agents go to, and in which order."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from eventsourcing.domain import Aggregate, event

from domain.ids import SERVER_LIST_STREAM
from domain.listed import Shape, read_entries

MAX_SERVERS = 256
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_HIGHEST = 1_000


class Server(NamedTuple):
    """One agent handler; a lower ``priority`` is tried first, among equals chance decides."""

    name: str
    host: str
    port: int
    priority: int


def read_servers(plain: object) -> tuple[Server, ...]:
    """The servers of a file; raise BadList. An empty list leaves agents to those of their bootstrap."""
    return tuple(Server(**each) for each in read_entries(plain, _SHAPE))


def plain_servers(servers: Sequence[Server]) -> list[dict[str, Any]]:
    """As they are stored and travel."""
    return [each._asdict() for each in servers]


class ServerList(Aggregate):
    """Every version of the list."""

    class Adopted(Aggregate.Created):
        """The deployment's first list."""

        TOPIC = "ServerList.Adopted"
        servers: list[dict[str, Any]]

    class Replaced(Aggregate.Event):
        """An operator put another list in its place."""

        TOPIC = "ServerList.Replaced"
        servers: list[dict[str, Any]]

    @event(Adopted)
    def __init__(self, servers: list[dict[str, Any]]) -> None:
        self.servers = _stored(servers)

    @classmethod
    def adopt(cls, servers: Sequence[Server]) -> "ServerList":
        """The first list."""
        return cls._create(cls.Adopted, id=SERVER_LIST_STREAM, servers=plain_servers(servers))

    def replace(self, servers: Sequence[Server]) -> bool:
        """Put another list in place; False when it is the same."""
        if tuple(servers) == self.servers:
            return False
        self._replaced(servers=plain_servers(servers))
        return True

    @event(Replaced)
    def _replaced(self, servers: list[dict[str, Any]]) -> None:
        self.servers = _stored(servers)


def _stored(servers: list[dict[str, Any]]) -> tuple[Server, ...]:
    return tuple(Server(each["name"], each["host"], each["port"], each["priority"]) for each in servers)


def _name(value: Any) -> str:
    good = isinstance(value, str) and _NAME.fullmatch(value)
    return "" if good else "is a handler's name: 1 to 64 letters, digits, dots, dashes and underscores"


def _host(value: Any) -> str:
    return "" if isinstance(value, str) and _HOST.fullmatch(value) else "is a host name or an address"


def _port(value: Any) -> str:
    return "" if _number(value, 1, 65_535) else "is a number between 1 and 65535"


def _priority(value: Any) -> str:
    return "" if _number(value, 0, _HIGHEST) else f"is a number between 0 and {_HIGHEST}"


def _number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


_SHAPE = Shape(
    "servers", MAX_SERVERS, {"name": _name, "host": _host, "port": _port, "priority": _priority}, {"priority": 1}
)
