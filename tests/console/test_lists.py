"""Lists: pages, filters, CSV, staleness."""

import csv
import io

import httpx
import pytest

from tests.console.site import Site


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def _names(answer: httpx.Response) -> list[str]:
    return [row["name"] for row in answer.json()["items"]]


def _cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_empty_list_is_a_list(site: Site) -> None:
    answer = site.client().get("/registrations").json()

    assert (answer["items"], answer["next"]) == ([], None)
    assert answer["position"] == site.room.log.head()
    assert "stale" not in answer


@pytest.mark.parametrize("path", ["/registrations", "/agents", "/call-ins"])
def test_the_cursor_leads_through_everything_once(site: Site, path: str) -> None:
    for name in ("c", "a", "b", "d", "e"):
        site.allowed_agent(name)
    client = site.client()

    found: list[str] = []
    cursor: str | None = None
    while cursor is not None or not found:
        page = client.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        found += _names(page)
        cursor = page.json()["next"]

    assert sorted(found) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many", "1e3"])
def test_a_limit_out_of_range_is_refused(site: Site, limit: str) -> None:
    assert _code(site.client().get("/agents", params={"limit": limit})) == (422, "invalid_request")


@pytest.mark.parametrize("cursor", ["x", "WyJhZ2VudHMiXQ", "ä", "' OR 1=1 --", "A" * 2000])
def test_a_cursor_that_is_not_of_this_list_is_refused(site: Site, cursor: str) -> None:
    assert _code(site.client().get("/registrations", params={"cursor": cursor})) == (422, "bad_cursor")


def test_the_cursor_of_another_list_is_refused(site: Site) -> None:
    site.allowed_agent("a")
    site.allowed_agent("b")
    cursor = site.client().get("/agents", params={"limit": 1}).json()["next"]

    assert _code(site.client().get("/registrations", params={"cursor": cursor})) == (422, "bad_cursor")


def test_lists_are_filtered_by_status_name_and_text(site: Site) -> None:
    site.allowed_agent("pc-1")
    site.agent("pc-2")
    client = site.client()

    assert _names(client.get("/registrations", params={"status": "pending"})) == ["pc-2"]
    assert _names(client.get("/registrations", params={"name": "PC-1"})) == ["pc-1"]
    assert _names(client.get("/agents", params={"query": "debian"})) == ["pc-1", "pc-2"]
    assert _names(client.get("/agents", params={"status": "Allowed", "query": "pc"})) == ["pc-1"]
    assert _code(client.get("/agents", params={"status": "Unknown"})) == (422, "invalid_request")


def test_counts_name_every_status(site: Site) -> None:
    site.allowed_agent("pc-1")

    counts = site.client().get("/registrations/counts").json()

    assert counts == {"Pending": 0, "Allowed": 1, "Blocked": 0, "Revoked": 0, "Forked": 0}


def test_an_agent_shows_the_properties_it_sent(site: Site) -> None:
    properties = {"os": {"name": "Debian", "version": [12, 7]}, "ünïcode": "\u202e\x1b[31m", "empty": {}, "n": None}
    agent = site.allowed_agent("pc-1", properties)

    for ref in ("pc-1", agent.fingerprint.hex()):
        assert site.client().get(f"/agents/{ref}").json()["properties"] == properties


def test_a_timeline_tells_what_happened_in_the_order_of_the_log(site: Site) -> None:
    site.allowed_agent("pc-1")

    items = site.client().get("/agents/pc-1/timeline").json()["items"]

    topics = [item["topic"] for item in items]
    assert topics.index("Agent.Introduced") < topics.index("Agent.Allowed") < topics.index("Diary.PropertiesReported")
    assert [item["position"] for item in items] == sorted(item["position"] for item in items)


def test_the_other_lists_answer_too(site: Site) -> None:
    site.allowed_agent("pc-1")
    site.room.announce(1)
    site.project()
    client = site.client()

    assert [row["type"] for row in client.get("/agents/pc-1/call-ins").json()["items"]] == ["FullProps"]
    assert client.get("/agents/pc-1/events").json()["items"] == []
    assert [row["handler"] for row in client.get("/agent-handlers").json()["items"]] == ["handler-1"]
    assert {row["lag_events"] for row in client.get("/projections").json()["items"]} == {0}


@pytest.mark.parametrize("path", ["/agents/nobody", "/agents/nobody/timeline", "/agents/nobody/call-ins"])
def test_an_agent_that_is_unknown_is_not_found(site: Site, path: str) -> None:
    assert _code(site.client().get(path)) == (404, "not_found")


def test_what_the_reports_do_not_show_yet_makes_a_list_stale(site: Site) -> None:
    site.is_projecting = False
    site.agent("pc-1")

    answer = site.client().get("/registrations")
    as_csv = site.client().get("/registrations", params={"format": "csv"})

    assert (answer.json()["items"], answer.json()["stale"]) == ([], True)
    assert as_csv.headers["Muster-Stale"] == "true"


@pytest.mark.parametrize(
    ("params", "accept", "kind"),
    [
        ({}, "*/*", "application/json"),
        ({}, "text/csv", "text/csv; charset=utf-8"),
        ({}, "application/json, text/csv;q=0.5", "application/json"),
        ({"format": "csv"}, "application/json", "text/csv; charset=utf-8"),
        ({"format": "json"}, "text/csv", "application/json"),
    ],
)
def test_the_form_of_a_list_can_be_chosen(site: Site, params: dict[str, str], accept: str, kind: str) -> None:
    answer = site.client().get("/agents", params=params, headers={"Accept": accept})

    assert answer.headers["Content-Type"] == kind


def test_csv_has_the_same_page_as_json(site: Site) -> None:
    for name in ("a", "b", "c"):
        site.allowed_agent(name)
    client = site.client()

    json_page = client.get("/registrations", params={"limit": 2}).json()
    csv_page = client.get("/registrations", params={"limit": 2, "format": "csv"})

    rows = _cells(csv_page.text)
    assert [row["registration_id"] for row in rows] == [item["registration_id"] for item in json_page["items"]]
    assert list(rows[0]) == list(json_page["items"][0])
    assert csv_page.headers["Muster-Next"] == json_page["next"]
    assert csv_page.headers["Muster-Position"] == str(json_page["position"])


@pytest.mark.parametrize(
    "path", ["/registrations", "/agents", "/call-ins", "/tokens", "/projections", "/agent-handlers"]
)
def test_csv_columns_are_the_fields_of_the_rows(site: Site, path: str) -> None:
    site.allowed_agent("pc-1")
    site.room.announce(1)
    site.project()

    item = site.client().get(path).json()["items"][0]
    header = site.client().get(path, params={"format": "csv"}).text.splitlines()[0].split(",")

    assert set(item) - set(header) <= {"expires_at_ms"}
    assert set(header) <= set(item)


def test_an_empty_csv_still_names_its_columns(site: Site) -> None:
    text = site.client().get("/agents", params={"format": "csv"}).text

    assert text.startswith("agent_id,name,status,")
    assert text.count("\r\n") == 1


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=cmd|" /C calc"!A0'])
def test_a_name_that_a_spreadsheet_would_run_is_guarded_in_csv_and_whole_in_json(site: Site, name: str) -> None:
    site.agent(name)
    client = site.client()

    (row,) = _cells(client.get("/registrations", params={"format": "csv"}).text)

    assert row["name"] == "'" + name
    assert _names(client.get("/registrations")) == [name]


def test_json_is_printable_ascii_whatever_a_machine_is_called(site: Site) -> None:
    name = "\x1b[31m\x7f\u009b\u202eü\U0001f600"
    site.agent(name)

    answer = site.client().get("/registrations")

    assert all(0x20 <= byte < 0x7F for byte in answer.content)
    assert _names(answer) == [name]
