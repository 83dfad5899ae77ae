"""`muster sorting set` and `dry-run` take a file of rules as `muster apply` does: every fault with its line, or all."""

from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site

RULES = '[[sort]]\nname = "lab"\nnetwork = ["10.9.0.0/16"]\ngroup = "/Desks"\n'


@pytest.fixture
def sorted_site(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """One rule is in force."""
    assert muster("groups", "create", "/Desks").code == ExitCode.OK
    ran = muster("sorting", "set", a_file(tmp_path, RULES))
    assert ran.out == "1 sorting rule is in force now.\n"
    return site


def a_file(directory: Path, content: str, name: str = "rules.toml") -> str:
    path = directory / name
    path.write_text(content)
    return str(path)


def in_force(site: Site) -> list[str]:
    return [each["name"] for each in site.client().get("/sorting-rules").json()["rules"]]


@pytest.mark.parametrize("verb", ["set", "dry-run"])
@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        ('\n[[sorts]]\nname = "lab"\n', "rules.toml", "line 2: sorts: is not known here; there is sort"),
        ('{\n  "rules": []\n}', "rules.json", "line 2: rules: is not known here; there is sort"),
        ("", "rules.toml", "line 1: sort: is needed"),
        ("{}", "rules.json", "line 1: sort: is needed"),
        ("[]", "rules.json", "line 1: sort: is needed"),
        ('sort = "none"\n', "rules.toml", "line 1: sort: is a list"),
        (
            RULES + 'proprety = { "os.id" = "x" }\n',
            "rules.toml",
            "line 5: sort 1, proprety: is not a field of [[sort]]",
        ),
        (RULES.replace("/Desks", "/Away"), "rules.toml", "line 4: sort 1, group: '/Away' is no group"),
    ],
)
def test_a_file_that_holds_something_else_than_rules_is_refused_with_the_line(
    sorted_site: Site, muster: Muster, tmp_path: Path, verb: str, content: str, name: str, told: str
) -> None:
    ran = muster("sorting", verb, a_file(tmp_path, content, name))

    assert (ran.code, told in ran.err) == (ExitCode.REFUSED, True), ran.err
    assert in_force(sorted_site) == ["lab"]


def test_every_fault_of_the_rules_is_told_at_once(sorted_site: Site, muster: Muster, tmp_path: Path) -> None:
    bad = RULES.replace("/16", "/33").replace("/Desks", "/Away") + "colour = 1\n"

    ran = muster("sorting", "set", a_file(tmp_path, bad))

    assert "has 3 faults; nothing was changed." in ran.err
    assert [line.strip().split(":")[0] for line in ran.err.splitlines()[1:]] == ["line 3", "line 4", "line 5"]


@pytest.mark.parametrize(("content", "name"), [("sort = []\n", "none.toml"), ('{"sort": []}', "none.json")])
def test_all_rules_are_taken_away_by_an_empty_list_that_says_so(
    sorted_site: Site, muster: Muster, tmp_path: Path, content: str, name: str
) -> None:
    ran = muster("sorting", "set", a_file(tmp_path, content, name))

    assert (ran.code, ran.out) == (ExitCode.OK, "No sorting rule is in force now.\n")
    assert in_force(sorted_site) == []


def test_rules_are_taken_as_json_too(sorted_site: Site, muster: Muster, tmp_path: Path) -> None:
    rule = '{"sort": [{"name": "all", "group": "/desks"}]}'

    assert muster("sorting", "set", a_file(tmp_path, rule, "rules.json")).code == ExitCode.OK
    assert in_force(sorted_site) == ["all"]


def test_the_help_names_the_table_of_the_file(muster: Muster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")

    assert "[[sort]] tables" in muster("sorting", "set", "--help").out
