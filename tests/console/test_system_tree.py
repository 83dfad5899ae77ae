"""Groups, policies, assignments, tasks and what became of them, through API and command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site
from tests.handlers.test_delivery import OTHER, PROPERTIES, holding, manifest_in
from wire.held import NO_LISTS, held_plain
from wire.types import AgentType

MOTD = 'path = "/etc/motd"\ncontent = "hello\\n"\n'


@pytest.fixture
def planted(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """/Servers/Linux and /Desks; policy motd assigned at /Servers; pc-1 is in /Servers/Linux."""
    for path in ("/Servers", "/Servers/Linux", "/Desks"):
        assert muster("groups", "create", path).code == ExitCode.OK
    ran = muster("policies", "set", "file", "motd", a_file(tmp_path, MOTD), "--note", "first")
    assert ran.out == "file motd is written, version 1.\n"
    muster("policies", "assign", "file", "motd", "--group", "/Servers")
    agent = site.agent("pc-1")
    agent.be_allowed()
    properties = {"os": {"id": "debian"}, "network": {"eth0": {"addresses": ["10.1.1.1"]}}}
    agent.say(agent.full_properties(1, properties, PROPERTIES + NO_LISTS))
    site.project()
    muster("agents", "move", "pc-1", "--to", "/Servers/Linux")
    return site


def a_file(directory: Path, content: str, name: str = "settings.toml") -> str:
    path = directory / name
    path.write_text(content)
    return str(path)


def policy_of(site: Site, ref: str = "pc-1") -> dict[str, Any]:
    found: dict[str, Any] = site.client().get(f"/agents/{ref}/policy").json()
    return found


def test_the_tree_is_listed_with_its_agents(planted: Site, muster: Muster) -> None:
    rows = {row["path"]: row for row in planted.client().get("/groups").json()["items"]}

    assert list(rows) == ["/", "/Desks", "/Servers", "/Servers/Linux"]
    assert (rows["/Servers"]["agents"], rows["/Servers"]["agents_below"]) == (0, 1)
    assert rows["/Servers"]["assigns"] == ["file"]
    shown = json.loads(muster("groups", "show", "/servers/linux", "-o", "json").out)
    assert shown["applies"][0]["from"] == "/Servers"


def test_a_refused_order_says_why_and_exits_so(planted: Site, muster: Muster) -> None:
    ran = muster("groups", "delete", "/Servers/Linux")
    assert ran.code == ExitCode.CONFLICT
    assert "/Servers/Linux holds 1 agent:" in ran.err
    assert muster("groups", "create", "/Servers", role="operator").code == ExitCode.REFUSED
    assert muster("groups", "create", "/X/Y").code == ExitCode.NOT_FOUND
    assert muster("policies", "delete", "file", "motd").code == ExitCode.CONFLICT


def test_the_versions_of_a_policy_are_listed_compared_and_restored(
    planted: Site, muster: Muster, tmp_path: Path
) -> None:
    muster("policies", "set", "file", "motd", a_file(tmp_path, MOTD.replace("hello", "bye")), "--note", "second")

    assert '-  "content": "hello\\n",' in muster("policies", "diff", "file", "motd").out
    assert muster("policies", "rollback", "file", "motd", "--to", "1").code == ExitCode.OK

    history = json.loads(muster("policies", "history", "file", "motd", "-o", "json").out)["items"]
    assert [(each["version"], each["note"], each["restores"]) for each in history] == [
        (1, "first", None),
        (2, "second", None),
        (3, "back to version 1", 1),
    ]
    assert muster("policies", "diff", "file", "motd", "--from", "1", "--to", "3").out == "No difference.\n"
    shown = planted.client().get("/policies/file/motd?version=2").json()
    assert shown["settings"] == {"path": "/etc/motd", "content": "bye\n"}
    assert planted.client().get("/policies/file/motd?version=9").status_code == 404


def test_settings_that_do_not_fit_are_refused_with_their_place(planted: Site, muster: Muster, tmp_path: Path) -> None:
    ran = muster("policies", "set", "file", "motd", a_file(tmp_path, 'path = "motd"\n'))

    assert ran.code == ExitCode.REFUSED
    assert "content is missing" in ran.err
    assert "path: 'motd' is not possible here: An absolute path" in ran.err
    assert muster("policies", "set", "file", "motd", a_file(tmp_path, "path = \n")).code == ExitCode.REFUSED


def test_an_agents_policy_tells_the_chain_it_came_from(planted: Site, muster: Muster, tmp_path: Path) -> None:
    muster("policies", "set", "file", "strict", a_file(tmp_path, MOTD + 'mode = "0600"\n'))
    muster("policies", "assign", "file", "strict", "--agent", "pc-1")

    (category,) = policy_of(planted)["categories"]

    assert (category["policy"], category["source"], category["state"]) == ("strict", "this agent", "assigned")
    assert [(each["at"], each["standing"], each["by"]) for each in category["chain"]] == [
        ("/Servers", "replaced below", "operator:admin"),
        ("this agent", "in force", "operator:admin"),
    ]
    muster("policies", "assign", "file", "motd", "--group", "/", "--lock")
    (category,) = policy_of(planted)["categories"]
    assert (category["policy"], category["locked_by"]) == ("motd", "/")
    assert [each["standing"] for each in category["chain"]][1:] == ["overruled by a lock"] * 2
    printed = muster("agents", "policy", "pc-1").out
    assert "pc-1 is Allowed and in /Servers/Linux since" in printed
    assert "overruled by a lock" in printed
    refused = muster("policies", "assign", "file", "--nothing", "--agent", "pc-1")
    assert (refused.code, "locked" in refused.err) == (ExitCode.CONFLICT, True)
    muster("policies", "unassign", "file", "--group", "/")
    muster("policies", "unassign", "file", "--agent", "pc-1")
    assert policy_of(planted)["categories"][0]["source"] == "/Servers"


def test_a_choice_by_network_is_shown_by_what_the_agent_told(planted: Site, muster: Muster, tmp_path: Path) -> None:
    muster("policies", "set", "file", "away", a_file(tmp_path, MOTD + 'mode = "0600"\n'))
    assign = ("policies", "assign", "file", "motd", "--group", "/Servers", "--otherwise", "away", "--network")

    muster(*assign, "10.0.0.0/8")
    assert policy_of(planted)["categories"][0]["policy"] == "motd"
    muster(*assign, "172.16.0.0/12")
    assert policy_of(planted)["categories"][0]["policy"] == "away"
    assert muster(*assign, "10.0.0.0/99").code == ExitCode.REFUSED


def test_who_moved_an_agent_when_is_in_its_timeline(planted: Site) -> None:
    entries = planted.client().get("/agents/pc-1/timeline").json()["items"]

    (moved,) = [each for each in entries if each["topic"] == "Placement.Begun"]
    assert (moved["who"], moved["facts"]["group"]) == ("operator:admin", "/Servers/Linux")


def test_who_deleted_an_agents_group_is_in_its_timeline_and_where_it_is_now(planted: Site, muster: Muster) -> None:
    muster("groups", "rename", "/Servers/Linux", "Debian")
    muster("groups", "delete", "/Servers/Debian", "--into", "/Desks")

    entries = planted.client("viewer").get("/agents/pc-1/timeline").json()["items"]
    printed = muster("agents", "timeline", "pc-1", role="viewer").out

    placed, renamed, deleted = [each for each in entries if each["topic"].startswith(("Placement", "SystemTree"))]
    assert placed["facts"]["group"] == "/Servers/Linux"
    assert renamed["facts"] == {
        "group": "/Servers/Linux",
        "name": "Debian",
        "was_in": "/Servers/Linux",
        "is_in": "/Servers/Debian",
    }
    assert (deleted["topic"], deleted["who"]) == ("SystemTree.GroupDeleted", "operator:admin")
    assert (deleted["facts"]["was_in"], deleted["facts"]["is_in"]) == ("/Servers/Debian", "/Desks")
    shown = policy_of(planted)
    assert (shown["group"], shown["in_group_since"], shown["placed_by"]) == ("/Desks", deleted["at"], deleted["who"])
    assert "SystemTree.GroupDeleted" in printed
    assert "is_in=/Desks" in printed or '"is_in": "/Desks"' in printed


def test_delivered_and_enforced_come_from_what_the_agent_signed(site: Site, muster: Muster, tmp_path: Path) -> None:
    muster("policies", "set", "file", "motd", a_file(tmp_path, MOTD))
    muster("policies", "assign", "file", "motd", "--group", "/")
    agent = site.agent("pc-1")
    agent.be_allowed()

    told = agent.say(agent.full_properties(1, {}, PROPERTIES + NO_LISTS))
    site.project()
    assert _counts(site) == (1, 0, 0, 0, 0)
    assert policy_of(site)["categories"][0]["state"] == "assigned"

    held = {"held": held_plain(holding(manifest_in(told)))}
    agent.say(agent.package(AgentType.PROPS_VERSION, held, 2, PROPERTIES + OTHER))
    site.project()
    assert _counts(site) == (1, 1, 0, 0, 0)
    assert policy_of(site)["categories"][0]["state"] == "delivered"

    (item,) = manifest_in(told).items
    data = {"category": "file", "name": "motd", "id": item.id, "version": 1, "drift": False, "detail": ""}
    for number, outcome, counts in (
        (3, "enforced", (1, 1, 1, 0, 0)),
        (4, "mended", (1, 1, 0, 1, 0)),
        (5, "failed", (1, 1, 0, 0, 1)),
    ):
        event = {"id": bytes([number] * 16), "type": "PolicyEnforced", "time": 1, "data": data | {"outcome": outcome}}
        agent.say(agent.package(AgentType.EVENT_UPLOAD, {"events": [event]}, number, PROPERTIES + OTHER))
        site.project()
        assert _counts(site) == counts
    assert policy_of(site)["categories"][0]["state"] == "failed"
    rows = site.client().get("/policy-compliance/agents?state=failed").json()["items"]
    assert [(row["name"], row["policy"], row["source"]) for row in rows] == [("pc-1", "motd", "/")]
    assert site.client().get("/policy-compliance/agents?state=enforced").json()["items"] == []

    muster("policies", "set", "file", "motd", a_file(tmp_path, MOTD.replace("hello", "bye")))
    assert _counts(site) == (1, 0, 0, 0, 0)
    agent.be_revoked()
    site.project()
    assert _counts(site) == (0, 0, 0, 0, 0)
    assert "motd" in muster("policies", "compliance").out


def test_a_hostile_agent_reports_nonsense_and_counts_for_nothing(site: Site) -> None:
    agent = site.allowed_agent()
    good = {"category": "file", "name": "x", "id": bytes(16), "version": 1, "outcome": "enforced", "drift": False}
    bad: list[Any] = [
        good | {"id": b"short"},
        good | {"version": "1"},
        good | {"category": 7},
        good | {"outcome": "perfect"},
        {},
    ]
    events = [{"id": bytes([n] * 16), "type": "PolicyEnforced", "time": 1, "data": data} for n, data in enumerate(bad)]
    runs: list[dict[str, Any]] = [{"run": 1, "name": "x"}, {"run": "r", "name": "x" * 9_999, "output": "y" * 99_999}]
    events += [
        {"id": bytes([90 + n] * 16), "type": "TaskEnded", "time": -1, "data": data} for n, data in enumerate(runs)
    ]

    agent.say(agent.package(AgentType.EVENT_UPLOAD, {"events": events}, 2))
    site.project()

    assert site.client().get("/policy-compliance/agents").json()["items"] == []
    (run,) = site.client().get("/task-runs").json()["items"]
    assert (len(run["task"]), len(run["output"]), run["outcome"]) == (255, 4096, "failed")
    assert all(not each["parked"] for each in site.client().get("/projections").json()["items"])


def test_a_task_is_written_run_and_its_results_are_listed(site: Site, muster: Muster, tmp_path: Path) -> None:
    task = 'type = "run-command"\nsettings = { argv = ["/usr/bin/true"] }\nschedule = { daily = "03:00" }\n'
    assert muster("tasks", "set", "backup", a_file(tmp_path, task)).out == "Task backup has a new version.\n"
    muster("policies", "assign", "task/backup", "backup", "--group", "/")
    assert muster("tasks", "run-now", "backup", role="operator").code == ExitCode.OK
    agent = site.allowed_agent()
    run = {"id": bytes(16), "name": "backup", "run": "r1"}
    started = {"id": b"s" * 16, "type": "TaskStarted", "time": 1_800_000_000_000, "data": run | {"due": 5}}
    ended = run | {"exit": 3, "outcome": "failed", "output": "no\x1b[31mspace", "started": 10, "ended": 20}
    stopped = {"id": b"e" * 16, "type": "TaskEnded", "time": 7, "data": ended}

    agent.say(agent.package(AgentType.EVENT_UPLOAD, {"events": [started]}, 2))
    site.project()
    assert site.client().get("/tasks/backup").json()["runs"] == {"running": 1}
    agent.say(agent.package(AgentType.EVENT_UPLOAD, {"events": [stopped]}, 3))
    site.project()

    shown = site.client().get("/tasks/backup").json()
    assert (shown["version"], shown["settings"]["run_now"], shown["runs"]) == (2, 2, {"failed": 1})
    printed = muster("tasks", "runs", "backup", "--agent", "pc-1").out
    assert "failed" in printed
    assert "\x1b" not in printed
    assert [row["name"] for row in site.client().get("/tasks").json()["items"]] == ["backup"]
    assert site.client().get("/policies").json()["items"] == []


def test_sorting_rules_are_tried_before_they_are_set(planted: Site, muster: Muster, tmp_path: Path) -> None:
    rules = '[[sort]]\nname = "debian"\nproperty = { "os.id" = "debian" }\ngroup = "/Desks"\n'
    ran = muster("sorting", "dry-run", a_file(tmp_path, rules))

    assert (ran.code, "pc-1" in ran.out, "1 agent would be elsewhere" in ran.err) == (ExitCode.OK, True, True)
    assert muster("sorting", "set", a_file(tmp_path, rules)).code == ExitCode.OK
    assert planted.client().get("/sorting-rules").json()["rules"][0]["group"] == "/Desks"
    assert policy_of(planted)["group"] == "/Servers/Linux"
    bad = rules.replace("/Desks", "/Nowhere").replace("debian", "fedora", 1)
    assert muster("sorting", "dry-run", a_file(tmp_path, bad)).code == ExitCode.REFUSED
    assert "line 4: sort 1, group: '/Nowhere' is no group" in muster("sorting", "set", a_file(tmp_path, bad)).err


def _counts(site: Site) -> tuple[int, ...]:
    (found,) = site.client().get("/policy-compliance").json()["policies"]
    return tuple(found[name] for name in ("assigned", "delivered", "enforced", "drifted", "failed"))


def test_lists_of_groups_policies_versions_and_tasks_are_paged_like_the_others(
    planted: Site, muster: Muster, tmp_path: Path
) -> None:
    muster("policies", "set", "file", "banner", a_file(tmp_path, MOTD))
    muster("policies", "set", "file", "motd", a_file(tmp_path, MOTD.replace("hello", "bye")))
    lists: dict[tuple[str, ...], list[Any]] = {
        ("groups", "list"): ["/", "/Desks", "/Servers", "/Servers/Linux"],
        ("policies", "list"): ["banner", "motd"],
        ("policies", "history", "file", "motd"): [1, 2],
    }

    for command, wanted in lists.items():
        first = muster(*command, "--limit", "1", "-o", "json")
        cursor = json.loads(first.out)["next"]
        second = json.loads(muster(*command, "--limit", "1", "--cursor", cursor, "-o", "json").out)
        whole = json.loads(muster(*command, "--all", "-o", "json").out)

        field = next(name for name in ("path", "name", "version") if name in whole["items"][0])
        rows = [row[field] for row in whole["items"]]
        assert (rows, whole["next"]) == (wanted, None)
        assert [row[field] for row in (*json.loads(first.out)["items"], *second["items"])] == wanted[:2]
        assert "--all shows every one" in first.err
    assert json.loads(muster("tasks", "list", "--limit", "1", "-o", "json").out)["items"] == []


def test_a_page_goes_on_after_its_last_row_whatever_came_before_it(planted: Site, muster: Muster) -> None:
    cursor = json.loads(muster("groups", "list", "--limit", "3", "-o", "json").out)["next"]
    muster("groups", "create", "/Attic")

    rest = json.loads(muster("groups", "list", "--cursor", cursor, "-o", "json").out)

    assert [row["path"] for row in rest["items"]] == ["/Servers/Linux"]
