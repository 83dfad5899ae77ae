"""Push mode over real TLS: one connection for many call-ins, hints on it, and what happens when it breaks."""

import random
import select
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.authorities import Authorities
from agents.bootstrap import read_bootstrap
from agents.call_in import CallIn
from agents.codec import MsgpackCodec
from agents.connection import Connection, Dialer
from agents.events import MemoryEvents
from agents.handler_trust import HandlerTrust
from agents.held_connection import HeldConnection, Look
from agents.identity import new_identity
from agents.keep import MemoryKeep
from agents.machine import Machine
from agents.member import Member
from agents.mode import Mode
from agents.outcome import Outcome, Why
from agents.talk import MOST_UNASKED
from agents.visit import Visited, Visitor
from tests.agents.loopback import Loopback
from tests.agents.tiny_server import NOON_MS
from tests.agents.world import CLAIMS, PROPERTIES
from wire.frames import to_frame
from wire.packages import encode_unsigned
from wire.trust import ServerTrust
from wire.types import ServerType

PATIENCE_S = 10.0


class Pushed:
    """An agent in memory whose visits may hold their connection; ``now`` is its clock while it only waits."""

    def __init__(self, bootstrap: Path) -> None:
        known = read_bootstrap(bootstrap.read_text())
        codec = MsgpackCodec()
        self.mode = Mode.PUSH
        self.member = Member(codec, new_identity("p256"), MemoryKeep(), MemoryEvents(), ServerTrust(codec, known.root))
        self.held = HeldConnection(lambda: self.mode, time.monotonic)
        believed = Authorities(codec, known.root, known.ca)
        going = HandlerTrust(codec, known, self.member.holdings, believed)
        self._visitor = Visitor(
            self.member,
            going.handlers,
            Dialer(going),
            lambda: NOON_MS,
            time.monotonic,
            random.Random(1),
            held=self.held,
        )

    def visit(self, why: Why = Why.INTERVAL) -> Visited:
        return self._visitor.visit(CallIn(self.member, Machine(CLAIMS, PROPERTIES), why))

    def sees(self, wanted: Look) -> None:
        """Wait as the runner does until a look comes to this."""
        deadline = time.monotonic() + PATIENCE_S
        while (look := self.held.look()) is not wanted:
            assert time.monotonic() < deadline, f"still {look}"
            watch = self.held.watch()
            readable([watch.connection], 0.2 if watch.again_s is None else watch.again_s)


def readable(watched: list[Connection | None], seconds: float = PATIENCE_S) -> None:
    select.select([each for each in watched if each is not None], [], [], seconds)


def unsigned(loopback: Loopback, kind: ServerType) -> bytes:
    return to_frame(encode_unsigned(loopback.server.codec, kind, {}))


@pytest.fixture
def hint(loopback: Loopback) -> bytes:
    return unsigned(loopback, ServerType.MSG_AVAILABLE)


def test_in_push_mode_the_next_call_in_goes_over_the_same_session(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        outcomes = [agent.visit(why).done.outcome for why in (Why.START, Why.INTERVAL, Why.MANUAL)]
        agent.held.drop()

    assert outcomes == [Outcome.ACCEPTED] * 3
    assert len(listener.resumed) == 1
    assert loopback.server.only.whys == ["start", "interval", "manual"]


def test_in_pull_mode_every_call_in_hangs_up(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.mode = Mode.PULL
        agent.visit(Why.START)
        agent.visit()

    assert agent.held.talk is None
    assert len(listener.resumed) == 2


def test_a_policy_that_says_pull_ends_the_holding_at_the_next_call_in(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.visit(Why.START)
        agent.mode = Mode.PULL
        held_before = agent.held.talk is not None
        agent.visit()

    assert held_before
    assert agent.held.talk is None


def test_who_is_not_allowed_holds_nothing(loopback: Loopback) -> None:
    loopback.server.status_of_new = "pending"
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        visited = agent.visit(Why.START)

    assert visited.done.outcome is Outcome.PENDING
    assert agent.held.talk is None


def test_a_hint_is_seen_and_answered_over_the_same_session(loopback: Loopback, hint: bytes) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.visit(Why.START)
        listener.unasked.put(hint)
        agent.sees(Look.HINT)
        agent.visit(Why.WAKE_UP)
        after = agent.held.look()
        agent.held.drop()

    assert loopback.server.only.whys == ["start", "wake-up"]
    assert len(listener.resumed) == 1
    assert after is Look.NOTHING


def test_a_hint_in_the_middle_of_a_call_in_asks_for_one_more(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        listener.hint_before_answer = True
        agent.visit(Why.START)
        look = agent.held.look()
        agent.held.drop()

    assert look is Look.HINT


def test_after_a_hint_nothing_more_is_read_until_the_call_in(loopback: Loopback, hint: bytes) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.visit(Why.START)
        listener.unasked.put(hint * 100)
        agent.sees(Look.HINT)
        watch = agent.held.watch()
        agent.held.drop()

    assert watch == (None, None)


def test_what_asks_for_nothing_is_looked_at_ten_times_a_second_at_most(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.visit(Why.START)
        agent.held.look()
        watch = agent.held.watch()
        agent.held.drop()

    assert watch.connection is None
    assert watch.again_s is not None
    assert 0 < watch.again_s <= 0.1


@pytest.mark.parametrize(
    "flood",
    [
        lambda site: unsigned(site, ServerType.MSG_AVAILABLE) * (MOST_UNASKED + 1),
        lambda site: unsigned(site, ServerType.BUSY) * (MOST_UNASKED + 1),
        lambda site: unsigned(site, ServerType.WELCOME),
        lambda site: b"\xff\xff\xff\xff",
        lambda site: None,
    ],
    ids=["hints", "busy", "second welcome", "no frame", "end"],
)
def test_a_handler_that_floods_or_breaks_the_protocol_is_left(
    loopback: Loopback, flood: Callable[[Loopback], bytes | None]
) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.visit(Why.START)
        listener.unasked.put(flood(loopback))
        agent.sees(Look.LOST)

    assert agent.held.talk is None


@pytest.mark.parametrize(("why", "outcome"), [(Why.INTERVAL, Outcome.UNREACHABLE), (Why.MANUAL, Outcome.ACCEPTED)])
def test_when_the_held_connection_is_dead_only_who_is_waited_for_goes_elsewhere_at_once(
    loopback: Loopback, why: Why, outcome: Outcome
) -> None:
    with loopback.listener("h1") as first, loopback.listener("h2") as second:
        agent = Pushed(loopback.bootstrap(first, second))
        agent.visit(Why.START)
        first.unasked.put(None)
        readable([agent.held.watch().connection])
        visited = agent.visit(why)
        again = agent.visit(Why.RECONNECT)
        agent.held.drop()

    assert visited.done.outcome is outcome
    assert again.done.outcome is Outcome.ACCEPTED
    numbers = [header.number for header in loopback.server.seen if header.number]
    assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1)), "nothing is lost, nothing left out"


def test_who_holds_a_connection_to_the_second_choice_tries_the_first_again_at_its_interval(loopback: Loopback) -> None:
    with loopback.listener("h2") as second:
        with loopback.listener("h1") as first:
            port = first.port
        agent = Pushed(loopback.bootstrap(port, second))
        by_second = agent.visit(Why.START)
        woken = agent.visit(Why.WAKE_UP)
        again = agent.visit()
        agent.held.drop()

    assert [each.handler for each in (by_second, woken, again)] == ["h2", "h2", "h2"]
    assert len(second.resumed) == 2, "held for the wake-up, left for the interval"


def test_a_busy_server_does_not_lose_the_connections_it_has(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        agent = Pushed(loopback.bootstrap(listener))
        agent.visit(Why.START)
        listener.busy = True
        refused = agent.visit()
        held = agent.held.talk is not None
        agent.held.drop()

    assert refused.done.reason == "busy"
    assert held
