"""Whose TLS certificates an agent believes: its bootstrap's, then what the root key signed, never older or forged."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from agents.authorities import Authorities
from agents.bootstrap import read_bootstrap
from agents.call_in import CallIn
from agents.connection import Dialer
from agents.delivery import AUTHORITIES_REFUSED
from agents.handler_trust import HandlerTrust
from agents.machine import Machine
from agents.outcome import Outcome, Why
from agents.visit import Visited, Visitor
from tests.agents.authority import Authority
from tests.agents.loopback import Loopback
from tests.agents.tiny_listener import TinyListener
from tests.agents.tiny_server import NOON_MS
from tests.agents.world import CLAIMS, PROPERTIES, World
from wire import keys
from wire.authorities import CaSet, Pair, content_plain, root_signed_bytes, statement_of
from wire.held import Item, digest_of
from wire.keys import PrivateKey

Give = Callable[..., None]


class Listening:
    """An agent of the loopback deployment over real sockets; ``restart`` is its next process."""

    def __init__(self, world: World, loopback: Loopback, bootstrap: Path) -> None:
        self.world = world
        self._known = read_bootstrap(bootstrap.read_text())
        self._loopback = loopback
        self.restart()

    def restart(self) -> None:
        self.world.restart()
        member = self.world.member
        path = self.world.home / "authorities"
        self.authorities = Authorities(member.codec, self._known.root, self._known.ca, path)
        member.authorities = self.authorities
        going = HandlerTrust(member.codec, self._known, member.holdings, self.authorities)
        chance = random.Random(1)
        self._visitor = Visitor(member, going.handlers, Dialer(going), lambda: NOON_MS, time.monotonic, chance)

    def visit(self) -> Visited:
        visited = self._visitor.visit(CallIn(self.world.member, Machine(CLAIMS, PROPERTIES), Why.INTERVAL))
        self.world.member.keep.save()
        return visited

    @property
    def told(self) -> list[str]:
        return [event["type"] for event in self.world.server.only.events]


def der(authority: Authority) -> bytes:
    return authority.certificate.public_bytes(serialization.Encoding.DER)


def signed(world: World, version: int, *authorities: Authority, by: PrivateKey | None = None) -> Pair:
    statement = statement_of(world.server.codec, CaSet(version, tuple(map(der, authorities))))
    return statement, keys.sign(by or world.server.root, root_signed_bytes(statement))


def give(world: World, position: int, pair: Pair) -> None:
    content = world.server.codec.encode(content_plain(pair))
    item = Item(b"ca-set".ljust(16), "authorities", "", "authorities", position, digest_of(content))
    world.server.assign(position, item, contents=[content])


@pytest.fixture
def world(tmp_path: Path, loopback: Loopback) -> World:
    world = World(tmp_path)
    world.server = loopback.server
    world.restart()
    return world


def listening(world: World, loopback: Loopback, *listeners: TinyListener) -> Listening:
    return Listening(world, loopback, loopback.bootstrap(*listeners))


def test_a_signed_set_takes_the_place_of_the_bootstraps_authorities(world: World, loopback: Loopback) -> None:
    new = Authority()
    with loopback.listener("h1") as old_way, loopback.listener("h2", authority=new) as new_way:
        agent = listening(world, loopback, old_way, new_way)
        give(world, 7, signed(world, 1, new))

        first, second = agent.visit(), agent.visit()
        agent.restart()
        third = agent.visit()

    assert [each.handler for each in (first, second, third)] == ["h1", "h2", "h2"]
    assert "certificate verify failed" in second.failures[0].error
    assert agent.authorities.version == 1


def test_an_agent_that_was_away_during_one_renewal_gets_in_by_the_second_authority(
    world: World, loopback: Loopback
) -> None:
    one, two, three = Authority("one"), Authority("two"), Authority("three")
    give(world, 7, signed(world, 1, one, two))
    with loopback.listener("h1") as listener:
        agent = listening(world, loopback, listener)
        agent.visit()

    give(world, 9, signed(world, 2, two, three))
    with loopback.listener("h1", authority=two) as renewed:
        agent = listening(world, loopback, renewed)
        back = agent.visit()
    with loopback.listener("h1", authority=three) as renewed_again:
        later = listening(world, loopback, renewed_again).visit()

    assert (back.done.outcome, later.done.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)


@pytest.mark.parametrize("forgery", ["server key", "other bytes", "no signature", "older", "no CA", "another of 2"])
def test_a_set_that_is_forged_or_older_is_refused_reported_and_the_held_one_stays(
    world: World, loopback: Loopback, forgery: str
) -> None:
    new, evil = Authority(), Authority()
    statement, _ = signed(world, 3, evil)
    false: dict[str, Any] = {
        "server key": signed(world, 3, evil, by=world.server.key),
        "other bytes": (statement, signed(world, 3, new)[1]),
        "no signature": (statement, b""),
        "older": signed(world, 1, evil),
        "no CA": signed(world, 3),
        "another of 2": signed(world, 2, evil),
    }
    with loopback.listener("h1") as listener, loopback.listener("h2", authority=new) as good:
        agent = listening(world, loopback, listener, good)
        give(world, 7, signed(world, 2, new))
        agent.visit()

        give(world, 9, false[forgery])
        refused = agent.visit()
        after = agent.visit()
        agent.restart()
        later = agent.visit()

    assert [each.handler for each in (refused, after, later)] == ["h2", "h2", "h2"]
    assert (agent.authorities.version, agent.told) == (2, [AUTHORITIES_REFUSED])


def test_a_set_that_was_taken_but_not_believed_before_the_power_cut_is_believed_at_the_next_start(
    world: World, loopback: Loopback
) -> None:
    from agents.delivery import adopt_authorities

    new = Authority()
    give(world, 7, signed(world, 1, new))
    with loopback.listener("h1") as listener:
        agent = listening(world, loopback, listener)
        agent.visit()
    (world.home / "authorities").unlink()
    agent.restart()
    assert agent.authorities.version == 0

    adopt_authorities(world.member)

    assert agent.authorities.version == 1


def test_a_damaged_file_falls_back_to_the_bootstrap(world: World, loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = listening(world, loopback, listener)
        (world.home / "authorities").write_bytes(b"\xc1")
        agent.restart()

        assert agent.visit().done.outcome is Outcome.ACCEPTED


def servers(world: World, position: int, *entries: tuple[str, int, int]) -> None:
    """Assign a server list of (name, port, priority)."""
    plain = [{"name": n, "host": "127.0.0.1", "port": port, "priority": p} for n, port, p in entries]
    content = world.server.codec.encode({"servers": plain})
    item = Item(b"servers".ljust(16), "servers", "", "servers", position, digest_of(content))
    world.server.assign(position, item, contents=[content])


def test_the_server_list_counts_from_the_next_call_in_and_names_handlers_the_bootstrap_never_heard_of(
    world: World, loopback: Loopback
) -> None:
    with loopback.listener("h1") as first, loopback.listener("h9") as other:
        agent = listening(world, loopback, first)
        servers(world, 7, ("h9", other.port, 1))

        visits = [agent.visit(), agent.visit()]
        agent.restart()
        visits.append(agent.visit())

    assert [each.handler for each in visits] == ["h1", "h9", "h9"]


def test_the_bootstraps_handlers_are_the_last_resort(world: World, loopback: Loopback) -> None:
    with loopback.listener("h1") as first, loopback.listener("h9") as other:
        agent = listening(world, loopback, first)
        servers(world, 7, ("h9", other.port, 900))
        agent.visit()
        preferred = agent.visit()
    with loopback.listener("h1") as again:
        agent = listening(world, loopback, again)
        last = agent.visit()

    assert preferred.handler == "h9"
    assert (last.handler, [each.handler for each in last.failures]) == ("h1", ["h9"])


def test_the_preferred_handler_is_tried_first_again_at_the_next_call_in(world: World, loopback: Loopback) -> None:
    with loopback.listener("h2") as second:
        with loopback.listener("h1") as first:
            agent = listening(world, loopback, first, second)
            servers(world, 7, ("h1", first.port, 1), ("h2", second.port, 2))
            agent.visit()
            port = first.port
        down = agent.visit()
        servers(world, 9, ("h1", port, 2), ("h2", second.port, 1))
        agent.visit()
        other_order = agent.visit()

    assert (down.handler, [each.handler for each in down.failures]) == ("h2", ["h1"])
    assert (other_order.handler, other_order.failures) == ("h2", [])


@pytest.mark.parametrize("content", [b"\xc1", b"\x80", b"\x90"])
def test_a_server_list_that_cannot_be_read_leaves_the_bootstraps_handlers(
    world: World, loopback: Loopback, content: bytes
) -> None:
    item = Item(b"servers".ljust(16), "servers", "", "servers", 7, digest_of(content))
    world.server.assign(7, item, contents=[content])
    with loopback.listener("h1") as listener:
        agent = listening(world, loopback, listener)
        agent.visit()

        assert agent.visit().handler == "h1"
