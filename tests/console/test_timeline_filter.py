"""A timeline tells what is sought of it, and first what matters."""

import json

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


def _events(ran_out: str) -> list[str]:
    return [item["topic"] for item in json.loads(ran_out)["items"]]


@pytest.mark.parametrize(
    ("event", "topics"),
    [
        ("Agent.", ["Agent.Introduced", "Agent.Allowed"]),
        ("agent.all", ["Agent.Allowed"]),
        ("Allowed", ["Agent.Allowed"]),
        ("*.*ed", ["Registration.Requested", "Agent.Introduced", "Agent.Allowed", "Diary.PropertiesReported"]),
        ("Nothing", []),
    ],
)
def test_a_timeline_is_filtered_by_the_beginning_of_an_events_name_or_a_mask(
    site: Site, muster: Muster, event: str, topics: list[str]
) -> None:
    site.allowed_agent("pc-1")

    ran = muster("agents", "timeline", "pc-1", "--event", event, "-o", "json")

    assert [each for each in _events(ran.out) if not each.startswith("Placement")] == topics


def test_a_timeline_is_filtered_by_time_from_inclusive_until_exclusive(site: Site, muster: Muster) -> None:
    agent = site.allowed_agent("pc-1")
    site.room.clock.now_ms += 60_000
    agent.say(agent.full_properties(2, {"os": "Other"}, bytes(16)))
    site.project()
    items = json.loads(muster("agents", "timeline", "pc-1", "-o", "json").out)["items"]
    last = items[-1]["at"]

    since = muster("agents", "timeline", "pc-1", "--since", last, "-o", "json")
    until = muster("agents", "timeline", "pc-1", "--until", last, "-o", "json")
    both = muster("agents", "timeline", "pc-1", "--since", last, "--until", last)

    assert json.loads(since.out)["items"] == items[-1:]
    assert json.loads(until.out)["items"] == items[:-1]
    assert both.out == "Nothing matches.\n"


def test_a_filtered_timeline_is_read_in_pages(site: Site) -> None:
    site.allowed_agent("pc-1")
    client, path = site.client(), "/agents/pc-1/timeline?event=Agent.&limit=1"

    first = client.get(path).json()
    second = client.get(f"{path}&cursor={first['next']}").json()

    assert [page["items"][0]["topic"] for page in (first, second)] == ["Agent.Introduced", "Agent.Allowed"]


def test_a_timeline_asked_for_no_time_is_refused_with_an_example(site: Site, muster: Muster) -> None:
    site.agent("pc-1")

    ran = muster("agents", "timeline", "pc-1", "--since", "yesterday")

    assert ran.code == ExitCode.USAGE
    assert ran.err == (
        "muster: query.since: this is no time; write it with its zone, as 2026-01-31T08:00:00Z (invalid_request)\n"
    )


def test_the_table_of_a_timeline_tells_reasons_and_no_fingerprints(site: Site, muster: Muster) -> None:
    agent = site.agent("pc-1")
    muster("registrations", "allow", "pc-1", "--reason", "ordered by finance")

    ran = muster("agents", "timeline", "pc-1")

    assert "  reason=ordered by finance" in ran.out
    assert agent.fingerprint.hex()[:16] not in ran.out
