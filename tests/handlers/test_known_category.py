"""Orders about a category that nobody knows are refused, and tell which may be meant."""

import pytest

from domain.desired_orders import ApplyDocument, AssignPolicies, DefineCategory, EndAssignment, WritePolicy
from worker_room import SpeakingAgent, WorkerRoom


@pytest.fixture
def written(room: WorkerRoom) -> WorkerRoom:
    """Task hello, category printers, policy of category wifi."""
    room.order(WritePolicy("task/hello", "hello", {"type": "call-in"}))
    room.order(DefineCategory("printers", {"type": "object"}))
    room.order(WritePolicy("wifi", "home", {}))
    return room


@pytest.mark.parametrize(
    ("category", "meant"), [("hello", "task/hello"), ("printer", "printers"), ("WiFi", "wifi"), ("fil", "file")]
)
def test_an_unknown_category_is_refused_and_near_ones_are_named(written: WorkerRoom, category: str, meant: str) -> None:
    for command in (AssignPolicies(category, [], group="/"), EndAssignment(category, group="/")):
        refused = written.order(command)

        assert refused.outcome == "category_unknown"
        assert f"Did you mean {meant}" in refused.detail


def test_a_category_like_no_other_is_refused_with_where_they_are_listed(written: WorkerRoom) -> None:
    assert "`muster policies list`" in written.order(AssignPolicies("qqqqq", [], group="/")).detail


@pytest.mark.parametrize("category", ["task/hello", "printers", "wifi", "file", "agent"])
def test_nothing_of_a_known_category_may_be_assigned(written: WorkerRoom, category: str) -> None:
    assert written.order(AssignPolicies(category, [], group="/")).outcome == "done"
    assert written.order(EndAssignment(category, group="/")).outcome == "done"
    assert written.order(EndAssignment(category, group="/")).outcome == "unchanged"


def test_an_agent_is_assigned_nothing_of_an_unknown_category_either(
    written: WorkerRoom, allowed: SpeakingAgent
) -> None:
    agent = written.records.registration(allowed.fingerprint).agent_id.bytes

    assert written.order(AssignPolicies("hello", [], agent_id=agent)).outcome == "category_unknown"


def test_a_document_that_assigns_an_unknown_category_is_refused(written: WorkerRoom) -> None:
    document = {"assignment": [{"group": "/", "category": "hello"}]}

    assert written.order(ApplyDocument(document)).outcome == "category_unknown"
