"""Who is missing, over the API and on the command line."""

import json

import pytest

from hand_clock import START_MS
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.fixture
def two_hours_later(site: Site) -> Site:
    """One machine has called in just now, the other two hours ago, and a frontend was there all the time."""
    site.allowed_agent("lost")
    busy = site.allowed_agent("busy")
    for _ in range(2 * 60 * 2):
        site.room.clock.forward(30_000)
        site.room.announce(START_MS)
    busy.say(busy.call_in(2))
    site.project()
    return site


def test_the_list_says_who_is_overdue_and_since_when(two_hours_later: Site) -> None:
    client = two_hours_later.client("viewer")

    rows = {row["name"]: row for row in client.get("/agents").json()["items"]}
    missing = client.get("/agents", params={"overdue": "true"}).json()["items"]

    assert (rows["busy"]["liveness"], rows["busy"]["liveness_since"]) == ("on time", None)
    assert rows["lost"]["liveness"] == "overdue"
    assert rows["lost"]["liveness_since"] == "2026-01-01T01:31:00.000Z"
    assert [row["name"] for row in missing] == ["lost"]


def test_the_counts(two_hours_later: Site, muster: Muster) -> None:
    counts = two_hours_later.client("viewer").get("/agents/counts").json()
    printed = muster("agents", "list", "--counts").out

    assert counts["counts"] == {"on time": 1, "overdue": 1, "silent": 0}
    assert counts["as_of"] == "2026-01-01T02:00:00.000Z"
    assert "overdue" in printed


def test_the_command_line_narrows_to_the_missing(two_hours_later: Site, muster: Muster) -> None:
    listed = json.loads(muster("agents", "list", "--overdue", "-o", "json").out)["items"]
    table = muster("agents", "list").out

    assert [row["name"] for row in listed] == ["lost"]
    assert "LIVENESS" in table
    assert "overdue" in table
    assert "2026-01-01 01:31:00Z" in table


def test_the_missing_can_be_woken_at_once(two_hours_later: Site, muster: Muster) -> None:
    woken = json.loads(muster("agents", "wake", "--all-matching", "--overdue", "-o", "json").out)

    assert (woken["agents"], woken["told"]) == (1, 1)
