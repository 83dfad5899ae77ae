"""The agent that stays: when it calls in, who may ask it to, and how it ends."""

import contextlib
import itertools
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.control import ENFORCE, NAME, RUN_TASK, NobodyListens, ask, ask_for, listen
from agents.held_connection import Look
from agents.outcome import Outcome, Result, Why
from agents.runner import Runner
from agents.schedule import Schedule
from agents.waiting import Sources, Wake, nudging

ACCEPTED = Result(Outcome.ACCEPTED, "", bytes(16), 3, 4, "h1")


class FakeCaller:
    """Stands for the whole network: notes what was asked for, returns what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Why, bool]] = []
        self.clock = Clock()
        self.error: OSError | None = None
        self.results: list[Result] = []

    def call_in(self, why: Why, *, full: bool = False) -> Result:
        self.calls.append((self.clock.now, why, full))
        if self.error:
            raise self.error
        return self.results.pop(0) if self.results else ACCEPTED


class Clock:
    """Moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Waits:
    """A waiter by the fake clock: time passes at once; what else happens is a script by time."""

    def __init__(self, clock: Clock, script: list[tuple[float, Wake]]) -> None:
        self._clock = clock
        self._script = script

    def wait(self, seconds: float) -> Wake:
        until = self._clock.now + max(seconds, 0)
        if self._script and self._script[0][0] <= until:
            at, wake = self._script.pop(0)
            self._clock.now = max(self._clock.now, at)
            return wake
        self._clock.now = until
        return Wake.TIME


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with listen(tmp_path) as made:
        yield made


class FakeHeld:
    """A connection that says what a script says, each time somebody looks."""

    def __init__(self, looks: list[Look] | None = None, *, wanted: bool = False, lasted_s: float = 0.0) -> None:
        self.looks = looks or []
        self.wanted = wanted
        self.lasted_s = lasted_s

    def look(self) -> Look:
        return self.looks.pop(0) if self.looks else Look.NOTHING


class FakeErrand:
    """A call-in that a task wants."""

    def __init__(self, *, full: bool) -> None:
        self.full = full
        self.went = ""

    def done(self, went: str) -> None:
        self.went = went


class FakeTasks:
    """Something to do at these times, and these errands; notes when it was attended to."""

    def __init__(
        self,
        clock: Clock,
        dues: list[float] | None = None,
        errands: list[FakeErrand] | None = None,
        ends: list[float] | None = None,
    ) -> None:
        self._clock = clock
        self._dues = [*(dues or []), *(ends or [])]
        self._errands = errands or []
        self._ends = ends or []
        self.attended: list[float] = []

    def attend(self) -> bool:
        now = self._clock.now
        self.attended.append(now)
        ended = any(end <= now for end in self._ends)
        self._dues, self._ends = ([each for each in some if each > now] for some in (self._dues, self._ends))
        return ended

    def wait_s(self) -> float:
        return min((due - self._clock.now for due in self._dues), default=float("inf"))

    def errand(self) -> FakeErrand | None:
        return self._errands.pop(0) if self._errands and self._clock.now > 1010 else None


def run(
    caller: FakeCaller,
    listener: socket.socket,
    script: list[tuple[float, Wake]],
    held: FakeHeld | None = None,
    tasks: FakeTasks | None = None,
    interval_s: int = 60,
) -> list[Result]:
    said: list[Result] = []
    schedule = Schedule(random.Random(1))
    waits = Waits(caller.clock, script)
    tasks = tasks or FakeTasks(caller.clock)
    Runner(
        caller, schedule, waits, listener, caller.clock, lambda: interval_s, said.append, held or FakeHeld(), tasks
    ).run(10)
    return said


def test_it_calls_in_soon_after_the_start_and_then_at_the_interval(listener: socket.socket) -> None:
    caller = FakeCaller()

    run(caller, listener, [(1250.0, Wake.END)])

    times, whys = [at for at, _, _ in caller.calls], [why for _, why, _ in caller.calls]
    assert 1000 <= times[0] <= 1010
    assert all(54 <= later - sooner <= 66 for sooner, later in itertools.pairwise(times))
    assert whys == [Why.START] + [Why.INTERVAL] * (len(whys) - 1)
    assert len(times) in (4, 5)


def test_asking_again_while_pending_is_still_the_call_in_of_the_start(listener: socket.socket) -> None:
    caller = FakeCaller()
    caller.results = [ACCEPTED._replace(outcome=Outcome.PENDING)] * 2

    run(caller, listener, [(1120.0, Wake.END)])

    assert [why for _, why, _ in caller.calls][:4] == [Why.START, Why.START, Why.START, Why.INTERVAL]


def test_tasks_are_attended_to_when_they_are_due_and_at_the_start(listener: socket.socket) -> None:
    caller = FakeCaller()
    tasks = FakeTasks(caller.clock, [1020.0, 1035.0])

    run(caller, listener, [(1040.0, Wake.END)], tasks=tasks)

    assert tasks.attended[0] == 1000.0
    assert {1020.0, 1035.0} <= set(tasks.attended)
    assert len(caller.calls) == 1


def test_a_call_in_that_a_task_wants_says_so_and_tells_it_how_that_went(listener: socket.socket) -> None:
    caller = FakeCaller()
    errands = [FakeErrand(full=True), FakeErrand(full=False)]

    run(
        caller,
        listener,
        [(1020.0, Wake.TASK), (1040.0, Wake.END)],
        tasks=FakeTasks(caller.clock, errands=list(errands)),
    )

    assert caller.calls[1:] == [(1020.0, Why.TASK, True), (1020.0, Why.TASK, False)]
    assert [errand.went for errand in errands] == ["accepted", "accepted"]


def test_after_a_tasks_call_in_the_interval_begins_anew(listener: socket.socket) -> None:
    caller = FakeCaller()

    tasks = FakeTasks(caller.clock, errands=[FakeErrand(full=False)])
    run(caller, listener, [(1050.0, Wake.TASK), (1120.0, Wake.END)], tasks=tasks)

    assert [why for _, why, _ in caller.calls] == [Why.START, Why.TASK, Why.INTERVAL]
    assert caller.calls[2][0] - caller.calls[1][0] >= 54


def test_the_end_of_a_run_is_told_soon_and_the_interval_begins_anew(listener: socket.socket) -> None:
    caller = FakeCaller()

    run(caller, listener, [(6000.0, Wake.END)], tasks=FakeTasks(caller.clock, ends=[2000.0]), interval_s=3600)

    (_, _, _), (told, why, full), (later, next_why, _) = caller.calls
    assert 2000 <= told <= 2030
    assert (why, full, next_why) == (Why.TASK, False, Why.INTERVAL)
    assert later - told >= 0.9 * 3600


def test_agents_whose_runs_ended_at_one_moment_tell_it_spread(listener: socket.socket) -> None:
    waits = [Schedule(random.Random(seed)).soon() for seed in range(200)]

    assert 0 <= min(waits) < 3
    assert 27 < max(waits) <= 30


def test_many_runs_that_end_are_one_call_in_and_at_most_one_a_minute(listener: socket.socket) -> None:
    caller = FakeCaller()
    ends = [2000.0 + second for second in range(300)]

    run(caller, listener, [(2400.0, Wake.END)], tasks=FakeTasks(caller.clock, ends=ends), interval_s=3600)

    told = [at for at, why, _ in caller.calls if why is Why.TASK]
    assert len(told) == 6
    assert all(round(later - sooner, 3) >= 60 for sooner, later in itertools.pairwise(told))


def test_a_call_in_that_comes_before_takes_the_results_along(listener: socket.socket) -> None:
    caller = FakeCaller()
    held = FakeHeld([Look.NOTHING, Look.HINT], wanted=True)
    script = [(2000.5, Wake.HELD), (2300.0, Wake.END)]

    run(caller, listener, script, held, FakeTasks(caller.clock, ends=[2000.0]), interval_s=3600)

    assert [why for _, why, _ in caller.calls] == [Why.START, Why.WAKE_UP]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.PENDING, Outcome.FAILED])
def test_the_end_of_a_run_calls_nobody_who_did_not_accept_the_last_call_in(
    listener: socket.socket, outcome: Outcome
) -> None:
    caller = FakeCaller()
    caller.results = [ACCEPTED._replace(outcome=outcome, retry_after_s=1800)]

    run(caller, listener, [(2500.0, Wake.END)], tasks=FakeTasks(caller.clock, ends=[1500.0]), interval_s=3600)

    assert [why for _, why, _ in caller.calls] == [Why.START]


def test_a_full_disk_does_not_end_it(listener: socket.socket) -> None:
    caller = FakeCaller()
    caller.error = OSError(28, "No space left on device")

    said = run(caller, listener, [(1200.0, Wake.END)])

    assert len(said) > 1
    assert {result.outcome for result in said} == {Outcome.FAILED}


def test_a_hint_makes_it_call_in_at_once(listener: socket.socket) -> None:
    caller = FakeCaller()
    held = FakeHeld([Look.NOTHING, Look.HINT], wanted=True)  # after the first call-in; when the descriptor is readable

    run(caller, listener, [(1030.0, Wake.HELD), (1040.0, Wake.END)], held)

    assert caller.calls[1:] == [(1030.0, Why.WAKE_UP, False)]


def test_hints_are_merged_and_answered_at_most_once_a_second(listener: socket.socket) -> None:
    caller = FakeCaller()
    held = FakeHeld([Look.HINT] * 100, wanted=True)  # every look finds another one

    run(caller, listener, [(1020.0, Wake.END)], held)

    first = caller.calls[0][0]
    woken = [(at, why) for at, why, _ in caller.calls[1:]]
    assert len(woken) == int(1020 - first)
    assert woken[:3] == [(first + after, Why.WAKE_UP) for after in (1, 2, 3)]


def test_it_comes_back_within_the_spread_when_the_held_connection_breaks(listener: socket.socket) -> None:
    caller = FakeCaller()
    held = FakeHeld([Look.NOTHING, Look.LOST], wanted=True, lasted_s=3600)

    run(caller, listener, [(1020.0, Wake.HELD), (1051.0, Wake.END)], held)

    (at, why, _), *_ = caller.calls[1:]
    assert 1020 <= at <= 1050
    assert why is Why.RECONNECT


def test_in_push_mode_who_reaches_nobody_tries_again_before_the_interval(listener: socket.socket) -> None:
    caller = FakeCaller()
    caller.results = [ACCEPTED._replace(outcome=Outcome.UNREACHABLE)]

    run(caller, listener, [(1041.0, Wake.END)], FakeHeld(wanted=True))

    assert [why for _, why, _ in caller.calls[:2]] == [Why.START, Why.RECONNECT]


def test_after_a_call_in_that_was_woken_the_interval_begins_anew(listener: socket.socket) -> None:
    caller = FakeCaller()
    held = FakeHeld([Look.NOTHING, Look.HINT], wanted=True)

    run(caller, listener, [(1030.0, Wake.HELD), (1097.0, Wake.END)], held)

    (woken, why, _), (later, next_why, _) = caller.calls[1:]
    assert (woken, why, next_why) == (1030.0, Why.WAKE_UP, Why.INTERVAL)
    assert 1084 <= later <= 1096


def asked(home: Path, requests: list[bool]) -> tuple[threading.Thread, list[Result]]:
    """Ask through the socket, from another thread, one after the other."""
    answers: list[Result] = []
    thread = threading.Thread(target=lambda: answers.extend(ask(home, full=full) for full in requests))
    thread.start()
    return thread, answers


def test_whoever_may_enter_the_home_may_ask_it_to_call_in(tmp_path: Path, listener: socket.socket) -> None:
    caller = FakeCaller()
    thread, answers = asked(tmp_path, [False, True])

    run(caller, listener, [(1000.0, Wake.CONTROL), (1000.0, Wake.CONTROL), (1001.0, Wake.END)])
    thread.join()

    assert [(why, full) for _, why, full in caller.calls][:2] == [(Why.MANUAL, False), (Why.MANUAL, True)]
    assert answers == [ACCEPTED, ACCEPTED]


def no_room(_: str) -> str:
    raise OSError(28, "No space left on device")


def test_whoever_may_enter_the_home_may_ask_for_more_than_a_call_in(tmp_path: Path, listener: socket.socket) -> None:
    caller = FakeCaller()
    wanted = [(RUN_TASK, "sweep"), (ENFORCE, ""), (ENFORCE, "")]
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.extend(ask_for(tmp_path, *each) for each in wanted))
    thread.start()
    script = [(1000.0, Wake.CONTROL)] * 2
    waits, tasks = Waits(caller.clock, [*script, (1001.0, Wake.END)]), FakeTasks(caller.clock)
    runner = Runner(
        caller,
        Schedule(random.Random(1)),
        waits,
        listener,
        caller.clock,
        lambda: 60,
        lambda _: None,
        FakeHeld(),
        tasks,
        {RUN_TASK: lambda name: f"{name} started", ENFORCE: no_room},
    )

    runner.run(10)
    run(caller, listener, [(1000.0, Wake.CONTROL), (1001.0, Wake.END)])
    thread.join()

    assert answers == [
        "sweep started",
        "failed: [Errno 28] No space left on device",
        "this agent cannot do that",
    ]
    assert [why for _, why, _ in caller.calls if why is Why.MANUAL] == []


def say_and_leave(peer: socket.socket, said: bytes) -> None:
    with contextlib.suppress(OSError):  # who is hung up on cannot finish
        peer.sendall(said)
        peer.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("said", [b"", b"\n", b"{}\n", b'{"do": "dance"}\n', b"[" * 60_000 + b"\n", b"x" * 100_000])
def test_what_is_no_request_is_hung_up_on(tmp_path: Path, listener: socket.socket, said: bytes) -> None:
    caller = FakeCaller()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(str(tmp_path / NAME))
        thread = threading.Thread(target=say_and_leave, args=(peer, said))
        thread.start()

        run(caller, listener, [(1000.0, Wake.CONTROL), (1000.0, Wake.END)])
        thread.join()

    assert caller.calls == []


def test_the_socket_works_however_deep_the_home_is(tmp_path: Path) -> None:
    home = tmp_path / ("d" * 120)
    home.mkdir()
    caller = FakeCaller()
    with listen(home) as listener:
        thread, answers = asked(home, [False])
        run(caller, listener, [(1000.0, Wake.CONTROL), (1000.0, Wake.END)])
        thread.join()

    assert answers == [ACCEPTED]
    assert (home / NAME).stat().st_mode & 0o777 == 0o600


def test_a_socket_that_was_left_behind_is_nobody(tmp_path: Path) -> None:
    listen(tmp_path).close()

    with pytest.raises(NobodyListens):
        ask(tmp_path, full=False)
    listen(tmp_path).close()


def test_the_end_comes_before_all_else_and_stays(tmp_path: Path, listener: socket.socket) -> None:
    told, tell = socket.socketpair()
    with told, tell, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        sources = Sources(listener, told, None)
        quiet = sources.wait(0)
        peer.connect(str(tmp_path / NAME))
        asked_for = sources.wait(5)
        tell.send(b"\x0f")
        ends = [sources.wait(5), sources.wait(5)]
        sources.close()

    assert (quiet, asked_for, ends) == (Wake.TIME, Wake.CONTROL, [Wake.END, Wake.END])


def test_a_task_wakes_it_from_any_thread_and_once_for_many_nudges(listener: socket.socket) -> None:
    told, tell = socket.socketpair()
    with told, tell, nudging() as (nudges, nudge):
        sources = Sources(listener, told, None, None, nudges)
        threads = [threading.Thread(target=nudge) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wakes = [sources.wait(float("inf")), sources.wait(0)]
        sources.close()
    nudge()

    assert wakes == [Wake.TASK, Wake.TIME]


def test_the_end_of_the_parent_is_the_end(listener: socket.socket) -> None:
    told, tell = socket.socketpair()
    theirs, ours = socket.socketpair()
    with told, tell, theirs.makefile("rb", buffering=0) as parent:
        theirs.close()
        sources = Sources(listener, told, parent)
        ours.send(b"noise")
        noise = sources.wait(5)
        ours.close()
        end = sources.wait(5)
        sources.close()

    assert (noise, end) == (Wake.TIME, Wake.END)
