"""Which connection is held by the agent of which key: the newest one that the worker accepted."""

from typing import Generic, Protocol, TypeVar


class Keyed(Protocol):
    """A connection, as far as keys go; `key` is a fingerprint or empty."""

    key: bytes


K = TypeVar("K", bound=Keyed)


class HeldKeys(Generic[K]):
    """Connections by key fingerprint."""

    def __init__(self) -> None:
        self._connections: dict[bytes, K] = {}
        self._refused: set[bytes] = set()
        """Keys whose connection is known here although the worker accepted nothing on it."""

    def __len__(self) -> int:
        return len(self._connections)

    def hold(self, key: bytes, connection: K) -> K | None:
        """The worker accepted a package of this key here; returns the older connection, which is to be closed."""
        self._refused.discard(key)
        older = self._connections.get(key)
        if older is connection:
            return None
        self.forget(connection)
        # The bytes that are the dictionary's key are the connection's too: one copy for each idle agent.
        connection.key = key
        self._connections[key] = connection
        if older is not None:
            older.key = b""
        return older

    def offer(self, key: bytes, connection: K) -> None:
        """The key was verified here and refused: hints may go here, but no other connection gives way."""
        if not connection.key and key not in self._connections:
            self.hold(key, connection)
            self._refused.add(key)

    def of(self, key: bytes) -> K | None:
        """The connection to wake."""
        return self._connections.get(key)

    def trusted(self, key: bytes) -> K | None:
        """The connection to cut when the key's trust is withdrawn: on any other nothing rested on it."""
        return None if key in self._refused else self._connections.get(key)

    def forget(self, connection: K) -> None:
        """The connection is gone or speaks for another key."""
        if connection.key and self._connections.get(connection.key) is connection:
            del self._connections[connection.key]
            self._refused.discard(connection.key)
        connection.key = b""
