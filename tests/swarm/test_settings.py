"""The command line of a swarm."""

import pytest

from agents.swarm.settings import Mode, parse

NEEDED = ["--bootstrap", "b.json", "--agents", "100"]


def test_a_rate_of_all_is_an_interval_of_each() -> None:
    assert parse([*NEEDED, "--rate", "50"]).interval_s == 2.0
    assert parse([*NEEDED, "--interval", "30"]).interval_s == 30.0


def test_without_faults_asked_for_there_are_none() -> None:
    settings = parse(NEEDED)

    assert (settings.drop, settings.lose_reply, settings.verify) == (0.0, 0.0, 1.0)
    assert settings.mode is Mode.OPEN


@pytest.mark.parametrize(
    "wrong",
    [
        ["--agents", "0"],
        ["--rate", "0"],
        ["--rate", "5", "--interval", "5"],
        ["--drop", "1.5"],
        ["--drop", "nan"],
        ["--duration", "-1"],
        ["--mode", "closed"],
    ],
)
def test_what_makes_no_sense_is_refused_as_usage(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*NEEDED, *wrong])

    assert ended.value.code == 2
    assert capsys.readouterr().err
