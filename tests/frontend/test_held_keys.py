"""The newest connection of a key wins, but only after the worker accepted its package; hints go there."""

from broker.messages import Verdict
from tests.frontend.world import CODEC, KEY, SIGNED_ANSWER, World, frame, package

OTHER = bytes(reversed(KEY))


def test_the_older_connection_of_a_key_is_closed_when_the_worker_accepted_the_newer(world: World) -> None:
    older = world.accepted()
    newer = world.connect()

    newer.send()
    assert older.open
    world.answer(world.taken()[0])

    assert older.transport.closed
    assert newer.open


def test_a_refused_or_bad_package_closes_no_other_connection(world: World) -> None:
    holder = world.accepted()

    for verdict in (Verdict.REFUSED, Verdict.BUSY, Verdict.BAD):
        stranger = world.connect()
        stranger.send()
        world.answer(world.taken()[0], verdict)

    assert holder.open
    world.hint()
    assert [name for name, _ in holder.heard_unsigned()] == ["MSG_AVAILABLE"]


def test_agents_of_different_keys_live_side_by_side(world: World) -> None:
    one, other = world.accepted(key=KEY), world.accepted(key=OTHER)

    world.hint(OTHER)

    assert one.open
    assert one.heard() == []
    assert [name for name, _ in other.heard_unsigned()] == ["MSG_AVAILABLE"]


def test_a_hint_for_nobody_here_is_dropped(world: World) -> None:
    peer = world.accepted()
    peer.leave()

    world.hint()
    world.hint(OTHER)

    assert peer.heard() == []


def test_an_agent_that_waits_for_a_decision_can_be_woken(world: World) -> None:
    pending = world.connect()
    pending.send()
    world.answer(world.taken()[0], Verdict.REFUSED)
    pending.heard()

    world.hint()

    assert [name for name, _ in pending.heard_unsigned()] == ["MSG_AVAILABLE"]


def test_hints_are_merged_and_sent_at_most_once_a_second(world: World) -> None:
    peer = world.accepted()

    for _ in range(5):
        world.hint()
    assert len(peer.heard()) == 1
    world.advance(0.75)
    assert peer.heard() == []
    world.advance(0.25)
    assert len(peer.heard()) == 1

    world.advance(5)
    assert peer.heard() == []
    world.hint()
    assert len(peer.heard()) == 1


def test_a_connection_that_changes_its_key_holds_only_the_new_one(world: World) -> None:
    peer = world.accepted(key=KEY)

    peer.send(frame(package(key=OTHER)))
    world.answer(world.taken()[0])
    peer.heard()
    world.hint(KEY)

    assert peer.heard() == []
    world.hint(OTHER)
    assert len(peer.heard()) == 1


def test_a_connection_that_is_closing_hears_no_hint(world: World) -> None:
    peer = world.accepted()
    peer.transport.peer_says_goodbye = False
    peer.send(b"\xff\xff\xff\xff")

    world.hint()

    assert peer.heard() == []


def test_a_cut_closes_the_connection_of_the_key_at_once_and_says_nothing(world: World) -> None:
    cut, other = world.accepted(key=KEY), world.accepted(key=OTHER)

    world.cut(KEY)

    assert cut.transport.closed
    assert cut.heard() == []
    assert other.open


def test_a_cut_also_closes_a_connection_whose_package_is_not_answered_yet(world: World) -> None:
    peer = world.accepted()
    peer.send()

    world.cut(KEY)
    world.answer(world.taken()[0])

    assert peer.transport.closed
    assert peer.heard() == []


def test_a_cut_of_a_key_that_is_not_here_does_nothing(world: World) -> None:
    peer = world.accepted()

    world.cut()
    world.cut(OTHER)

    assert peer.open


def test_a_cut_of_the_key_before_leaves_the_connection_to_its_successor(world: World) -> None:
    peer = world.accepted(key=KEY)
    peer.send(frame(package(key=OTHER)))
    world.answer(world.taken()[0])

    world.cut(KEY)

    assert peer.open


def test_a_cut_spares_the_connection_on_which_the_refusal_was_said(world: World) -> None:
    peer = world.connect()
    peer.send()
    world.answer(world.taken()[0], Verdict.REFUSED)

    world.cut(KEY)
    spared = peer.open
    peer.send()
    world.answer(world.taken()[0])
    world.cut(KEY)

    assert spared
    assert peer.transport.closed


def test_whoever_was_cut_may_come_again_and_ask(world: World) -> None:
    world.accepted()
    world.cut(KEY)

    again = world.connect()
    again.send()
    world.answer(world.taken()[0], Verdict.REFUSED)

    assert again.heard() == [SIGNED_ANSWER]
    assert again.open


def test_a_message_of_a_later_version_is_dropped_and_what_follows_is_served(world: World) -> None:
    peer = world.accepted()

    world.worker.reply(world.bus.reply_queue, CODEC.encode(["shrink", 5]))
    world.worker.reply(world.bus.reply_queue, CODEC.encode(["cut"]))
    world.hint()

    assert peer.open
    assert len(peer.heard()) == 1
