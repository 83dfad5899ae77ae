"""What the commands do: decide, set the policy, make tokens, rebuild."""

import json

import pytest

from console.cli import main
from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import URL, Site


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
