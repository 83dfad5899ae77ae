"""What administrators search for, and what agents cannot make of it."""

import json
import logging
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.messages import Verdict
from frontend.line_stream import LineStream
from frontend.log_lines import shown
from tests.frontend.world import EPOCH_MS, KEY, World, frame, package
from wire.types import AgentType

GUID = "00112233-4455-6677-8899-AABBCCDDEEFF"


@pytest.fixture(autouse=True)
def _all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="muster.frontend")


def test_an_accepted_package_is_logged_with_name_and_guid(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.accepted()

    assert caplog.messages == [f"Received [PropsVersion] from pc1:{{{GUID}}}"]


def test_a_package_that_was_not_accepted_is_logged_with_its_key_and_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for verdict in (Verdict.REFUSED, Verdict.BUSY, Verdict.BAD):
        peer = world.connect()
        peer.send(frame(package(kind=AgentType.REGISTRATION_REQUEST)))
        world.answer(world.taken()[0], verdict)

    key = KEY.hex()[:16]
    assert caplog.messages == [
        f"Received [RegistrationRequest] from unverified:{{{key}}} {why}" for why in ("refused", "busy", "bad")
    ]


@pytest.mark.parametrize(
    ("why", "told"),
    [("pending", "pending"), ("revoked", "refused: revoked"), ("x\n\x1b[2J", "refused: x\\x0a\\x1b\\x5b2J")],
)
def test_who_waits_for_a_decision_is_not_called_refused_and_others_are_with_the_reason(
    world: World, caplog: pytest.LogCaptureFixture, why: str, told: str
) -> None:
    world.connect().send(frame(package(kind=AgentType.REGISTRATION_REQUEST)))

    world.answer(world.taken()[0], Verdict.REFUSED, why=why)

    assert caplog.messages == [f"Received [RegistrationRequest] from unverified:{{{KEY.hex()[:16]}}} {told}"]


def test_a_broken_frame_is_logged_with_the_address(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.connect().send(b"\xff\xff\xff\xff")

    assert caplog.messages == ["Closed 198.51.100.7: a frame of 4294967295 bytes, the limit here is 8192"]


def test_a_name_cannot_forge_a_line_or_act_on_a_terminal(world: World, caplog: pytest.LogCaptureFixture) -> None:
    peer = world.connect()
    peer.send()

    world.answer(world.taken()[0], name="x:{FAKE}\nReceived [FullProps] from \x1b[31my\u202e")

    (line,) = caplog.messages
    assert line.isprintable()
    assert line.count("{") == 1
    assert line.endswith(f":{{{GUID}}}")
    assert r"x:\x7bFAKE\x7d\x0aReceived \x5bFullProps\x5d from \x1b\x5b31my\u202e" in line


def test_lines_may_go_straight_to_a_stream_in_the_form_of_all_others() -> None:
    plain, as_json = StringIO(), StringIO()
    lines = LineStream(plain, lambda: EPOCH_MS + 7)
    json_lines = LineStream(as_json, lambda: EPOCH_MS + 7, json_lines=True)

    for stream in (lines, json_lines):
        stream("Received [PropsVersion] from pc1:{X}")
        stream("Received [FullProps] from pc2:{Y}")
    assert plain.getvalue() == ""
    lines.flush()
    json_lines.flush()

    assert plain.getvalue() == (
        "2023-11-14T22:13:20.007Z [info] Received [PropsVersion] from pc1:{X} [muster.frontend]\n"
        "2023-11-14T22:13:20.007Z [info] Received [FullProps] from pc2:{Y} [muster.frontend]\n"
    )
    first, _ = as_json.getvalue().splitlines()
    assert json.loads(first) == {
        "event": "Received [PropsVersion] from pc1:{X}",
        "level": "info",
        "logger": "muster.frontend",
        "timestamp": "2023-11-14T22:13:20.007Z",
    }


def test_a_stream_of_lines_is_written_several_times_a_second_and_at_the_end() -> None:
    stream = StringIO()
    world = World(lines=LineStream(stream, lambda: EPOCH_MS))

    world.accepted()
    assert stream.getvalue() == ""
    world.advance(world.limits.tick_s)
    assert stream.getvalue().count("Received [PropsVersion] from pc1") == 1

    world.accepted()
    world.frontend.drain()
    world.advance(world.limits.tick_s)
    assert stream.getvalue().count("Received [PropsVersion] from pc1") == 2


def test_an_unreadable_reply_is_reported_and_harms_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    peer = world.accepted()
    caplog.clear()

    world.worker.reply(world.bus.reply_queue, b"\xc1")

    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert peer.open


@given(st.text(max_size=300))
def test_whatever_a_name_is_it_stays_short_printable_and_unlike_our_own_signs(name: str) -> None:
    line = shown(name)

    assert line.isprintable()
    assert not set(line) & set("[]{}")
    assert len(line) <= 64 * 10 + 1


@given(st.text(max_size=64), st.text(max_size=64))
def test_two_names_never_look_the_same(one: str, other: str) -> None:
    assert (shown(one) == shown(other)) == (one == other)
