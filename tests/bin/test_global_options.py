"""`--data DIR` may stand before every command that knows it."""

from pathlib import Path

import pytest

from bin.global_options import UnknownToCommand, with_data_behind
from bin.muster import run

OWN = {"store", "ca", "agent"}


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ("--data d store rebuild", "store rebuild --data d"),
        ("--data=d store rebuild places --check", "store rebuild places --check --data d"),
        ("--data d ca certify -- -x", "ca certify --data d -- -x"),
        ("--data d ca list --data e", "ca list --data e"),
        ("--data d agents list", "--data d agents list"),
        ("store rebuild --data d", "store rebuild --data d"),
        ("--data", "--data"),
        ("--data d", "--data d"),
        ("", ""),
    ],
)
def test_the_data_directory_goes_to_the_command_that_knows_it(given: str, becomes: str) -> None:
    assert with_data_behind(given.split(), OWN, {"store", "ca"}) == becomes.split()


def test_a_command_that_has_no_data_directory_says_so() -> None:
    with pytest.raises(UnknownToCommand, match="no option --data"):
        with_data_behind(["--data", "d", "agent", "status"], OWN, {"store", "ca"})


@pytest.mark.parametrize("command", [["store", "rebuild"], ["ca", "list"]])
def test_commands_with_a_line_of_their_own_take_the_data_directory_before_their_name(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ["--data", str(tmp_path / "none")]

    before = run([*where, *command]), capsys.readouterr()
    behind = run([*command, *where]), capsys.readouterr()

    assert before == behind
    assert before[0] != 2


def test_a_side_table_that_is_none_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["store", "rebuild", "nope"])

    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "there is no side table nope; there are " in told
    assert "[" not in told.splitlines()[-1]
