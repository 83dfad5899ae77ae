"""What is printed, and that nothing printed can steer a terminal."""

import json

from agents.outcome import Outcome, Result
from agents.report import escaped, iso, result_json, result_text

HOSTILE = "\x1b[2J\x07\u202egnp.exe\nx\x9b"


def test_foreign_text_cannot_steer_a_terminal() -> None:
    assert escaped(HOSTILE) == "\\x1b[2J\\x07\\u202egnp.exe\\nx\\x9b"
    assert escaped("Grüße, 世界") == "Grüße, 世界"


def test_a_result_is_one_line_and_what_it_means_another() -> None:
    line, meaning = result_text(Result(Outcome.REFUSED, HOSTILE, bytes(16), 3, 0, HOSTILE)).splitlines()

    assert line.isprintable()
    assert line.startswith("call-in refused (")
    assert meaning.strip().isprintable()


def test_a_result_for_programs_has_its_five_fields() -> None:
    told = json.loads(result_json(Result(Outcome.ACCEPTED, "", bytes(15) + b"\1", 3, 1_500, "h1")))

    assert told == {
        "outcome": "accepted",
        "reason": "",
        "agent_id": "00000000-0000-0000-0000-000000000001",
        "number": 3,
        "server_time": "1970-01-01T00:00:01.500Z",
    }


def test_times_no_calendar_has_are_none() -> None:
    assert iso(0) is None
    assert iso(2**63) is None


def test_a_result_travels_through_the_control_socket() -> None:
    result = Result(Outcome.PENDING, "pending", bytes(16), 3, 4, "h1", 5)

    assert Result.from_plain(json.loads(json.dumps(result.to_plain()))) == result
