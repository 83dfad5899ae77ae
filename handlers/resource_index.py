"""Who named which resource: duplicates of a registration are found by keyed hashes, never by the values themselves."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.registration import Registration
from domain.resource_keys import SharedKeys, normalised
from handlers.batch import Batch
from store.vault import Vault

MOST = 16
"""Duplicates named in one event: the oldest. Whoever copies one serial a thousand times makes no longer events."""
NO_KEYS: Mapping[str, str] = {}


class Found(NamedTuple):
    """What the resource keys of a request tell."""

    duplicate_of: list[bytes]
    """Earlier registrations that named one of them."""
    ignored: list[str]
    """Kinds of those that tell nothing."""


def look_up(claims: Mapping[str, Any], fingerprint: bytes, batch: Batch, before: Mapping[str, Any] = NO_KEYS) -> Found:
    """Note the resource keys of a request and tell whose they were; those it named ``before`` are its own."""
    keys = claims["resource_keys"]
    own = _digests(before.get("resource_keys", NO_KEYS), batch)
    fresh = {digest: spelt for digest, spelt in _digests(keys, batch).items() if digest not in own}
    others: set[bytes] = set()
    for digest, spelt in fresh.items():
        named = batch.named({digest, spelt})
        if named and not named & _own(fingerprint, batch):
            others |= named
    batch.resources_seen(list(fresh), fingerprint)
    return Found(sorted(others, key=batch.memory.subject_of)[:MOST], batch.deployment.shared_keys.ignored(keys))


def _own(fingerprint: bytes, batch: Batch) -> set[bytes]:
    """The keys of the same machine: those that name each other as successors came with one agent."""
    if not batch.memory.is_known(fingerprint):
        return {fingerprint}
    home = batch.registration(fingerprint).agent_id
    keys = batch.agent_of(fingerprint).fingerprints
    return {fingerprint, *(each for each in keys if batch.registration(each).agent_id == home)}


def alike(registration: Registration, batch: Batch) -> list[bytes]:
    """The oldest registrations that share a resource with this one, now or when they asked."""
    digests = _digests(registration.claims.get("resource_keys", NO_KEYS), batch)
    found = batch.named({*digests, *digests.values()}) | set(registration.duplicate_of)
    return sorted(found - {registration.fingerprint}, key=batch.memory.subject_of)[:MOST]


def digests_of(keys: Mapping[str, str], vault: Vault, shared: SharedKeys) -> dict[bytes, bytes]:
    """Digest of each key that tells something, and the digest of the key as it was spelt: older rows have that one."""
    digest = vault.resource_digest
    told = {kind: value for kind, value in sorted(keys.items()) if not shared.ignores(kind, value)}
    return {digest(*normalised(kind, value)): digest(kind, value) for kind, value in told.items()}


def _digests(keys: Mapping[str, str], batch: Batch) -> dict[bytes, bytes]:
    return digests_of(keys, batch.records.mapper.keyring.vault, batch.deployment.shared_keys)
