"""Why an agent had a policy then: who assigned it, when and for what reason stays readable for ever."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.fixture
def planted(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """/A with /A/B, policies motd and other; pc-1 is in /A/B, pc-2 was never placed."""
    for path in ("/A", "/A/B"):
        muster("groups", "create", path, "--reason", f"for {path}")
    for name in ("motd", "other"):
        settings = tmp_path / f"{name}.toml"
        settings.write_text(f'path = "/etc/{name}"\ncontent = "hello"\n')
        assert muster("policies", "set", "file", name, str(settings)).code == ExitCode.OK
    site.allowed_agent("pc-1")
    site.allowed_agent("pc-2")
    assert muster("agents", "move", "pc-1", "--to", "/A/B", "--reason", "bought for B").code == ExitCode.OK
    return site


def history(muster: Muster, path: str) -> list[dict[str, Any]]:
    ran = muster("groups", "history", path, "-o", "json")
    assert ran.code == ExitCode.OK, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)["items"]
    return found


def told(site: Site, ref: str, *topics: str) -> list[dict[str, Any]]:
    items = site.client().get(f"/agents/{ref}/timeline", params={"limit": 1000}).json()["items"]
    return [each for each in items if each["topic"] in topics]


def test_the_timeline_of_an_agent_below_tells_who_locked_what_and_why(planted: Site, muster: Muster) -> None:
    muster("policies", "assign", "file", "motd", "--group", "/A", "--lock", "--reason", "SOX-4711")

    [made] = told(planted, "pc-1", "SystemTree.AssignmentMade")

    assert made["who"] == "operator:admin"
    assert made["facts"] == {
        "group": "/A",
        "is_in": "/A/B",
        "category": "file",
        "choices": [{"policy": "motd"}],
        "locked": True,
        "reason": "SOX-4711",
    }
    assert told(planted, "pc-2", "SystemTree.AssignmentMade") == []


def test_a_replaced_assignment_and_its_end_stay_in_the_timeline_with_their_reasons(
    planted: Site, muster: Muster
) -> None:
    muster("policies", "assign", "file", "motd", "--group", "/A/B", "--reason", "first")
    muster("policies", "assign", "file", "other", "--group", "/A/B", "--reason", "second")
    muster("policies", "unassign", "file", "--group", "/A/B", "--reason", "third")

    found = told(planted, "pc-1", "SystemTree.AssignmentMade", "SystemTree.AssignmentEnded")

    assert [each["facts"]["reason"] for each in found] == ["first", "second", "third"]
    assert [each["facts"].get("choices") for each in found] == [[{"policy": "motd"}], [{"policy": "other"}], None]


def test_what_is_assigned_above_all_is_in_the_timeline_of_an_agent_that_nobody_placed(
    planted: Site, muster: Muster
) -> None:
    muster("policies", "assign", "file", "motd", "--group", "/", "--reason", "for all")

    for ref, place in (("pc-1", "/A/B"), ("pc-2", "/")):
        [made] = told(planted, ref, "SystemTree.AssignmentMade")
        assert (made["facts"]["group"], made["facts"]["is_in"], made["facts"]["reason"]) == ("/", place, "for all")


def test_what_was_assigned_before_an_agent_came_or_after_it_left_is_not_in_its_timeline(
    planted: Site, muster: Muster
) -> None:
    muster("policies", "assign", "file", "motd", "--group", "/A")
    muster("agents", "move", "pc-2", "--to", "/A")
    muster("agents", "move", "pc-2", "--to", "/")
    muster("policies", "assign", "file", "other", "--group", "/A")

    assert told(planted, "pc-2", "SystemTree.AssignmentMade") == []


def test_places_overrides_and_deleted_groups_are_told_with_their_reasons(planted: Site, muster: Muster) -> None:
    muster("policies", "assign", "file", "motd", "--agent", "pc-1", "--reason", "its owner asked")
    muster("policies", "unassign", "file", "--agent", "pc-1", "--reason", "and left")
    muster("groups", "delete", "/A/B", "--into", "/A", "--reason", "B is sold")

    topics = ("Placement.Begun", "Placement.PolicyOverridden", "Placement.OverrideEnded", "SystemTree.GroupDeleted")
    reasons = {each["topic"]: each["facts"]["reason"] for each in told(planted, "pc-1", *topics)}

    assert reasons == dict(zip(topics, ("bought for B", "its owner asked", "and left", "B is sold"), strict=True))


def test_the_history_of_a_group_tells_what_was_done_there_by_whom_and_why(planted: Site, muster: Muster) -> None:
    muster("policies", "assign", "file", "motd", "--group", "/A", "--lock", "--reason", "SOX-4711")
    muster("policies", "unassign", "file", "--group", "/A", "--reason", "audit is over")
    muster("groups", "rename", "/A", "Alpha", "--reason", "new name")
    muster("groups", "move", "/Alpha/B", "--into", "/", "--reason", "B stands alone")

    found = history(muster, "/Alpha")

    assert [(each["topic"].split(".")[1], each["facts"]["group"], each["facts"].get("reason")) for each in found] == [
        ("GroupCreated", "/A", "for /A"),
        ("GroupCreated", "/A/B", "for /A/B"),
        ("AssignmentMade", "/A", "SOX-4711"),
        ("AssignmentEnded", "/A", "audit is over"),
        ("GroupRenamed", "/A", "new name"),
        ("GroupMoved", "/Alpha/B", "B stands alone"),
    ]
    assert {each["who"] for each in found} == {"operator:admin"}
    assert "SOX-4711" in muster("groups", "history", "/Alpha").out


def test_the_history_of_a_deleted_group_is_found_by_the_path_it_had(planted: Site, muster: Muster) -> None:
    muster("groups", "delete", "/A/B", "--into", "/A", "--reason", "B is sold")

    assert [each["topic"].split(".")[1] for each in history(muster, "/a/b")] == ["GroupCreated", "GroupDeleted"]
    facts = history(muster, "/A")[-1]["facts"]
    assert (facts["group"], facts["into"], facts["reason"]) == ("/A/B", "/A", "B is sold")


def test_the_history_of_a_group_that_never_was_is_refused_by_name(planted: Site, muster: Muster) -> None:
    ran = muster("groups", "history", "/Nope")

    assert ran.code == ExitCode.NOT_FOUND
    assert "/Nope" in ran.err


def test_pages_of_a_groups_history_hold_each_change_once(planted: Site, muster: Muster) -> None:
    for name in ("motd", "other", "motd"):
        muster("policies", "assign", "file", name, "--group", "/A/B")

    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = planted.client().get("/groups/history", params={"path": "/A/B", "limit": "1", **cursor})
        pages += page.json()["items"]
        if page.json()["next"] is None:
            break
        cursor = {"cursor": page.json()["next"]}

    assert pages == history(muster, "/A/B")
    assert len(pages) == 4


def test_what_a_group_and_an_agent_are_assigned_is_shown_with_its_reason(planted: Site, muster: Muster) -> None:
    muster("policies", "assign", "file", "motd", "--group", "/A", "--reason", "SOX-4711")
    muster("policies", "assign", "file", "other", "--agent", "pc-1", "--reason", "its owner asked")

    [assigned] = json.loads(muster("groups", "show", "/A", "-o", "json").out)["assignments"]
    [category] = json.loads(muster("agents", "policy", "pc-1", "-o", "json").out)["categories"]

    assert assigned["reason"] == "SOX-4711"
    assert [step["reason"] for step in category["chain"]] == ["SOX-4711", "its owner asked"]


def test_a_file_that_was_applied_has_its_reason_with_each_change(planted: Site, muster: Muster, tmp_path: Path) -> None:
    muster("agents", "move", "pc-1", "--to", "/")
    document = tmp_path / "state.toml"
    document.write_text(muster("export").out.replace("/A/B", "/A/New"))

    assert muster("apply", "-f", str(document), "--reason", "CHG-12").code == ExitCode.OK

    assert history(muster, "/A/New")[0]["facts"]["reason"] == "CHG-12"


def test_since_when_an_agent_is_in_a_group_is_not_when_it_was_given_something_of_its_own(
    planted: Site, muster: Muster
) -> None:
    introduced = told(planted, "pc-2", "Agent.Introduced")[0]["at"]
    planted.room.clock.forward(3_600_000)
    before = planted.client().get("/agents/pc-2/policy").json()
    muster("policies", "assign", "file", "motd", "--agent", "pc-2")
    after = planted.client().get("/agents/pc-2/policy").json()

    assert before["in_group_since"] == after["in_group_since"] == introduced
    assert f"in / since {introduced[:10]}" in muster("agents", "policy", "pc-2").out
