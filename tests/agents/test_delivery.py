"""Delivery as an agent does it: in the session of the call-in, only what is missing, said when it is on the disk."""

from pathlib import Path

import pytest

from agents.delivery import MANIFEST_REFUSED
from tests.agents.world import LostAnswer, World
from wire.held import CONTENTS_LIMIT, NO_LISTS, Item, digest_of
from wire.types import AgentType

BIG = CONTENTS_LIMIT // 2 + 1


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.call_in()
    world.server.seen.clear()
    return world


class Counted:
    """Enforcement that notes what was held whenever it was asked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.seen: list[list[bytes]] = []

    def enforce(self) -> None:
        self.seen.append([content for _, content in self._world.member.holdings.items()])
        self._world.add_event("PolicyEnforced")


def item(content: bytes, version: int = 1, name: str = "motd") -> Item:
    return Item(name.encode().ljust(16, b"."), "policy", "files", name, version, digest_of(content))


def held(world: World) -> list[bytes]:
    return [content for _, content in world.member.holdings.items()]


def test_without_lists_nothing_is_said_and_the_state_hash_says_nothing_is_held(world: World) -> None:
    world.call_in()

    assert world.server.types == [AgentType.PROPS_VERSION]
    assert world.server.seen[-1].lists_hash == NO_LISTS
    assert world.server.only.statements == []


def test_what_is_assigned_arrives_and_is_confirmed_in_the_same_session(world: World) -> None:
    world.server.assign(7, item(b"one"), contents=[b"one"])

    world.call_in()

    assert held(world) == [b"one"]
    assert world.server.types == [AgentType.PROPS_VERSION, AgentType.PROPS_VERSION]
    assert world.server.only.held.version == (1, 7)
    assert world.server.only.lists_hash == world.member.holdings.hash() == world.server.seen[-1].lists_hash


def test_the_next_idle_call_in_is_one_package_without_a_word_about_lists(world: World) -> None:
    world.server.assign(7, item(b"one"), contents=[b"one"])
    world.call_in()
    world.restart()
    world.server.seen.clear()

    world.call_in()

    assert world.server.types == [AgentType.PROPS_VERSION]
    assert len(world.server.only.statements) == 1


def test_what_does_not_fit_into_one_answer_comes_in_the_next_of_the_session(world: World) -> None:
    contents = [bytes([at]) * BIG for at in range(3)]
    world.server.assign(7, *(item(each, name=f"p{at}") for at, each in enumerate(contents)), contents=contents)

    world.call_in()

    assert held(world) == contents
    assert len(world.server.only.statements) == 3


def test_what_arrived_before_the_line_broke_is_not_sent_again(world: World) -> None:
    contents = [bytes([at]) * BIG for at in range(3)]
    world.server.assign(7, *(item(each, name=f"p{at}") for at, each in enumerate(contents)), contents=contents)
    world.losing = [False, True]
    with pytest.raises(LostAnswer):
        world.call_in()
    world.restart()

    world.call_in()

    assert held(world) == contents
    assert [len(each.items) for each in world.server.only.statements] == [1, 2, 3]


def test_only_the_changed_item_travels(world: World) -> None:
    world.server.assign(7, item(b"one"), item(b"two", name="ntp"), contents=[b"one", b"two"])
    world.call_in()
    del world.server.contents[digest_of(b"two")]

    world.server.assign(9, item(b"ONE", version=2), item(b"two", name="ntp"), contents=[b"ONE"])
    world.call_in()

    assert held(world) == [b"ONE", b"two"]
    assert world.server.only.held.version == (1, 9)


def test_an_older_manifest_is_refused_and_reported_and_the_held_one_stays(world: World) -> None:
    world.server.assign(9, item(b"one"), contents=[b"one"])
    world.call_in()

    world.server.assign(8, item(b"zero"), contents=[b"zero"])
    world.call_in()

    assert held(world) == [b"one"]
    assert [event["type"] for event in world.server.only.events] == [MANIFEST_REFUSED]


def test_a_server_that_sends_a_manifest_without_its_contents_is_not_asked_for_ever(world: World) -> None:
    world.server.assign(7, item(b"never sent"))

    done = world.call_in()

    assert done.reason == ""
    assert len(world.server.seen) <= 3
    assert held(world) == []


def test_a_server_that_forgot_asks_and_is_told(world: World) -> None:
    world.server.assign(7, item(b"one"), contents=[b"one"])
    world.call_in()
    world.server.only.lists_hash = b"forgot.."

    world.call_in()

    assert world.server.only.lists_hash == world.member.holdings.hash()
    assert world.server.only.held.version == (1, 7)


def test_a_statement_whose_answer_was_lost_is_repeated_as_it_was(world: World) -> None:
    world.server.assign(7, item(b"one"), contents=[b"one"])
    world.losing = [False, True]
    with pytest.raises(LostAnswer):
        world.call_in()
    world.restart()

    world.call_in()

    assert len(world.server.only.statements) == 1
    assert world.server.only.held.version == (1, 7)


def test_what_was_enforced_is_reported_in_the_same_session(world: World) -> None:
    world.member.enforcement = enforced = Counted(world)
    world.server.assign(7, item(b"one"), contents=[b"one"])

    world.call_in()

    assert enforced.seen == [[b"one"]]
    assert [event["type"] for event in world.server.only.events] == ["PolicyEnforced"]


def test_a_revoked_agent_gives_up_what_it_holds_and_gets_all_of_it_when_it_is_trusted_again(world: World) -> None:
    world.entrusted.append(world.member.holdings)
    world.server.assign(7, item(b"one"), contents=[b"one"])
    world.call_in()

    world.server.only.status = "revoked"
    world.call_in()
    then = held(world)
    world.server.only.status = "allowed"
    world.call_in()

    assert (then, held(world)) == ([], [b"one"])
