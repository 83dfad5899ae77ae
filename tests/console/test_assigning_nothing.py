"""`muster policies assign` without a policy: only when somebody says so."""

from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.fixture
def assigned(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """Policy motd is assigned above all."""
    file = tmp_path / "motd.toml"
    file.write_text('path = "/etc/motd"\ncontent = "hello"\n')
    assert muster("policies", "set", "file", "motd", str(file)).code == ExitCode.OK
    assert muster("policies", "assign", "file", "motd", "--group", "/").code == ExitCode.OK
    return site


def chosen(site: Site) -> list[str]:
    (said,) = site.client().get("/groups/one?path=/").json()["assignments"]
    return [each["policy"] for each in said["choices"]]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Give the NAME of a policy, or --nothing"),
        (("--lock",), "Give the NAME of a policy, or --nothing"),
        (("motd", "--nothing"), "one of the two"),
        (("--network", "10.0.0.0/8"), "--network and --otherwise need the NAME"),
        (("--nothing", "--network", "10.0.0.0/8"), "--network and --otherwise need the NAME"),
        (("--otherwise", "motd"), "--network and --otherwise need the NAME"),
        (("motd", "--otherwise", "motd"), "name one with --network"),
    ],
)
def test_words_that_would_be_dropped_are_refused(
    assigned: Site, muster: Muster, words: tuple[str, ...], told: str
) -> None:
    ran = muster("policies", "assign", "file", *words, "--group", "/")

    assert (ran.code, told in ran.err) == (ExitCode.USAGE, True), ran.err
    assert chosen(assigned) == ["motd"]


def test_nothing_is_assigned_by_saying_so(assigned: Site, muster: Muster) -> None:
    ran = muster("policies", "assign", "file", "--nothing", "--group", "/")

    assert ran.out == "/ is assigned nothing of file now.\n"
    assert chosen(assigned) == []


def test_a_category_that_nobody_knows_is_refused_with_those_that_may_be_meant(assigned: Site, muster: Muster) -> None:
    for words in (("assign", "fiel", "--nothing"), ("assign", "fiel", "motd"), ("unassign", "fiel")):
        ran = muster("policies", *words, "--group", "/")

        assert (ran.code, "Did you mean file?" in ran.err) == (ExitCode.NOT_FOUND, True), ran.err
    assert chosen(assigned) == ["motd"]
