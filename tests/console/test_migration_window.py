"""`muster keys migration` and its API: who may open the window, how long, why."""

import json
import re
import time

from tests.console.conftest import Muster
from tests.console.site import Site

ANY = {"If-Match": "*"}


def test_the_window_is_opened_shown_and_closed(site: Site, muster: Muster) -> None:
    site.room.clock.now_ms = time.time_ns() // 1_000_000

    opened = muster("keys", "migration", "open", "--hours", "2", "--reason", "old fleet")
    shown = json.loads(muster("keys", "migration", "show", "-o", "json").out)
    closed = muster("keys", "migration", "close")
    again = muster("keys", "migration", "close")

    assert opened.code == 0
    assert re.fullmatch(r"The migration window is open until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\n", opened.out)
    assert (shown["reason"], shown["decided_by"], shown["version"]) == ("old fleet", "operator:admin", 1)
    assert shown["until"]
    assert (closed.out, again.out) == (
        "The migration window is closed.\n",
        "The migration window was closed already.\n",
    )
    assert json.loads(muster("keys", "migration", "show", "-o", "json").out)["until"] is None


def test_before_the_first_window_there_is_none(site: Site) -> None:
    answer = site.client("viewer").get("/migration-window")

    assert (answer.json()["until"], answer.json()["version"]) == (None, 0)


def test_a_window_of_more_than_30_days_or_in_the_past_is_refused(site: Site) -> None:
    for until in ("2026-02-01T00:00:01Z", "2025-12-31T00:00:00Z"):
        answer = site.client().put("/migration-window", json={"until": until, "reason": "x"}, headers=ANY)

        assert (answer.status_code, answer.json()["code"]) == (422, "window_too_long")


def test_a_window_without_a_reason_is_refused(site: Site) -> None:
    answer = site.client().put("/migration-window", json={"until": "2026-01-02T00:00:00Z", "reason": " "}, headers=ANY)

    assert answer.status_code == 422


def test_a_window_that_moved_is_not_moved_again_unseen(site: Site) -> None:
    client = site.client()
    client.put("/migration-window", json={"until": "2026-01-02T00:00:00Z", "reason": "x"}, headers=ANY)
    stale = {"If-Match": '"0"'}

    answer = client.put("/migration-window", json={"until": "2026-01-03T00:00:00Z", "reason": "x"}, headers=stale)

    assert answer.status_code == 412
