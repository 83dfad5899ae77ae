"""Every refusal is told to the people at the machine in a sentence, with what to do; programs get the reason."""

import json
from pathlib import Path

import pytest

from agents import outcome
from agents.main import main
from agents.meaning import MEANINGS, meaning_of
from agents.outcome import Outcome, Result
from agents.report import result_text
from tests.agents.loopback import Loopback
from wire.refusals import Reason


@pytest.mark.parametrize("reason", [*Reason, outcome.BUSY, outcome.UNEXPECTED_ANSWER, outcome.NOT_DELIVERED])
def test_every_reason_has_its_sentence(reason: str) -> None:
    sentence = MEANINGS[reason]

    assert " " in sentence
    assert not sentence.endswith(".")
    assert sentence.isprintable()


def test_no_two_reasons_have_the_same_sentence() -> None:
    assert len({*MEANINGS.values()}) == len(MEANINGS)


def test_a_reason_of_a_newer_server_is_told_as_such() -> None:
    assert "does not know" in meaning_of(Outcome.REFUSED, "solar_flare")


@pytest.mark.parametrize("ended", [Outcome.ACCEPTED, Outcome.UNREACHABLE, Outcome.FAILED])
def test_what_is_no_refusal_has_no_sentence(ended: Outcome) -> None:
    assert meaning_of(ended, "pending") == ""


def test_one_line_of_the_log_says_it_whole() -> None:
    line = result_text(Result(Outcome.REFUSED, "ticket_used", bytes(16), 0, 1_500, "h1"), apart=" - ")

    assert "\n" not in line
    assert "(ticket_used)" in line
    assert line.endswith(f"server_time=1970-01-01T00:00:01.500Z - {MEANINGS['ticket_used']}.")


def test_call_in_and_status_say_what_a_refusal_means_and_programs_get_the_word(
    tmp_path: Path, loopback: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path / "home")]
    loopback.server.status_of_new = "pending"
    with loopback.listener() as listener:
        main([*home, "install", "--bootstrap", str(loopback.bootstrap(listener))])
        capsys.readouterr()

        main([*home, "call-in"])
        called = capsys.readouterr().out
        main([*home, "status"])
        status = capsys.readouterr().out
        main([*home, "call-in", "-o", "json"])
        plain = json.loads(capsys.readouterr().out)

    sentence = MEANINGS[Reason.PENDING].replace("NAME", plain["agent_id"])
    assert called.splitlines()[1] == f"  {sentence}."
    assert f"which means:        {sentence}." in status
    assert "server's time:      2027-01-15T08:00:00.000Z, then" in status
    assert plain["reason"] == "pending"
    assert sentence not in json.dumps(plain)
