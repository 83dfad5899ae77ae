"""What the command line tells the shell."""

import httpx
import pytest

from console.cli import main
from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import URL, Site, secret_of


@pytest.mark.parametrize(
    ("arguments", "role", "code"),
    [
        (["registrations", "show", "nobody"], "admin", ExitCode.NOT_FOUND),
        (["registrations", "show", ""], "admin", ExitCode.NOT_FOUND),
        (["registrations", "allow", "twin"], "admin", ExitCode.CONFLICT),
        (["registrations", "block", "pc-1"], "admin", ExitCode.CONFLICT),
        (["registrations", "revoke", "pc-1", "--reason", "x", "--if-match", "1"], "admin", ExitCode.CONFLICT),
        (["registrations", "revoke", "pc-1"], "admin", ExitCode.USAGE),
        (["registrations", "revoke", "pc-1", "--reason", ""], "admin", ExitCode.USAGE),
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
