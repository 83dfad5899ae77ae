"""Names of streams: every id in the log follows from NS by UUID version 5 (RFC 9562); pinned by a golden test."""

from functools import lru_cache
from uuid import UUID, uuid5

NS = UUID("6d757374-6572-5c6f-a1b2-0d5c2f8e4a91")
DIARY_CHAPTER_BITS = 16
"""A diary stream holds 65,536 numbers; then the next chapter begins."""


def diary_stream(fingerprint: bytes, number: int) -> UUID:
    """Stream of the diary chapter that holds package ``number`` of a key."""
    return _chapter_stream(fingerprint, (number - 1) >> DIARY_CHAPTER_BITS)


def diary_version(number: int) -> int:
    """Version of package ``number`` in its chapter, from 1."""
    return ((number - 1) & ((1 << DIARY_CHAPTER_BITS) - 1)) + 1


def registration_stream(fingerprint: bytes) -> UUID:
    """Stream of the registration of one key."""
    return uuid5(NS, f"registration/{fingerprint.hex()}")


def order_stream(command_id: bytes) -> UUID:
    """Stream of one operator order: version 1 holds its outcome."""
    return uuid5(NS, f"order/{command_id.hex()}")


def server_key_stream(version: int) -> UUID:
    """Stream of one generation of the server key."""
    return uuid5(NS, f"server-key/{version}")


def agent_handler_stream(handler: str) -> UUID:
    """Stream of one agent handler, named by its broker user."""
    return uuid5(NS, f"agent-handler/{handler}")


def operator_token_stream(token_id: str) -> UUID:
    """Stream of one operator token."""
    return uuid5(NS, f"token/{token_id}")


def token_name_stream(name: str) -> UUID:
    """Stream of one name of operators, whatever its case."""
    return uuid5(NS, f"token-name/{name.casefold()}")


def install_ticket_stream(ticket_id: str) -> UUID:
    """Stream of one install ticket."""
    return uuid5(NS, f"install-ticket/{ticket_id}")


def unverified_stream(fence: int) -> UUID:
    """Stream of the summaries of unverified packages, one per worker's term of office."""
    return uuid5(NS, f"unverified/{fence}")


def service_stream(fence: int) -> UUID:
    """Stream of what a worker recorded of its service, one per term of office."""
    return uuid5(NS, f"service/{fence}")


def wake_up_stream(command_id: bytes, agent_id: UUID) -> UUID:
    """Stream of one agent's wake-up by one order: version 1 is all of it."""
    return uuid5(NS, f"wake-up/{command_id.hex()}/{agent_id.hex}")


def policy_stream(kind: str, category: str, name: str) -> UUID:
    """Stream of one policy; categories and names hold no line break, so the text reads in one way."""
    return uuid5(NS, f"policy/{kind}\n{category}\n{name}")


def policy_category_stream(name: str) -> UUID:
    """Stream of one category of policies."""
    return uuid5(NS, f"policy-category/{name}")


def placement_stream(agent_id: UUID) -> UUID:
    """Stream of an agent's place in the system tree."""
    return uuid5(NS, f"placement/{agent_id.hex}")


@lru_cache(maxsize=200_000)
def _chapter_stream(fingerprint: bytes, chapter: int) -> UUID:
    return uuid5(NS, f"diary/{fingerprint.hex()}/{chapter}")


REGISTRATION_POLICY_STREAM = uuid5(NS, "registration-policy")
KEY_POLICY_STREAM = uuid5(NS, "key-policy")
MIGRATION_WINDOW_STREAM = uuid5(NS, "migration-window")
SERVER_LIST_STREAM = uuid5(NS, "server-list")
REPOSITORY_LIST_STREAM = uuid5(NS, "repository-list")
CA_SET_STREAM = uuid5(NS, "ca-set")
SYSTEM_TREE_STREAM = uuid5(NS, "system-tree")
SORTING_RULES_STREAM = uuid5(NS, "sorting-rules")
ROOT_GROUP = uuid5(NS, "group/root")
"""The group above all: it was never created and cannot be deleted."""
