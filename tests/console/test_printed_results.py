"""What the command line prints: the API's JSON as it is, tables that say what is empty, no terminal codes."""

import csv
import io
import json

import pytest

from console.cli import main
from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site

COMMANDS = [
    ["registrations", "list"],
    ["registrations", "show"],
    ["registrations", "allow"],
    ["registrations", "block"],
    ["registrations", "revoke"],
    ["registrations", "policy", "show"],
    ["registrations", "policy", "set"],
    ["registrations", "policy", "dry-run"],
    ["agents", "list"],
    ["agents", "show"],
    ["agents", "timeline"],
    ["agents", "call-ins"],
    ["agents", "events"],
    ["agents", "evidence"],
    ["keys", "list"],
    ["keys", "create"],
    ["keys", "import"],
    ["keys", "request"],
    ["keys", "certify"],
    ["keys", "activate"],
    ["keys", "retire"],
    ["keys", "delete"],
    ["keys", "policy", "show"],
    ["keys", "policy", "set"],
    ["projections", "list"],
    ["projections", "rebuild"],
    ["handlers", "list"],
    ["tokens", "list"],
    ["tokens", "create"],
    ["tokens", "revoke"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main([*command, "--help"], {})

    assert code == ExitCode.OK
    assert f"Example: muster {' '.join(command)}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (["registrations", "list"], "/registrations"),
        (["registrations", "list", "--status", "Allowed", "--limit", "1"], "/registrations?status=Allowed&limit=1"),
        (["registrations", "list", "--counts"], "/registrations/counts"),
        (["registrations", "show", "pc-1"], "/registrations/pc-1"),
        (["registrations", "policy", "show"], "/registration-policy"),
        (["agents", "list", "--query", "debian"], "/agents?query=debian"),
        (["agents", "show", "pc-1"], "/agents/pc-1"),
        (["agents", "timeline", "pc-1"], "/agents/pc-1/timeline"),
        (["agents", "call-ins"], "/call-ins"),
        (["agents", "call-ins", "pc-1"], "/agents/pc-1/call-ins"),
        (["agents", "events", "pc-1"], "/agents/pc-1/events"),
        (["projections", "list"], "/projections"),
        (["handlers", "list"], "/agent-handlers"),
        (["tokens", "list"], "/tokens"),
    ],
)
def test_json_is_printed_exactly_as_the_api_gives_it(site: Site, muster: Muster, command: list[str], path: str) -> None:
    site.allowed_agent("pc-1", {"os": {"name": "Debian"}})
    site.allowed_agent("pc-2")
    client = site.client()
    client.get("/whoami")  # the use of the token is noted now

    ran = muster(*command, "-o", "json")

    assert (ran.code, ran.out) == (ExitCode.OK, client.get(path).text + "\n")


def test_all_pages_are_one_list(site: Site, muster: Muster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        site.agent(name)
    whole = site.reports.registrations
    monkeypatch.setattr(site.reports, "registrations", lambda **given: whole(**given | {"limit": 2}))

    one = muster("registrations", "list", "-o", "json")
    every = muster("registrations", "list", "--all", "-o", "json")
    as_csv = muster("registrations", "list", "--all", "-o", "csv")

    assert [row["name"] for row in json.loads(one.out)["items"]] == ["a", "b"]
    assert "--all" in one.err
    assert [row["name"] for row in json.loads(every.out)["items"]] == ["a", "b", "c"]
    assert json.loads(every.out)["next"] is None
    assert [row["name"] for row in csv.DictReader(io.StringIO(as_csv.out, newline=""))] == ["a", "b", "c"]
    assert every.err == as_csv.err == ""


def test_a_list_goes_on_at_its_cursor(site: Site, muster: Muster) -> None:
    site.agent("a")
    site.agent("b")
    first = json.loads(muster("registrations", "list", "--limit", "1", "-o", "json").out)

    second = muster("registrations", "list", "--cursor", first["next"])

    assert "b" in second.out
    assert muster("registrations", "list", "--cursor", "nonsense").code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["registrations", "list"], "No registrations yet."),
        (["agents", "list"], "No agents yet."),
        (["agents", "call-ins"], "No call-ins yet."),
        (["handlers", "list"], "No agent handlers yet."),
    ],
)
def test_an_empty_table_says_what_is_empty(muster: Muster, command: list[str], text: str) -> None:
    assert muster(*command).out == text + "\n"


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize(
    "command", [["agents", "list"], ["agents", "show"], ["registrations", "list"], ["agents", "timeline"]]
)
def test_no_name_reaches_the_terminal_as_anything_but_text(
    site: Site, muster: Muster, command: list[str], form: str
) -> None:
    name = "[bold red]x\x1b]0;owned\x07\x1b[2J\u202e[/]"
    agent = site.allowed_agent(name, {"\x1b[31m": "\x9b31m"})
    ref = [agent.fingerprint.hex()] if command[1] != "list" else []

    ran = muster(*command, *ref, "-o", form)

    assert ran.code == 0
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(ran.out)
    assert "[bold red]x" in ran.out


def test_a_hostile_candidate_or_reason_reaches_no_terminal_either(site: Site, muster: Muster) -> None:
    site.agent("\x1b[31m")

    ran = muster("registrations", "allow", "\x1b[31m", "--reason", "\x1b[32m")

    assert ran.out == "\\x1b[31m is Allowed.\n"
