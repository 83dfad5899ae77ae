"""What is written to an agent's connection leaves at once, as far as the kernel takes it, and in order."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.main import CONNECTION_LOST
from twisted.internet.protocol import Protocol

from frontend.prompt_port import PromptPort

MUCH = bytes(range(256)) * 32 * 1024


class Turns:
    """A reactor that only remembers who waits to write."""

    def __init__(self) -> None:
        self.waiting: set[object] = set()

    def addReader(self, reader: object) -> None:
        """Nothing is read here."""

    def addWriter(self, writer: object) -> None:
        self.waiting.add(writer)

    def removeWriter(self, writer: object) -> None:
        self.waiting.discard(writer)


class Line:
    """A connection as the port makes it, and its other end."""

    def __init__(self) -> None:
        ours, self.peer = socket.socketpair()
        self.peer.settimeout(10)
        self.turns = Turns()
        reactor: Any = self.turns
        accepted: Any = (ours, Protocol(), ("127.0.0.1", 40_000), None, 1, reactor)
        self.connection: Any = PromptPort.transport(*accepted)

    def close(self) -> None:
        self.connection.socket.close()
        self.peer.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_an_answer_leaves_without_another_turn_of_the_reactor(line: Line) -> None:
    line.connection.write(b"answer")

    assert line.peer.recv(100) == b"answer"
    assert not line.turns.waiting


def test_what_the_kernel_does_not_take_follows_in_order(line: Line) -> None:
    line.connection.write(MUCH)
    line.connection.write(b"the end")
    received = b""
    while line.turns.waiting:
        received += line.peer.recv(1 << 20)
        line.connection.doWrite()
    while len(received) < len(MUCH) + 7:
        received += line.peer.recv(1 << 20)

    assert received == MUCH + b"the end"


def test_a_lost_connection_is_left_to_the_reactor_to_find(line: Line) -> None:
    line.peer.close()

    line.connection.write(b"answer")

    assert line.turns.waiting
    assert line.connection.doWrite() is CONNECTION_LOST
