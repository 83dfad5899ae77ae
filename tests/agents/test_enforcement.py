"""Policies are enforced by plug-ins, reported when something changed, withdrawn when no longer assigned."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.enforced import FILE, EnforcedBook
from agents.enforcement import POLICY_ENFORCED, POLICY_WITHDRAWN, Enforcement
from agents.enforcer import CannotEnforce
from agents.in_force import InForce, Place
from tests.agents.assigned import CODEC, Assigned


class Switch:
    """A machine with one switch, and the enforcer that keeps it."""

    def __init__(self) -> None:
        self.position: Any = "off"
        self.moved = 0
        self.stuck = False
        self.broken: BaseException | None = None

    def check(self, settings: Mapping[str, Any]) -> str:
        if self.broken:
            raise self.broken
        return "" if self.position == settings["position"] else f"is {self.position}"

    def enforce(self, settings: Mapping[str, Any]) -> str:
        self.moved += 1
        if not self.stuck:
            self.position = settings["position"]
        return ""

    def withdraw(self) -> str:
        if self.broken:
            raise self.broken
        self.position = "off"
        return "switched off"


class Hanging(Switch):
    """Comes back from a check only when released."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def check(self, settings: Mapping[str, Any]) -> str:
        self.release.wait(60)
        return super().check(settings)


class Room:
    """An agent's enforcement with one switch; ``restart`` forgets all that is not on disk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.held = Assigned()
        self.switch = Switch()
        self.place = Place(("192.0.2.7",), {"os": {"family": "Linux"}})
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.tasks: dict[str, InForce] = {}
        self.now_ms = 1_000
        self.limit_s = 30.0
        self.restart()

    def restart(self) -> None:
        self.enforcement = Enforcement(
            self.held,
            lambda: self.place,
            {"switch": self.switch},
            EnforcedBook(self.home, CODEC),
            self,
            lambda kind, data: self.told.append((kind, data)),
            CODEC,
            lambda: self.now_ms,
            self.limit_s,
        )

    def assign(self, tasks: Mapping[str, InForce]) -> None:
        self.tasks = dict(tasks)

    def enforce(self) -> list[tuple[Any, ...]]:
        """Enforce; what was reported of it."""
        self.told.clear()
        self.enforcement.enforce()
        return [(kind, data["version"], data["outcome"], data["drift"], data["detail"]) for kind, data in self.told]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_what_is_assigned_is_brought_about_and_reported_once(room: Room) -> None:
    item = room.held.policy("switch", {"position": "on"})

    room.enforcement.enforce()
    first = list(room.told)
    again = room.enforce()

    assert room.switch.position == "on"
    assert first == [
        (
            POLICY_ENFORCED,
            {
                "category": "switch",
                "id": item.id,
                "name": "standard",
                "version": 1,
                "outcome": "enforced",
                "drift": False,
                "detail": "",
            },
        )
    ]
    assert again == []


def test_a_restarted_agent_reports_nothing_that_it_had_reported(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()

    room.restart()

    assert room.enforce() == []


def test_a_lost_record_is_reported_again(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()
    (room.home / FILE).write_bytes(b"\xc1")

    room.restart()

    assert room.enforce() == [(POLICY_ENFORCED, 1, "enforced", False, "")]


def test_drift_is_mended_and_reported_each_time_and_health_after_it(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()
    mended = (POLICY_ENFORCED, 1, "mended", True, "is off")

    reports = []
    for position in ("off", "off", "on", "on"):
        room.switch.position = position
        reports.append(room.enforce())

    assert reports == [[mended], [mended], [(POLICY_ENFORCED, 1, "enforced", False, "")], []]


def test_a_new_version_is_no_drift(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()

    room.held.policy("switch", {"position": "half"}, version=2)

    assert room.enforce() == [(POLICY_ENFORCED, 2, "enforced", False, "")]
    assert room.switch.position == "half"


def test_what_still_differs_afterwards_has_failed(room: Room) -> None:
    room.switch.stuck = True
    room.held.policy("switch", {"position": "on"})

    first, again = room.enforce(), room.enforce()
    room.switch.stuck = False
    at_last = room.enforce()

    assert first == [(POLICY_ENFORCED, 1, "failed", False, "still differs: is off")]
    assert again == []
    assert at_last == [(POLICY_ENFORCED, 1, "enforced", False, "")]


def test_drift_that_cannot_be_mended_is_both(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()
    room.switch.position, room.switch.stuck = "off", True

    assert room.enforce() == [(POLICY_ENFORCED, 1, "failed", True, "still differs: is off")]


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (CannotEnforce("no such switch"), "no such switch"),
        (KeyError("x"), "'x'"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (SystemExit(3), "it raised SystemExit"),
        (CannotEnforce("x" * 9_000), "x" * 500),
    ],
)
def test_a_plug_in_that_raises_is_a_failure_and_no_more(room: Room, error: BaseException, detail: str) -> None:
    room.switch.broken = error
    room.held.policy("switch", {"position": "on"})

    assert room.enforce() == [(POLICY_ENFORCED, 1, "failed", False, detail)]


@pytest.fixture
def hanging(room: Room) -> Iterator[Hanging]:
    room.switch = switch = Hanging()
    room.limit_s = 0.05
    room.restart()
    yield switch
    switch.release.set()


def test_a_plug_in_that_hangs_is_left_behind_and_tried_again_once_it_is_back(room: Room, hanging: Hanging) -> None:
    room.held.policy("switch", {"position": "on"})

    first, second = room.enforce(), room.enforce()

    assert first == [(POLICY_ENFORCED, 1, "failed", False, "it did not come back within 0.05 s")]
    assert second == [(POLICY_ENFORCED, 1, "failed", False, "it has not come back from an earlier call")]
    assert hanging.moved == 0


@pytest.mark.parametrize("content", [b"\xc1", CODEC.encode([1]), b"", CODEC.encode(7)])
def test_content_that_is_no_map_fails(room: Room, content: bytes) -> None:
    room.held.raw("policy", "switch", content)

    assert room.enforce() == [
        (POLICY_ENFORCED, 1, "failed", False, "the content of this version is no map of settings")
    ]


def test_a_category_without_an_enforcer_says_so_once(room: Room) -> None:
    room.held.policy("firewall", {})

    assert room.enforce() == [(POLICY_ENFORCED, 1, "failed", False, "no enforcer of this category is installed")]
    assert room.enforce() == []


def test_the_first_whose_condition_holds_now_is_enforced(room: Room) -> None:
    room.held.policy("switch", {"position": "office"}, name="office", when={"network": ["10.0.0.0/8"]})
    room.held.policy("switch", {"position": "bsd"}, name="bsd", when={"property": {"os.family": "*BSD"}})
    room.held.policy("switch", {"position": "elsewhere"}, name="elsewhere")

    room.enforce()
    at_home = room.switch.position
    room.place = Place(("10.1.1.1",), {})
    reported = room.enforce()

    assert (at_home, room.switch.position) == ("elsewhere", "office")
    assert reported == [(POLICY_ENFORCED, 1, "enforced", False, "")]


def test_a_condition_nobody_understands_is_not_met(room: Room) -> None:
    room.held.policy("switch", {"position": "full moon"}, name="moon", when={"moon": ["full"]})
    room.held.policy("switch", {"position": "on"})

    room.enforce()

    assert room.switch.position == "on"


def test_where_the_machine_is_is_asked_only_for_a_condition(room: Room) -> None:
    def collect() -> Place:
        raise AssertionError("collected for nothing")

    room.held.policy("switch", {"position": "on"})
    room.enforcement = Enforcement(
        room.held,
        collect,
        {"switch": room.switch},
        EnforcedBook(room.home, CODEC),
        room,
        lambda *_: None,
        CODEC,
        lambda: 0,
    )

    room.enforcement.enforce()

    assert room.switch.position == "on"


def test_what_is_not_assigned_any_more_is_withdrawn_and_reported_once(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()
    room.held.nothing()
    room.restart()

    withdrawn, again = room.enforce(), room.enforce()

    assert room.switch.position == "off"
    assert withdrawn == [(POLICY_WITHDRAWN, 1, "withdrawn", False, "switched off")]
    assert again == []


def test_no_condition_holding_any_more_withdraws_too(room: Room) -> None:
    room.held.policy("switch", {"position": "on"}, when={"network": "192.0.2.0/24"})
    room.enforce()

    room.place = Place((), {})

    assert room.enforce() == [(POLICY_WITHDRAWN, 1, "withdrawn", False, "switched off")]


def test_a_withdrawal_that_failed_is_tried_until_it_is_done(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()
    room.held.nothing()
    room.switch.broken = CannotEnforce("jammed")

    failed, again = room.enforce(), room.enforce()
    room.switch.broken = None
    done = room.enforce()

    assert failed == [(POLICY_WITHDRAWN, 1, "failed", False, "withdraw: jammed")]
    assert again == []
    assert done == [(POLICY_WITHDRAWN, 1, "withdrawn", False, "switched off")]


class Unspeakable:
    """What a plug-in may return."""

    def __str__(self) -> str:
        raise RuntimeError("nobody can say what this is")


def test_what_a_plug_in_returns_is_no_more_trusted_than_what_it_raises(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.enforce()
    room.switch.check = lambda settings: Unspeakable()  # type: ignore[method-assign, assignment, return-value]
    room.switch.withdraw = lambda: Unspeakable()  # type: ignore[method-assign, assignment, return-value]

    checked = room.enforce()
    room.held.nothing()
    withdrawn = room.enforce()

    assert checked == [(POLICY_ENFORCED, 1, "failed", False, "nobody can say what this is")]
    assert withdrawn == [(POLICY_WITHDRAWN, 1, "failed", False, "withdraw: nobody can say what this is")]


def test_withdrawn_trust_ends_everything_at_once(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    room.held.task("sweep", {"type": "call-in"})
    room.enforce()
    had = set(room.tasks)

    room.enforcement.clear()
    room.enforcement.clear()

    assert (had, room.tasks, room.switch.position) == ({"task/sweep"}, {}, "off")
    assert [kind for kind, _ in room.told] == [POLICY_ENFORCED, POLICY_WITHDRAWN]


def test_since_is_when_this_version_was_first_brought_about(room: Room) -> None:
    room.held.policy("switch", {"position": "on"})
    sinces = []
    for now_ms, position, version in ((1_000, "off", 1), (2_000, "off", 1), (3_000, "on", 2)):
        room.now_ms, room.switch.position = now_ms, position
        room.held.policy("switch", {"position": "on"}, version=version)
        room.enforce()
        sinces.append(EnforcedBook(room.home, CODEC).all()["switch"].since_ms)

    assert sinces == [1_000, 1_000, 3_000]
