"""The command line: what each command prints, and its exit code."""

import csv
import io
import json

import httpx
import pytest

from console.cli import main
from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import URL, Site, secret_of

COMMANDS = [
    ["registrations", "list"],
    ["registrations", "show"],
    ["registrations", "allow"],
    ["registrations", "block"],
    ["registrations", "revoke"],
    ["registrations", "policy", "show"],
    ["registrations", "policy", "set"],
    ["agents", "list"],
    ["agents", "show"],
    ["agents", "timeline"],
    ["agents", "call-ins"],
    ["agents", "events"],
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


def test_a_machine_is_allowed_by_its_name_and_a_repeat_says_that_nothing_changed(site: Site, muster: Muster) -> None:
    site.agent("pc-1")

    first = muster("registrations", "allow", "pc-1", "--reason", "known", role="operator")
    again = muster("registrations", "allow", "pc-1", role="operator")

    assert (first.code, first.out) == (0, "pc-1 is Allowed.\n")
    assert (again.code, again.out) == (0, "Nothing changed: pc-1 is Allowed already.\n")


@pytest.mark.parametrize("kind", ["registration_id", "agent_id"])
def test_a_machine_is_found_by_its_ids(site: Site, muster: Muster, kind: str) -> None:
    site.agent("pc-1")
    ref = json.loads(muster("registrations", "show", "pc-1", "-o", "json").out)[kind]

    assert muster("registrations", "block", ref).out == "pc-1 is Blocked.\n"


@pytest.mark.parametrize("name", ["a/b", "..", ".", "counts", "50%", "a?b#c", "ü é", "a/b/allow"])
def test_a_machine_is_found_whatever_it_is_called(site: Site, muster: Muster, name: str) -> None:
    site.agent(name)
    site.agent("other")

    ran = muster("registrations", "allow", name, "-o", "json")

    assert json.loads(ran.out)["registration"]["name"] == name
    assert json.loads(muster("agents", "show", name, "-o", "json").out)["name"] == name


def test_trust_that_waits_for_the_machine_is_told(site: Site, muster: Muster) -> None:
    site.agent("pc-1").be_blocked()
    site.project()

    ran = muster("registrations", "allow", "pc-1")

    assert ran.out == "pc-1 is Allowed. It is trusted from its next registration request on.\n"


def test_a_decision_of_json_output_is_the_answer_of_the_api(site: Site, muster: Muster) -> None:
    site.agent("pc-1")

    document = json.loads(muster("registrations", "allow", "pc-1", "-o", "json").out)

    assert document["outcome"] == "done"
    assert document["registration"]["status"] == "Allowed"


def test_the_policy_is_set_and_shown(muster: Muster) -> None:
    assert muster("registrations", "policy", "set", "allow-all").out == "The policy is now allow-all.\n"
    assert muster("registrations", "policy", "set", "allow-all").out == "Nothing changed: the policy is allow-all.\n"
    assert json.loads(muster("registrations", "policy", "show", "-o", "json").out)["otherwise"] == "allow-all"


def test_tokens_are_made_used_and_revoked(site: Site, muster: Muster) -> None:
    made = json.loads(
        muster("tokens", "create", "--name", "alice", "--role", "viewer", "--expires-days", "1", "-o", "json").out
    )
    environ = {"MUSTER_API": URL, "MUSTER_TOKEN": made["token"]}

    before = main(["handlers", "list"], environ, site.transport)
    revoked = muster("tokens", "revoke", made["token_id"])
    after = main(["handlers", "list"], environ, site.transport)
    again = muster("tokens", "revoke", made["token_id"])

    assert made["expires_at"] == "2026-01-02T00:00:00.000Z"
    assert (before, after) == (ExitCode.OK, ExitCode.REFUSED)
    assert revoked.out.endswith("The token is revoked.\n")
    assert again.out == "Nothing changed: it was revoked already.\n"


def test_a_new_token_is_shown_once_with_a_warning(muster: Muster) -> None:
    ran = muster("tokens", "create", "--name", "alice", "--role", "viewer")

    assert "token       muster_" in ran.out
    assert "cannot be shown again" in ran.err


def test_rebuild_waits_until_the_new_one_is_in_use(site: Site, muster: Muster) -> None:
    site.agent("pc-1")
    site.is_projecting = False  # until the command waits

    ran = muster("projections", "rebuild", "agents", "--wait")

    assert (ran.code, ran.out) == (0, "agents was built anew and is in use.\n")
    assert ran.err == "agents: waits\n"
    assert muster("agents", "list").out.count("pc-1") == 1


def test_rebuild_without_waiting_says_that_it_has_begun(muster: Muster) -> None:
    assert muster("projections", "rebuild", "agents").out == "agents is being built anew.\n"


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


@pytest.mark.parametrize(
    ("arguments", "role", "code"),
    [
        (["registrations", "show", "nobody"], "admin", ExitCode.NOT_FOUND),
        (["registrations", "show", ""], "admin", ExitCode.NOT_FOUND),
        (["registrations", "allow", "twin"], "admin", ExitCode.CONFLICT),
        (["registrations", "block", "pc-1"], "admin", ExitCode.CONFLICT),
        (["registrations", "revoke", "pc-1", "--reason", "x", "--if-match", "1"], "admin", ExitCode.CONFLICT),
        (["registrations", "revoke", "pc-1"], "admin", ExitCode.USAGE),
        (["registrations", "revoke", "pc-1", "--reason", ""], "admin", ExitCode.REFUSED),
        (["registrations", "revoke", "pc-1", "--reason", "x"], "viewer", ExitCode.REFUSED),
        (["registrations", "policy", "set", "pending"], "operator", ExitCode.REFUSED),
        (["registrations", "policy", "set", "maybe"], "admin", ExitCode.USAGE),
        (["registrations", "list", "--status", "Unknown"], "admin", ExitCode.USAGE),
        (["registrations", "list", "--limit", "0"], "admin", ExitCode.USAGE),
        (["registrations", "list", "-o", "xml"], "admin", ExitCode.USAGE),
        (["registrations", "lists"], "admin", ExitCode.USAGE),
        (["projections", "rebuild", "nothing"], "admin", ExitCode.NOT_FOUND),
        (["tokens", "revoke", "nobody"], "admin", ExitCode.NOT_FOUND),
        (["agents", "timeline", "nobody"], "admin", ExitCode.NOT_FOUND),
        ([], "admin", ExitCode.USAGE),
    ],
)
def test_the_exit_code_says_what_kind_of_failure_it_was(
    site: Site, muster: Muster, arguments: list[str], role: str, code: ExitCode
) -> None:
    site.allowed_agent("pc-1")
    site.agent("twin")
    site.agent("twin")

    ran = muster(*arguments, role=role)

    assert ran.code == code
    assert bool(ran.err) != (arguments == [])


def test_an_ambiguous_name_is_told_with_its_candidates(site: Site, muster: Muster) -> None:
    both = {site.agent("twin").fingerprint.hex(), site.agent("twin").fingerprint.hex()}

    err = muster("registrations", "show", "twin").err

    assert set(err.split()) & both == both


def test_a_bad_token_is_refused(site: Site) -> None:
    environ = {"MUSTER_API": URL, "MUSTER_TOKEN": secret_of("nobody")}

    assert main(["agents", "list"], environ, site.transport) == ExitCode.REFUSED


def test_a_server_that_is_not_there_is_unavailable(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"MUSTER_API": "http://127.0.0.1:9", "MUSTER_TOKEN": "t"}

    assert main(["agents", "list"], environ) == ExitCode.UNAVAILABLE
    assert "http://127.0.0.1:9 cannot be reached" in capsys.readouterr().err


def test_a_bus_that_is_down_is_unavailable(site: Site, muster: Muster) -> None:
    site.agent("pc-1")
    site.bus.is_down = True

    assert muster("registrations", "allow", "pc-1").code == ExitCode.UNAVAILABLE


def test_an_outcome_that_stays_unknown_is_asked_for_once_more(site: Site, muster: Muster) -> None:
    site.agent("pc-1")
    site.client().get("/whoami")
    site.bus.lost_answers = 2
    found = muster("registrations", "allow", "pc-1")
    site.bus.lost_answers = 4
    lost = muster("registrations", "revoke", "pc-1", "--reason", "x")

    assert (found.code, found.out) == (0, "pc-1 is Allowed.\n")
    assert lost.code == ExitCode.UNAVAILABLE
    assert "outcome_unknown" in lost.err


def test_a_forged_reply_is_told_as_tampering(site: Site, muster: Muster) -> None:
    site.agent("pc-1")
    site.client().get("/whoami")
    site.bus.forge = b"k" * 32

    ran = muster("registrations", "allow", "pc-1")

    assert (ran.code, "forge" in ran.err) == (ExitCode.TAMPERED, True)


def test_what_is_not_musters_api_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    other = httpx.MockTransport(lambda _: httpx.Response(404, text="<html>"))

    assert main(["agents", "list"], {"MUSTER_API": URL, "MUSTER_TOKEN": "t"}, other) == ExitCode.FAILURE
    assert "is this Muster's API?" in capsys.readouterr().err
