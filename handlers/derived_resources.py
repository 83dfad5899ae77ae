"""Which registrations named which resources, as their recorded requests say."""

from typing import Any
from uuid import UUID

from domain.registration import Registration
from domain.resource_keys import SharedKeys
from handlers.derived import Derived
from handlers.resource_index import digests_of
from store.mapper import Recorded
from store.side_tables import RESOURCE_KEYS, Key, Rest
from store.vault import Vault


class DerivedResources(Derived):
    """By the resource keys that tell something now. A row of one that told something once, or of one as it was spelt,
    as earlier versions wrote them, may stay; so may all of a registration that was erased.
    """

    table = RESOURCE_KEYS
    topics = frozenset({Registration.Requested.TOPIC, Registration.RequestRepeated.TOPIC})
    personal = True

    def __init__(self, vault: Vault, shared: SharedKeys) -> None:
        super().__init__()
        self._vault = vault
        self._shared = shared
        self._fingerprints: dict[UUID, bytes] = {}
        self._rows: dict[Key, Rest] = {}
        self._harmless: set[Key] = set()
        self._erased: set[bytes] = set()

    def take(self, event: Recorded) -> None:
        """A request."""
        if event.topic == Registration.Requested.TOPIC:
            self._fingerprints[event.stream] = event.facts["fingerprint"]
        fingerprint = self._fingerprints[event.stream]
        if event.personal is None:
            self._erased.add(fingerprint)
            return
        named: dict[str, Any] = event.personal["claims"].get("resource_keys", {})
        told = digests_of(named, self._vault, self._shared)
        for digest, spelt in digests_of(named, self._vault, SharedKeys((), ())).items():
            if digest in told:
                self._rows[digest, fingerprint] = ()
                self.touched.add((digest, fingerprint))
            self._harmless |= {(digest, fingerprint), (spelt, fingerprint)}

    def expected(self) -> dict[Key, Rest]:
        """Each resource by its keyed hash, with each registration that named it."""
        return self._rows

    def may_stay(self, key: Key) -> bool:
        """It tells of a resource that is ignored, or in a way in which nobody looks it up any more; or nobody knows."""
        return key in self._harmless or key[1] in self._erased
