"""Settings go out and in again: what `show` prints `set` takes, from a file or from standard input."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster, Ran
from tests.console.site import Site

SETTINGS = {"path": "/etc/motd", "content": 'two\nlines "quoted" \\ \x9b31m', "mode": "0644"}
Piped = Callable[..., Ran]


@pytest.fixture
def piped(muster: Muster, monkeypatch: pytest.MonkeyPatch) -> Piped:
    """A command that reads this text on its standard input."""

    def run(text: str, *arguments: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return muster(*arguments)

    return run


@pytest.mark.parametrize("form", [[], ["-o", "json"]])
def test_the_settings_that_show_prints_are_what_set_reads_on_standard_input(
    muster: Muster, piped: Piped, form: list[str]
) -> None:
    assert piped(json.dumps(SETTINGS), "policies", "set", "file", "motd", "-").code == ExitCode.OK
    shown = muster("policies", "show", "file", "motd", "--settings", *form)

    again = piped(shown.out, "policies", "set", "file", "motd", "-")
    other = piped(shown.out, "policies", "set", "file", "other", "-")

    assert shown.code == ExitCode.OK
    assert "\x9b" not in shown.out
    assert again.out == "Nothing changed: file motd says so already, version 1.\n"
    assert other.out == "file other is written, version 1.\n"
    assert json.loads(muster("policies", "show", "file", "other", "-o", "json").out)["settings"] == SETTINGS


@pytest.mark.parametrize(
    "command",
    [
        ["policies", "category", "set", "vpn", "-"],
        ["tasks", "set", "backup", "-"],
        ["sorting", "set", "-"],
        ["apply", "-f", "-"],
        ["lists", "servers", "set", "-"],
        ["registrations", "policy", "set", "-"],
        ["registrations", "policy", "dry-run", "-"],
        ["keys", "certify", "-"],
        ["keys", "import", "-"],
        ["agents", "evidence", "--verify", "-"],
    ],
    ids=" ".join,
)
def test_every_file_of_a_person_may_come_in_on_standard_input(piped: Piped, command: list[str]) -> None:
    ran = piped("[[[", *command)

    assert ran.code in (ExitCode.REFUSED, ExitCode.USAGE, ExitCode.NO_EVIDENCE)
    assert "cannot be read" not in ran.err


def test_a_file_that_is_not_there_is_named_once(muster: Muster) -> None:
    for command in (["keys", "certify"], ["policies", "set", "file", "motd"], ["agents", "evidence", "--verify"]):
        ran = muster(*command, "nope")

        assert (ran.code, ran.err) == (ExitCode.USAGE, "muster: nope cannot be read: No such file or directory.\n")


def test_a_setting_that_does_not_fit_is_told_by_its_title_and_not_by_a_regular_expression(piped: Piped) -> None:
    ran = piped(json.dumps(SETTINGS | {"mode": "rwxr-xr-x"}), "policies", "set", "file", "motd", "-")

    assert ran.code == ExitCode.REFUSED
    assert ran.err == "muster: mode: 'rwxr-xr-x' is not possible here: Rights, in octal digits (content_refused)\n"


def test_settings_that_nobody_knows_are_named_with_those_there_are(piped: Piped) -> None:
    ran = piped(json.dumps({"settings": {}, "version": 3}), "policies", "set", "agent", "slow", "-")

    assert ran.err == (
        "muster: there is no setting 'settings', 'version' here; there are interval_s, jitter, mode, log_level"
        " (content_refused)\n"
    )


def test_a_category_made_by_a_slip_is_warned_of_and_the_version_is_told(site: Site, piped: Piped) -> None:
    first = piped("a = 1", "policies", "set", "fiel", "motd", "-")
    second = piped("a = 2", "policies", "set", "fiel", "motd", "-")
    known = piped(json.dumps(SETTINGS), "policies", "set", "file", "motd", "-")

    warning = "WARNING: category fiel is new here: no schema says what its settings must be.\n"
    assert (first.out, first.err) == ("fiel motd is written, version 1.\n", warning)
    assert (second.out, second.err) == ("fiel motd is written, version 2.\n", "")
    assert known.err == ""
    body = site.client().put("/policies/fiel/motd", json={"settings": {"a": 2}}).json()
    assert (body["outcome"], body["version"], body["warning"]) == ("unchanged", 2, None)


def test_a_group_that_a_file_leaves_out_is_told_as_missing(muster: Muster, tmp_path: Path) -> None:
    file = tmp_path / "fleet.toml"
    file.write_text('[[sort]]\nname = "linux"\n')

    assert "group is missing" in muster("apply", "-f", str(file)).err
