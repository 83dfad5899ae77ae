"""Stored names and fields of events are a file format: they are only added to, with defaults."""

from dataclasses import fields
from typing import Any

from domain import diary, orders, service
from domain.diary import Decision
from domain.events import AGGREGATE_OF, EVENT_CLASSES

COMMON = {"originator_id", "originator_version", "originator_topic", "timestamp"}
GOLDEN = {
    "Agent.Allowed": {"reason", "rule", "rested_on", "duplicate_of"},
    "Agent.Blocked": {"reason", "rule", "rested_on"},
    "Agent.KeyOffered": {"old", "new", "migrated", "at_ms"},
    "Agent.KeyReplaced": {"old", "new"},
    "Agent.Branched": {"agent_id", "fingerprint"},
    "Agent.Forked": {"fingerprint", "number", "successor", "closed"},
    "Agent.Introduced": {"fingerprint", "fork_of"},
    "Agent.KeyJoined": {"fingerprint", "subject_id", "from_agent_id", "offered", "replaced_by", "forked"},
    "Agent.KeyLeft": {"fingerprint", "subject_id", "to_agent_id", "closed"},
    "Agent.MergedInto": {"agent_id", "reason"},
    "Agent.Revoked": {"reason"},
    "Agent.Separated": {
        *("fingerprints", "subject_ids", "status", "trusted", "reason", "offered", "replaced_by", "forked"),
    },
    "Agent.TrustGranted": set(),
    "AgentHandler.Announced": {"handler", "started_at_ms"},
    "AgentHandler.Restarted": {"started_at_ms"},
    "CaSet.Proposed": {"ca_version", "statement"},
    "CaSet.ProposedAnew": {"ca_version", "statement"},
    "CaSet.Published": {"ca_version", "statement", "root_signature"},
    "KeyPolicy.Adopted": {"minimum"},
    "KeyPolicy.Replaced": {"minimum"},
    "InstallTicket.Issued": {"ticket_id", "public_key", "expires_at_ms", "bound_to"},
    "InstallTicket.Revoked": {"reason"},
    "InstallTicket.Used": {"fingerprint", "at_ms"},
    "MigrationWindow.Closed": {"reason"},
    "MigrationWindow.Opened": {"until_ms", "reason"},
    "MigrationWindow.Reopened": {"until_ms", "reason"},
    "TokenName.Taken": {"name", "token_id"},
    "TokenName.TakenAnew": {"token_id"},
    "OperatorToken.Issued": {"token_id", "token_hash", "name", "role", "expires_at_ms"},
    "OperatorToken.Revoked": {"reason"},
    "OperatorToken.Used": {"at_ms"},
    "Placement.Begun": {"agent_id", "group_id", "rule"},
    "Placement.Moved": {"group_id", "rule"},
    "Placement.OverrideEnded": {"category"},
    "Placement.PolicyOverridden": {"category", "choices"},
    "Policy.Created": {"kind", "category", "name", "policy_version", "content", "digest", "note"},
    "Policy.Deleted": {"policy_version", "reason"},
    "Policy.Written": {"policy_version", "content", "digest", "note", "restores"},
    "PolicyCategory.Defined": {"name", "schema"},
    "PolicyCategory.Redefined": {"schema"},
    "PolicyCategory.Deleted": {"reason"},
    "Registration.PackageRefused": {"reason", "number", "package_type", "at_ms", "address", "evidence"},
    "Registration.RequestRepeated": {
        *("at_ms", "claims", "address", "evidence", "duplicate_of", "ignored_keys", "algorithms"),
    },
    "Registration.Requested": {
        *("fingerprint", "public_key", "algorithm", "algorithms", "agent_id", "replaces", "fork_of", "fork_key"),
        *("at_ms", "claims", "address", "evidence", "duplicate_of", "ignored_keys"),
    },
    "RegistrationPolicy.Adopted": {"rules", "otherwise", "duplicates"},
    "RegistrationPolicy.Replaced": {"rules", "otherwise", "duplicates"},
    "RepositoryList.Adopted": {"repositories"},
    "RepositoryList.Replaced": {"repositories"},
    "ServerKey.Activated": {"turn", "reason"},
    "ServerKey.CertificateInstalled": {"statement", "root_signature"},
    "ServerKey.Created": {"key_version", "algorithm", "public_key", "origin", "statement"},
    "ServerKey.Deleted": {"reason", "relying", "forced"},
    "ServerKey.Retired": {"reason", "relying", "forced"},
    "ServerKey.Certified": {"key_version", "algorithm", "public_key", "statement", "root_signature"},
    "ServerList.Adopted": {"servers"},
    "ServerList.Replaced": {"servers"},
    "SortingRules.Adopted": {"rules"},
    "SortingRules.Replaced": {"rules"},
    "SystemTree.AssignmentEnded": {"group_id", "category"},
    "SystemTree.AssignmentMade": {"group_id", "category", "choices", "locked"},
    "SystemTree.GroupCreated": {"group_id", "parent", "name"},
    "SystemTree.GroupDeleted": {"group_id", "into"},
    "SystemTree.GroupMoved": {"group_id", "parent"},
    "SystemTree.GroupRenamed": {"group_id", "name"},
    "SystemTree.Planted": set(),
    "SystemTree.Revised": {"what", "category", "name", "agent_id", "gone"},
}
SEALED = {
    "Registration.PackageRefused": {"address", "evidence"},
    "Registration.RequestRepeated": {"claims", "address", "evidence", "ignored_keys"},
    "Registration.Requested": {"claims", "address", "evidence", "ignored_keys"},
}


def test_events_of_aggregates_have_their_golden_names_and_fields() -> None:
    classes: dict[str, Any] = dict(EVENT_CLASSES)

    assert {topic: {field.name for field in fields(event)} - COMMON for topic, event in classes.items()} == GOLDEN


def test_what_is_personal_is_sealed() -> None:
    sealed = {topic: set(getattr(event, "PERSONAL", ())) for topic, event in EVENT_CLASSES.items()}

    assert {topic: names for topic, names in sealed.items() if names} == SEALED


def test_every_event_belongs_to_the_aggregate_it_is_named_after() -> None:
    assert {topic: aggregate.__name__ for topic, aggregate in AGGREGATE_OF.items()} == {
        topic: topic.split(".")[0] for topic in GOLDEN
    }


def test_names_and_decisions_of_the_diary() -> None:
    assert set(diary.TOPICS) == {
        "Diary.CalledIn",
        "Diary.PropertiesReported",
        "Diary.EventsDelivered",
        "Diary.ContentRefused",
    }
    assert {each.name: each.value for each in Decision} == {
        "ACCEPTED": 1,
        "PROPERTIES_WANTED": 2,
        "MALFORMED": 3,
        "UNPROCESSABLE": 4,
        "UNSUPPORTED_TYPE": 5,
        "TOO_LARGE": 6,
    }


def test_names_of_events_without_an_aggregate() -> None:
    assert (orders.ORDER_DECIDED, orders.UNVERIFIED_COUNTED) == ("Order.Decided", "Unverified.Counted")
    assert orders.WAKE_UP_ORDERED == "WakeUp.Ordered"
    assert (service.CONTINUED, service.RESUMED) == ("Service.Continued", "Service.Resumed")
