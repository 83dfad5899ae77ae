"""An agent that stays says how often it calls in: when it changed, and with all its properties."""

from pathlib import Path
from typing import Any

import pytest

from agents.outcome import Why
from tests.agents.world import LostAnswer, World
from wire.packages import decode_body

HOURLY, PUSHED = (3600, "pull"), (60, "push")


@pytest.fixture
def staying(tmp_path: Path) -> World:
    return stays(World(tmp_path), HOURLY)


def stays(world: World, rhythm: tuple[int, str] | None) -> World:
    world.member.rhythm = lambda: rhythm
    return world


def said(world: World) -> list[Any]:
    bodies = [body for _, _, body in world.server.only.diary]
    rhythms = [decode_body(world.member.codec, 0, body).get("rhythm") for body in bodies]
    return [(each["interval_s"], each["mode"]) for each in rhythms if each is not None]


def test_it_is_said_once(staying: World) -> None:
    for why in (Why.START, Why.INTERVAL, Why.INTERVAL):
        staying.call_in(why)

    assert said(staying) == [HOURLY]


def test_it_is_said_again_when_it_has_changed_also_in_an_idle_call_in(staying: World) -> None:
    staying.call_in(Why.START)
    stays(staying, PUSHED)
    staying.call_in()
    staying.call_in()

    assert said(staying) == [HOURLY, PUSHED]
    assert staying.server.only.whys == ["start", "interval", "interval"]


def test_with_all_properties_it_is_said_anew(staying: World) -> None:
    staying.call_in(Why.START)
    staying.call_in(Why.MANUAL, full=True)

    assert said(staying) == [HOURLY, HOURLY]


def test_what_was_not_delivered_is_said_in_the_package_that_is(staying: World) -> None:
    staying.losing = [False, True]
    with pytest.raises(LostAnswer):
        staying.call_in(Why.START)
    staying.restart()
    stays(staying, HOURLY).call_in(Why.START)
    staying.call_in()

    assert said(staying) == [HOURLY]


def test_a_new_process_knows_what_it_has_said(staying: World) -> None:
    staying.call_in(Why.START)
    staying.restart()
    stays(staying, HOURLY).call_in(Why.START)

    assert said(staying) == [HOURLY]


def test_who_calls_in_once_has_no_rhythm(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.call_in(Why.MANUAL)

    assert said(world) == []
