"""A filter that names what is not there is refused: a misspelt check must not report for ever that all is well."""

from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.fixture
def planted(site: Site, muster: Muster, tmp_path: Path) -> Site:
    settings = tmp_path / "motd.toml"
    settings.write_text('path = "/etc/motd"\ncontent = "hello"\n')
    assert muster("policies", "set", "file", "motd", str(settings)).code == ExitCode.OK
    assert muster("policies", "set", "file", "gone", str(settings)).code == ExitCode.OK
    assert muster("policies", "delete", "file", "gone").code == ExitCode.OK
    return site


def test_an_unknown_state_is_a_usage_error_that_names_those_there_are(planted: Site, muster: Muster) -> None:
    ran = muster("policies", "compliance", "--state", "faild")

    assert ran.code == ExitCode.USAGE
    assert "'faild' is no state" in ran.err
    assert "assigned, not told, delivered, enforced, drifted, failed" in ran.err
    assert muster("policies", "compliance", "--state", "Failed").code == ExitCode.OK


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("policies", "compliance", "--policy", "nope"), "There is no policy 'nope'."),
        (("policies", "compliance", "--policy", "gone"), "There is no policy 'gone'."),
        (
            ("policies", "compliance", "--category", "agent", "--policy", "motd"),
            "There is no policy 'motd' of category 'agent'.",
        ),
        (("policies", "compliance", "--category", "nope"), "There is no category 'nope'"),
        (("policies", "list", "--category", "nope"), "There is no category 'nope'"),
        (("tasks", "runs", "nope"), "There is no task 'nope'"),
    ],
)
def test_an_unknown_name_in_a_filter_is_not_found(
    planted: Site, muster: Muster, arguments: tuple[str, ...], named: str
) -> None:
    ran = muster(*arguments)

    assert ran.code == ExitCode.NOT_FOUND
    assert named in ran.err


def test_what_is_there_but_of_which_nothing_is_told_is_an_empty_list(planted: Site, muster: Muster) -> None:
    for arguments in (
        ("compliance", "--policy", "motd"),
        ("compliance", "--category", "agent"),
        ("list", "--category", "agent"),
    ):
        assert muster("policies", *arguments).code == ExitCode.OK
