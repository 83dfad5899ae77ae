"""A merge that a decision brings about is told before it is made, and when it was made."""

import json

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site
from worker_room import SpeakingAgent

KEYS = {"serial": "SN-1"}


@pytest.fixture
def old(site: Site) -> SpeakingAgent:
    """The first who named the serial number."""
    return asked(site, "pc-old")


@pytest.fixture
def new(site: Site, old: SpeakingAgent) -> SpeakingAgent:
    """Another key that names it."""
    return asked(site, "pc-new")


def asked(site: Site, name: str) -> SpeakingAgent:
    agent = SpeakingAgent(site.room, name)
    agent.say(agent.registration(resource_keys=KEYS))
    site.project()
    return agent


def allowed(site: Site, agent: SpeakingAgent) -> SpeakingAgent:
    agent.be_allowed()
    site.project()
    return agent


def merged(site: Site) -> int:
    return len(site.room.events("Agent.MergedInto"))


def test_allowing_a_duplicate_of_an_allowed_machine_stops_and_tells_of_the_merge(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    allowed(site, old)

    ran = muster("registrations", "allow", "pc-new")

    assert ran.code == ExitCode.CONFLICT
    assert f"one entry with pc-old ({old.fingerprint.hex()[:16]})" in ran.err
    assert "--merge" in ran.err
    assert len(site.room.events("Agent.Allowed")) == 1


def test_with_merge_it_is_done_and_the_outcome_says_so(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    allowed(site, old)

    ran = muster("registrations", "allow", "pc-new", "--merge")

    assert (ran.code, merged(site)) == (ExitCode.OK, 1)
    assert ran.out.startswith(f"pc-new is Allowed, and one entry with pc-old ({old.fingerprint.hex()[:16]}): `split`")


def test_the_original_is_told_of_as_well_when_its_duplicate_was_let_in_first(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    allowed(site, new)

    ran = muster("registrations", "allow", "pc-old")

    assert (ran.code, merged(site)) == (ExitCode.CONFLICT, 0)
    assert "one entry with pc-new" in ran.err
    assert muster("registrations", "allow", "pc-old", "--merge").code == ExitCode.OK
    assert merged(site) == 1


def test_a_blocked_duplicate_merges_with_its_next_request_and_that_is_told(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    allowed(site, old)
    muster("registrations", "block", "pc-new")

    dry, done = (
        muster("registrations", "allow", "pc-new", "--dry-run"),
        muster("registrations", "allow", "pc-new", "--merge"),
    )
    new.say(new.registration(resource_keys=KEYS))

    assert "at its next registration request" in dry.out
    assert "from its next registration request on, and then one entry with pc-old" in done.out
    assert merged(site) == 1


@pytest.mark.parametrize("why", ["nobody is allowed", "set apart", "no duplicate"])
def test_nothing_is_told_where_nothing_would_be_merged(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent, why: str
) -> None:
    name = "pc-new"
    if why == "set apart":
        allowed(site, old)
        for verb, more in (("merge", ("--into", "pc-old")), ("split", ())):
            assert muster("registrations", verb, new.fingerprint.hex(), *more, "--reason", "x").code == ExitCode.OK
    elif why == "no duplicate":
        allowed(site, old)
        site.agent("pc-other")
        name = "pc-other"

    shown = json.loads(muster("registrations", "show", name, "-o", "json").out)
    ran = muster("registrations", "allow", name)

    assert (shown["merges_with"], ran.code, ran.out) == (None, ExitCode.OK, f"{name} is Allowed.\n")
    assert not site.client().get(f"/registrations/{shown['registration_id']}").json()["merged_into"]


def test_a_dry_run_of_one_decision_tells_and_changes_nothing(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    allowed(site, old)

    merging = muster("registrations", "allow", "pc-new", "--dry-run")
    plain = muster("registrations", "block", "pc-new", "--dry-run")
    refused = muster("registrations", "block", "pc-old", "--dry-run")
    revoking = muster("registrations", "revoke", "pc-old", "--dry-run", "-o", "json")

    assert "would be Allowed, and one entry with pc-old" in merging.out
    assert plain.out == "pc-new would be Blocked. Nothing was changed.\n"
    assert refused.out == "pc-old cannot be decided so (block): must be revoked first. Nothing was changed.\n"
    assert json.loads(revoking.out)["outcome"] == "would revoke"
    assert site.room.events("Agent.Blocked") == site.room.events("Agent.Revoked") == []


def test_many_decisions_tell_how_many_name_anothers_keys_and_which_were_merged(
    site: Site, muster: Muster, old: SpeakingAgent, new: SpeakingAgent
) -> None:
    many = ("registrations", "allow", "--all-matching", "name=pc-*", "--reason", "moved")

    counted = muster(*many)
    done = muster(*many, "--confirm", "2")

    assert "1 names another machine's resource keys: each becomes one entry with that where" in counted.err
    assert done.out == "allow: 1 done, 1 done and merged.\n"
