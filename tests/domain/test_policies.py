"""Rules of policies, categories, places of agents and sorting rules."""

from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.builtin_categories import AGENT, FILE, TASK
from domain.choice import Assignment, Choice
from domain.effective import Node, Standing, effective
from domain.errors import MalformedOrder
from domain.ids import NS, ROOT_GROUP
from domain.placement import Placement
from domain.policy import MAX_CONTENT, Policy, check_category, check_policy_name
from domain.policy_category import PolicyCategory, faults_in
from domain.sorting_rules import SortingRule, SortingRules

GROUP = uuid5(NS, "group/test")
AGENT_ID = UUID(int=7)


def test_every_version_of_a_policy_has_the_next_number() -> None:
    policy = Policy.create("file", "motd", b"\x80", "first")

    assert policy.write(b"\x81", "second")
    assert not policy.write(b"\x81", "the same")
    assert policy.write(b"\x80", "back", restores=1)
    assert policy.policy_version == 3


def test_a_deleted_policy_may_be_written_again_under_the_next_number() -> None:
    policy = Policy.create("file", "motd", b"\x80", "")

    assert policy.delete("old")
    assert not policy.delete("old")
    assert policy.write(b"\x80", "again")
    assert (policy.policy_version, policy.deleted) == (2, False)


def test_a_policy_too_large_for_a_call_in_is_refused() -> None:
    with pytest.raises(MalformedOrder):
        Policy.create("file", "motd", bytes(MAX_CONTENT + 1), "")


@pytest.mark.parametrize("name", ["", " a", "a/b", "a\nb", "x" * 101])
def test_a_policy_name_that_cannot_stand_in_a_path_is_refused(name: str) -> None:
    with pytest.raises(MalformedOrder):
        check_policy_name(name)


@pytest.mark.parametrize("name", ["", "File", "a/b", ".x", "x" * 65])
def test_a_category_is_a_short_plain_word(name: str) -> None:
    with pytest.raises(MalformedOrder):
        check_category(name)


def test_a_category_judges_settings_and_names_the_place_of_each_fault() -> None:
    category = PolicyCategory.define("vpn", {"type": "object", "properties": {"port": {"type": "integer"}}})

    assert faults_in({"port": 1194}, category.schema) == []
    assert faults_in({"port": "x"}, category.schema) == ["port: 'x' is not of type 'integer'"]


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


@pytest.mark.parametrize("schema", [{"type": "integr"}, {"$id": 5}, nested(400), nested(3_000)])
def test_what_is_no_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(MalformedOrder):
        PolicyCategory.define("vpn", schema)


def test_a_schema_reaches_nothing_outside_itself() -> None:
    assert "cannot be applied" in faults_in({}, {"$ref": "http://127.0.0.1:1/schema"})[0]
    assert "cannot be applied" in faults_in("x", {"pattern": "("})[0]
    assert "cannot be applied" in faults_in({}, {"$id": 5})[0]


@pytest.mark.parametrize(
    ("settings", "is_good"),
    [
        ({"path": "/etc/motd", "content": "hello\n", "mode": "0644"}, True),
        ({"files": [{"path": "/a", "content": ""}, {"path": "/b", "content": "", "owner": "root:adm"}]}, True),
        ({"files": [{"path": "/a"}]}, False),
        ({"files": [], "path": "/a", "content": ""}, False),
        ({"path": "/a/../b", "content": ""}, False),
        ({"path": "/a", "content": "", "remove_on_withdraw": True, "mode": "600"}, True),
        ({"path": "etc/motd", "content": ""}, False),
        ({"path": "/etc/motd"}, False),
        ({"path": "/etc/motd", "content": "", "mode": "rw"}, False),
    ],
)
def test_settings_of_a_managed_file(settings: dict[str, Any], is_good: bool) -> None:
    assert (not faults_in(settings, FILE)) == is_good


def test_settings_of_the_agent() -> None:
    assert not faults_in({"interval_s": 600, "jitter": 0.2, "mode": "push", "log_level": "info"}, AGENT)
    assert len(faults_in({"interval_s": 0, "mode": "pul"}, AGENT)) == 2


def test_settings_of_the_types_of_tasks_that_come_with_muster() -> None:
    def task(kind: str, settings: dict[str, Any]) -> list[str]:
        return faults_in({"type": kind, "settings": settings}, TASK)

    assert not task("call-in", {"full": True})
    assert not task("run-command", {"argv": ["/usr/bin/true", "x"]})
    assert not task("other", {"anything": 1})
    assert task("run-command", {"command": "/usr/bin/true"})
    assert task("call-in", {"full": "yes"})


@pytest.mark.parametrize(
    ("schedule", "is_good"),
    [
        ({"every_s": 3600}, True),
        ({"daily": "23:59"}, True),
        ({"weekly": {"days": ["mon", "fri"], "at": "02:30"}}, True),
        ({"cron": "*/5 0 * * mon"}, True),
        ({"once": "2026-12-24T18:00:00Z"}, True),
        ({"startup": True}, True),
        ({}, True),
        ({"daily": "24:00"}, False),
        ({"weekly": {"days": ["monday"], "at": "02:30"}}, False),
        ({"daily": "01:00", "every_s": 60}, False),
        ({"cron": "* *"}, False),
        ({"hourly": True}, False),
    ],
)
def test_schedules_of_tasks(schedule: dict[str, object], is_good: bool) -> None:
    assert (not faults_in({"type": "call-in", "schedule": schedule}, TASK)) == is_good


def test_an_agents_override_counts_unless_a_lock_is_above() -> None:
    def way(locked: bool) -> list[Node]:
        return [
            Node(b"r", "/", {"file": Assignment((Choice("base"),), locked)}),
            Node(b"s", "/Servers", {"file": Assignment((Choice("servers"),))}),
        ]

    own = {"file": Assignment((Choice("mine"),))}

    free = effective(way(False), own)["file"]
    held = effective(way(True), own)["file"]

    assert (free.choices, free.source.node) == ((Choice("mine"),), b"")
    assert [each.standing for each in free.chain] == [Standing.REPLACED, Standing.REPLACED, Standing.IN_FORCE]
    assert (held.choices, held.locked_by) == ((Choice("base"),), "/")
    assert [each.standing for each in held.chain] == [Standing.IN_FORCE, Standing.OVERRULED, Standing.OVERRULED]


def test_an_assignment_without_choices_ends_what_is_above() -> None:
    way = [
        Node(b"r", "/", {"file": Assignment((Choice("base"),))}),
        Node(b"s", "/Servers", {"file": Assignment(())}),
    ]

    assert effective(way)["file"].choices == ()


def test_the_same_place_or_override_again_changes_nothing() -> None:
    placement = Placement.begin(AGENT_ID)

    assert placement.move(GROUP)
    assert not placement.move(GROUP)
    assert placement.override("file", (Choice("mine"),))
    assert not placement.override("file", (Choice("mine"),))
    assert placement.end_override("file")
    assert not placement.end_override("file")


def test_sorting_rules_have_names_of_their_own() -> None:
    rule = SortingRule("lab", {"network": ["10.0.0.0/8"]}, ROOT_GROUP.bytes)
    rules = SortingRules.adopt([rule])

    assert not rules.replace([rule])
    assert rules.replace([])
    with pytest.raises(MalformedOrder):
        rules.replace([rule, rule])
