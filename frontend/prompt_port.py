"""The agents' TCP port: what is written leaves at once, not in the next turn of the reactor.

Twisted puts each write off until the kernel has said that there is room: for one answer two changes of the poll set and
one more event, which cost more than sending it.
"""

from typing import Any

from twisted.internet import tcp


class _PromptConnection(tcp.Server):
    """A TCP connection that was accepted."""

    def write(self, data: bytes) -> None:
        """Send what the kernel takes now; the rest, and what is written before that has left, waits its turn."""
        waits = self._tempDataLen or self.dataBuffer
        if self.connected and not waits and isinstance(sent := self.writeSomeData(data), int):
            data = data[sent:]
        if data:
            # Also where the connection proved to be lost: the reactor is to find that itself.
            super().write(data)  # type: ignore[no-untyped-call]


class PromptPort(tcp.Port):
    """A port that accepts such connections."""

    transport = _PromptConnection


def listen(reactor: Any, port: int, factory: Any, backlog: int, host: str) -> PromptPort:
    """As the reactor's listenTCP does it."""
    listening = PromptPort(port, factory, backlog, host, reactor)
    listening.startListening()
    return listening
