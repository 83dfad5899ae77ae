"""An unknown key with the handover of a known one is its successor; anything less is a stranger's first request."""

from collections.abc import Sequence
from typing import Any

import pytest

from broker.messages import Verdict
from domain.orders import SetRegistrationPolicy
from tests.handlers.test_agent_key_update import offer, told
from tests.handlers.test_forks import fork
from wire import keys
from wire.agent_session import Outgoing
from wire.key_update import key_update
from wire.succession import MAX_HANDOVERS, Handover, handover
from worker_room import CODEC, SpeakingAgent, WorkerRoom


def handed(old: SpeakingAgent, new: SpeakingAgent) -> Handover:
    """What ``old`` signs for ``new``."""
    update = key_update(old.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    sign = lambda message: keys.sign(old.private, message)  # noqa: E731
    return handover(CODEC, update, old.fingerprint, old.clock(), 1, sign)


def asking(agent: SpeakingAgent, *handovers: Handover | Sequence[bytes], **claims: Any) -> Outgoing:
    return agent.registration(succession=[list(each) for each in handovers], **claims)


@pytest.fixture
def old(room: WorkerRoom) -> SpeakingAgent:
    """An allowed agent with one call-in."""
    agent = SpeakingAgent(room)
    agent.enrol()
    agent.say(agent.call_in(1))
    return agent


@pytest.fixture
def new(room: WorkerRoom) -> SpeakingAgent:
    """The same machine with its next key."""
    return SpeakingAgent(room, algorithm=keys.ED25519, seed=8)


def test_it_is_the_same_agent_at_once_and_the_old_key_good_until_it_was_used(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    agent_id = old.say(old.registration()).content["agent_id"]

    spoken = new.say(asking(new, handed(old, new)))

    assert (spoken.verdict, told(spoken), spoken.content["agent_id"]) == (Verdict.ACCEPTED, "allowed", agent_id)
    assert (spoken.next_number, old.say(old.call_in(2)).verdict) == (1, Verdict.ACCEPTED)
    assert new.say(new.call_in(1)).verdict is Verdict.ACCEPTED
    assert told(old.say(old.call_in(3))) == "key_replaced"
    asked = room.events("Registration.Requested")[-1]
    assert asked.facts["replaces"] == old.fingerprint
    assert asked.personal is not None
    assert asked.personal["evidence"]["signature"] == handed_signature(asked.personal, old)


def handed_signature(personal: dict[str, Any], old: SpeakingAgent) -> bytes:
    """The stored signature, if it is the old key's over what is stored with it."""
    from wire.packages import agent_signed_bytes

    kept = personal["evidence"]
    old.public.verify(kept["signature"], agent_signed_bytes(kept["nonce"], kept["header"], kept["body"]))
    return bytes(kept["signature"])


def test_a_new_worker_knows_it(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    new.say(asking(new, handed(old, new)))
    room.shift = room.new_shift("worker-1")

    assert new.say(new.call_in(1)).verdict is Verdict.ACCEPTED
    assert told(old.say(old.call_in(2))) == "key_replaced"


def stranger(room: WorkerRoom, spoken: Any) -> None:
    """What was asked is an ordinary first request."""
    assert told(spoken) == "pending"
    assert not room.events("Agent.KeyOffered")


def test_a_key_that_nobody_knows_hands_over_nothing(room: WorkerRoom, new: SpeakingAgent) -> None:
    stranger(room, new.say(asking(new, handed(SpeakingAgent(room, "pc-8"), new))))


def test_a_key_that_is_not_trusted_hands_over_nothing(room: WorkerRoom, new: SpeakingAgent) -> None:
    pending = SpeakingAgent(room, "pc-8")
    pending.say(pending.registration())

    stranger(room, new.say(asking(new, handed(pending, new))))


def test_a_revoked_key_hands_over_nothing(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    old.be_revoked()

    stranger(room, new.say(asking(new, handed(old, new))))


def test_a_key_that_was_replaced_hands_over_nothing(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    other = SpeakingAgent(room, algorithm=keys.ED25519, seed=9)
    old.say(offer(old, other))
    other.say(other.call_in(1))

    spoken = new.say(asking(new, handed(old, new)))

    assert told(spoken) == "pending"
    assert other.say(other.call_in(2)).verdict is Verdict.ACCEPTED


def test_a_key_that_two_machines_used_hands_over_nothing(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    assert told(fork(old)) == "fork"

    stranger(room, new.say(asking(new, handed(old, new))))


def test_an_rsa_1024_key_between_two_strong_ones_hands_over_nothing(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    weak = SpeakingAgent(room, algorithm=keys.RSA1024, seed=9)

    stranger(room, new.say(asking(new, handed(old, weak), handed(weak, new))))


def test_a_chain_begins_at_the_newest_key_that_is_known(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    first, between = SpeakingAgent(room, "pc-7"), SpeakingAgent(room, algorithm=keys.P256, seed=9)

    spoken = new.say(asking(new, handed(first, old), handed(old, between), handed(between, new)))

    assert told(spoken) == "allowed"
    assert room.events("Agent.KeyOffered")[0].facts["old"] == old.fingerprint
    kept = room.events("Registration.Requested")[-1].personal
    assert kept is not None
    assert len(kept["evidence"]["links"]) == 1


def test_a_handler_that_re_sends_what_it_saw_gains_nothing(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    _, request = new.bound(asking(new, handed(old, new)))
    room.handle([room.delivery([request])])
    new.say(new.call_in(1))
    third = SpeakingAgent(room, seed=9)
    new.say(offer(new, third))
    third.say(third.call_in(1))
    head = room.log.head()

    (answer,) = room.handle([room.delivery([request])])

    assert answer.verdict is Verdict.REFUSED
    assert third.say(third.call_in(2)).verdict is Verdict.ACCEPTED
    assert [each.topic for each in room.events()[head:]].count("Agent.KeyOffered") == 0


def test_a_handover_to_one_key_shown_by_another_is_nothing(
    room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    room.order(SetRegistrationPolicy("allow-all"))
    thief = SpeakingAgent(room, "pc-1", seed=13)

    spoken = thief.say(asking(thief, handed(old, new)))

    assert told(spoken) == "pending", "a duplicate by its claims: no rule lets it in"
    assert not room.events("Agent.KeyOffered")


def broken(found: Handover) -> list[list[Any]]:
    """Handovers that are none."""
    flipped = bytes([found.body[-1] ^ 1])
    return [
        list(found._replace(body=found.body[:-1] + flipped)),
        list(found._replace(nonce=bytes([1] * 16))),
        list(found._replace(nonce=b"")),
        list(found._replace(header=b"\x02" + found.header[1:])),
        list(found._replace(header=b"")),
        list(found._replace(signature=bytes(64))),
        list(found._replace(signature=bytes(300))),
        list(found)[:3],
        [1, 2, 3, 4],
    ]


@pytest.mark.parametrize("which", range(9))
def test_a_broken_handover_is_nothing(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent, which: int) -> None:
    stranger(room, new.say(asking(new, broken(handed(old, new))[which])))


@pytest.mark.parametrize("value", [None, 7, b"", "x", {}, [None], [[]]])
def test_what_is_no_succession_is_none(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent, value: Any) -> None:
    stranger(room, new.say(new.registration(succession=value)))


def test_more_handovers_than_allowed_are_none(room: WorkerRoom, old: SpeakingAgent, new: SpeakingAgent) -> None:
    stranger(room, new.say(asking(new, *[handed(old, new)] * (MAX_HANDOVERS + 1))))
