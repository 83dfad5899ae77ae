"""An agent obeys what the root key vouches for, made for it and for this package, and nothing else."""

from collections.abc import Callable

import pytest

from tests.wire.ends import (
    AGENT,
    CODEC,
    NOW_MS,
    OTHER_AGENT,
    OTHER_NONCE,
    OTHER_ROOT,
    ROOT,
    SERVER_KEYS,
    agent_session,
    answer_frame,
    certificate,
    outgoing,
    server_session,
    signed_by_agent,
    trust,
    welcomed,
)
from wire import keys
from wire.agent_session import Answered, Event, State, Violated
from wire.certificates import root_signed_bytes
from wire.frames import to_frame
from wire.keys import generate_key, public_der
from wire.packages import encode_unsigned
from wire.trust import ServerTrust
from wire.types import ServerType


def told(held: ServerTrust, answered_by: Callable[[bytes], bytes], newest_ms: int = 0) -> Event:
    """What an agent that asked makes of an answer."""
    session = welcomed(held)
    session.newest_server_time_ms = newest_ms
    signed = signed_by_agent(session.send(outgoing({"why": "start"})))
    (event,) = session.receive(answered_by(signed))
    assert (session.state is State.CLOSED) == isinstance(event, Violated)
    return event


def refused(event: Event) -> str:
    assert isinstance(event, Violated), event
    return event.detail


def test_an_answer_under_the_root_key_for_this_package_counts() -> None:
    event = told(trust(certificate()), lambda signed: answer_frame(signed, {"full": True}))

    assert isinstance(event, Answered)
    assert event.content == {"full": True}


def test_an_answer_meant_for_another_agent_is_left() -> None:
    event = told(trust(certificate()), lambda signed: answer_frame(signed, recipient=OTHER_AGENT))

    assert "does not match" in refused(event)


def test_an_answer_to_another_package_is_left() -> None:
    other = welcomed()
    earlier = signed_by_agent(other.send(outgoing({"why": "manual"})))

    event = told(trust(certificate()), lambda signed: answer_frame(earlier))

    assert "does not match" in refused(event)


def test_an_answer_to_the_same_body_in_another_session_is_left() -> None:
    session = agent_session()
    session.receive(server_session(OTHER_NONCE).welcome(NOW_MS))
    frame = session.send(outgoing({"why": "start"}))

    event = told(trust(certificate()), lambda signed: answer_frame(signed_by_agent(frame, OTHER_NONCE)))

    assert "does not match" in refused(event)


@pytest.mark.parametrize("at", [4 + 3, 4 + 3 + 8, 40, -1])
def test_an_answer_changed_on_the_way_is_left(at: int) -> None:
    def changed(signed: bytes) -> bytes:
        frame = bytearray(answer_frame(signed, {"full": True}))
        frame[at] ^= 1
        return bytes(frame)

    refused(told(trust(certificate()), changed))


def test_an_answer_signed_by_the_agents_own_or_the_root_key_is_left() -> None:
    for key in (AGENT, ROOT, OTHER_ROOT, SERVER_KEYS[2]):
        refused(told(trust(certificate()), lambda signed, key=key: answer_frame(signed, key=key)))  # type: ignore[misc]


def test_a_server_key_without_a_certificate_is_not_believed() -> None:
    event = told(trust(certificate(1)), lambda signed: answer_frame(signed, version=2))

    assert "no certificate" in refused(event)


def test_a_certificate_beside_the_answer_is_learned_and_to_be_stored() -> None:
    held = trust()

    event = told(held, lambda signed: answer_frame(signed, certificates=(certificate(1),)))

    assert isinstance(event, Answered)
    assert event.certificates_to_store
    assert (held.newest_version, held.pairs) == (1, [certificate(1)])


def test_a_certificate_from_another_root_spoils_the_answer() -> None:
    held = trust()

    event = told(held, lambda signed: answer_frame(signed, certificates=(certificate(1, root=OTHER_ROOT),)))

    assert "certificate" in refused(event)
    assert held.pairs == []


def test_a_server_key_announced_by_a_live_rsa_1024_key_is_not_believed() -> None:
    old = generate_key(keys.RSA1024)
    statement, _ = certificate(2)
    announced = (statement, keys.sign(old, root_signed_bytes(statement)))
    held = trust(certificate(1))

    event = told(held, lambda signed: answer_frame(signed, version=2, certificates=(announced,)))

    assert "certificate" in refused(event)
    assert held.pairs == [certificate(1)]


def test_an_rsa_1024_key_signs_no_answer_even_with_the_roots_word() -> None:
    key = generate_key(keys.RSA1024)
    certified = certificate(2, key=public_der(key.public_key()), algorithm=keys.RSA1024)

    event = told(trust(certificate(1)), lambda signed: answer_frame(signed, certificates=(certified,)))

    assert "RSA-1024 key signs nothing" in refused(event)


def test_one_bad_certificate_spoils_an_answer_that_did_not_need_it() -> None:
    event = told(
        trust(certificate(1)), lambda signed: answer_frame(signed, certificates=(certificate(2, root=OTHER_ROOT),))
    )

    refused(event)


def test_a_key_below_the_minimum_is_not_believed_any_more() -> None:
    held = trust(certificate(1), certificate(2, minimum_version=2))

    below = told(held, lambda signed: answer_frame(signed, version=1))
    at_it = told(held, lambda signed: answer_frame(signed, version=2))

    assert "the minimum is 2" in refused(below)
    assert isinstance(at_it, Answered)


def test_a_minimum_that_comes_with_an_answer_binds_that_answer() -> None:
    newer = certificate(2, minimum_version=2)

    event = told(trust(certificate(1)), lambda signed: answer_frame(signed, version=1, certificates=(newer,)))

    assert "the minimum is 2" in refused(event)


def test_the_minimum_never_goes_back() -> None:
    held = trust(certificate(3, minimum_version=3))

    held.learn([certificate(1), certificate(2), certificate(4, minimum_version=1)])

    assert held.minimum_version == 3
    assert isinstance(told(held, lambda signed: answer_frame(signed, version=4)), Answered)
    refused(told(held, lambda signed: answer_frame(signed, version=2)))


def test_a_stored_minimum_holds_without_the_certificate_that_set_it() -> None:
    held = trust(certificate(1), minimum_version=2)

    refused(told(held, lambda signed: answer_frame(signed, version=1)))


def test_going_back_to_an_older_key_above_the_minimum_is_fine() -> None:
    held = trust(certificate(1), certificate(2))

    assert isinstance(told(held, lambda signed: answer_frame(signed, version=2)), Answered)
    assert isinstance(told(held, lambda signed: answer_frame(signed, version=1)), Answered)


def test_an_expired_key_is_judged_by_the_servers_time_alone() -> None:
    until = certificate(1, until_ms=NOW_MS)

    in_time = told(trust(until), lambda signed: answer_frame(signed, time_ms=NOW_MS))
    late = told(trust(until), lambda signed: answer_frame(signed, time_ms=NOW_MS + 1))

    assert isinstance(in_time, Answered)
    assert "expired" in refused(late)


def test_an_expired_key_cannot_turn_the_clock_back_for_itself() -> None:
    until = certificate(1, until_ms=NOW_MS)

    event = told(trust(until), lambda signed: answer_frame(signed, time_ms=NOW_MS - 10_000), newest_ms=NOW_MS + 1)

    assert "expired" in refused(event)


def test_the_newest_signed_time_only_grows() -> None:
    session = welcomed()

    for time_ms, newest in ((NOW_MS + 5, NOW_MS + 5), (NOW_MS, NOW_MS + 5)):
        signed = signed_by_agent(session.send(outgoing({})))
        session.receive(answer_frame(signed, time_ms=time_ms))
        assert session.newest_server_time_ms == newest


def test_a_refusal_that_nobody_signed_is_a_violation() -> None:
    for kind in (ServerType.ACCESS_DENIED, ServerType.REGISTRATION_RESPONSE, ServerType.PROPS_RESPONSE):
        frame = to_frame(encode_unsigned(CODEC, kind, {"reason": "revoked"}))
        assert "must be signed" in refused(told(trust(certificate()), lambda signed, frame=frame: frame))  # type: ignore[misc]


def test_a_certificate_held_is_not_replaced_by_another_of_its_version() -> None:
    held = trust(certificate(1))
    other_key = public_der(SERVER_KEYS[2].public_key())

    fresh = held.learn([certificate(1, key=other_key)])

    assert not fresh
    assert held.pairs == [certificate(1)]


@pytest.mark.parametrize("algorithm", [keys.P256, keys.RSA2048])
def test_server_keys_of_other_algorithms_sign_too(algorithm: str) -> None:
    key = generate_key(algorithm)
    held = trust(certificate(1, key=public_der(key.public_key()), algorithm=algorithm))

    class Signer:
        def sign(self, message: bytes) -> bytes:
            return keys.sign(key, message)

    event = told(held, lambda signed: answer_frame(signed, key=Signer()))

    assert isinstance(event, Answered)
