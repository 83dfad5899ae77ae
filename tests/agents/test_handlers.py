"""Which handler an agent talks to, whom it believes to be one, and how long it waits."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from agents.authorities import Authorities
from agents.bootstrap import read_bootstrap
from agents.call_in import CallIn
from agents.codec import MsgpackCodec
from agents.connection import Dialer
from agents.deadline import Deadline, Patience, TooSlow
from agents.events import MemoryEvents
from agents.handler_trust import HandlerTrust
from agents.identity import new_identity
from agents.keep import MemoryKeep
from agents.machine import Machine
from agents.member import Member
from agents.outcome import Outcome, Why
from agents.visit import Visited, Visitor
from tests.agents.authority import NOON, Authority
from tests.agents.loopback import Loopback
from tests.agents.tiny_listener import TinyListener
from tests.agents.tiny_server import NOON_MS
from tests.agents.world import CLAIMS, PROPERTIES
from wire.trust import ServerTrust

IMPATIENT = Patience(connect_s=0.3, answer_s=0.3, list_s=10)


class Caller:
    """An agent in memory that visits real handlers."""

    def __init__(self, bootstrap: Path, patience: Patience | None = None, seed: int = 1) -> None:
        known = read_bootstrap(bootstrap.read_text())
        codec = MsgpackCodec()
        self.keep = MemoryKeep()
        self.member = Member(codec, new_identity("p256"), self.keep, MemoryEvents(), ServerTrust(codec, known.root))
        self.authorities = Authorities(codec, known.root, known.ca)
        going = HandlerTrust(codec, known, self.member.holdings, self.authorities)
        self._visitor = Visitor(
            self.member,
            going.handlers,
            Dialer(going),
            lambda: NOON_MS,
            time.monotonic,
            random.Random(seed),
            patience,
        )

    def visit(self) -> Visited:
        return self._visitor.visit(CallIn(self.member, Machine(CLAIMS, PROPERTIES), Why.INTERVAL))


def test_the_handler_of_the_first_priority_is_asked_first(loopback: Loopback) -> None:
    with loopback.listener("h1") as first, loopback.listener("h2") as second:
        visited = Caller(loopback.bootstrap(first, second)).visit()

    assert visited.done.outcome is Outcome.ACCEPTED
    assert visited.handler == "h1"


def test_among_equals_chance_decides(loopback: Loopback) -> None:
    with loopback.listener("h1") as first, loopback.listener("h2") as second:
        handlers = [
            {"name": name, "host": "127.0.0.1", "port": port, "priority": 1}
            for name, port in (("h1", first.port), ("h2", second.port))
        ]
        bootstrap = loopback.bootstrap(handlers=handlers)
        chosen = {Caller(bootstrap, seed=seed).visit().handler for seed in range(8)}

    assert chosen == {"h1", "h2"}


def test_the_next_handler_is_tried_when_the_first_is_not_there(loopback: Loopback) -> None:
    with loopback.listener("h2") as second:
        visited = Caller(loopback.bootstrap(1, second)).visit()

    assert visited.handler == "h2"
    assert [failure.handler for failure in visited.failures] == ["h1"]


@pytest.mark.parametrize("fault", ["silent", "mute"])
def test_the_next_handler_is_tried_when_the_first_does_not_answer(loopback: Loopback, fault: str) -> None:
    with loopback.listener("h1") as first, loopback.listener("h2") as second:
        setattr(first, fault, True)
        visited = Caller(loopback.bootstrap(first, second), IMPATIENT).visit()

    assert visited.handler == "h2"
    assert "in time" in visited.failures[0].error


def test_what_a_silent_handler_may_have_had_goes_to_the_next_one_unchanged(loopback: Loopback) -> None:
    with loopback.listener("h1") as first, loopback.listener("h2") as second:
        caller = Caller(loopback.bootstrap(first, second), IMPATIENT)
        caller.visit()
        first.mute = True
        loopback.server.seen.clear()
        visited = caller.visit()

    assert visited.handler == "h2"
    assert loopback.server.numbers == [2]


def test_the_list_is_given_up_when_its_time_is_over(loopback: Loopback) -> None:
    with loopback.listener("h1") as first, loopback.listener("h2") as second:
        first.silent = True
        patience = Patience(connect_s=0.3, answer_s=0.3, list_s=0.2)
        visited = Caller(loopback.bootstrap(first, second), patience).visit()

    assert visited.done.outcome is Outcome.UNREACHABLE
    assert [failure.handler for failure in visited.failures] == ["h1"]


Make = Callable[[Loopback], TinyListener]
IMPOSTORS: dict[str, tuple[Make, str]] = {
    "unknown name": (lambda it: it.listener("h9"), "not for a handler of bootstrap or server list"),
    "other deployment": (
        lambda it: it.listener("h1", deployment="other"),
        "not for a handler of bootstrap or server list",
    ),
    "other authority": (lambda it: it.listener("h1", authority=Authority()), "certificate verify failed"),
    "other protocol": (lambda it: it.listener("h1", alpn="http/1.1"), "no TLS session|does not speak muster/1"),
}


@pytest.mark.parametrize("which", IMPOSTORS)
def test_who_is_no_handler_of_the_deployment_gets_no_package(loopback: Loopback, which: str) -> None:
    make, said = IMPOSTORS[which]
    with make(loopback) as impostor:
        visited = Caller(loopback.bootstrap(impostor)).visit()

    assert visited.done.outcome is Outcome.UNREACHABLE
    assert any(part in visited.done.reason for part in said.split("|"))
    assert loopback.server.seen == []


def test_a_certificate_long_past_by_the_machines_clock_is_good_until_signed_time_says_otherwise(
    loopback: Loopback,
) -> None:
    with loopback.listener("h1", until=NOON - timedelta(days=1)) as expired:
        caller = Caller(loopback.bootstrap(expired))
        unknowing, knowing = caller.visit(), caller.visit()

    assert unknowing.done.outcome is Outcome.ACCEPTED
    assert knowing.done.outcome is Outcome.UNREACHABLE
    assert "ended at" in knowing.done.reason


def test_the_second_session_with_a_handler_is_resumed(loopback: Loopback) -> None:
    with loopback.listener("h1") as listener:
        caller = Caller(loopback.bootstrap(listener))
        caller.visit()
        caller.visit()

        assert listener.resumed == [False, True]


def test_a_name_nobody_knows_is_a_failure_like_another(loopback: Loopback) -> None:
    handler = {"name": "h1", "host": "no..name", "port": 1, "priority": 1}

    visited = Caller(loopback.bootstrap(handlers=[handler])).visit()

    assert visited.done.outcome is Outcome.UNREACHABLE
    assert "is not known" in visited.done.reason


def test_a_deadline_counts_by_its_clock() -> None:
    now = 100.0
    deadline = Deadline(lambda: now, 10)
    now = 104.0
    left = deadline.remaining()
    now = 110.0

    assert left == 6.0
    assert deadline.over
    with pytest.raises(TooSlow):
        deadline.remaining()


def test_the_promised_patience() -> None:
    assert Patience() == (10, 30, 60)
