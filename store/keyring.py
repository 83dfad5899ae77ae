"""Opened subject keys, bounded: the few that are in use, the rest unwrapped again from the log's side table."""

from collections import OrderedDict
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.log import NewSubject
from store.vault import Vault

CAPACITY = 200_000


class Keyring:
    """Subject id to cipher. ``lookup`` reads the wrapped key; an erased subject has none."""

    def __init__(self, vault: Vault, lookup: Callable[[int], NewSubject | None], capacity: int = CAPACITY) -> None:
        self.vault = vault
        self._lookup = lookup
        self._capacity = capacity
        self._open: OrderedDict[int, AESGCM] = OrderedDict()

    def cipher(self, subject_id: int) -> AESGCM | None:
        """The cipher of a subject; None when its key was erased."""
        found = self._open.get(subject_id)
        if found is None:
            subject = self._lookup(subject_id)
            if subject is None or not subject.wrapped_key:
                return None
            found = self._add(subject)
        return found

    def new(self, subject_id: int, fingerprint: bytes) -> NewSubject:
        """Make a subject key, usable at once; the row is to be appended with the subject's first event."""
        key, wrapped = self.vault.new_subject_key(subject_id, fingerprint)
        self._remember(subject_id, AESGCM(key))
        return NewSubject(subject_id, fingerprint, wrapped)

    def forget(self, subject_id: int) -> None:
        """Drop an opened key: its event was not committed, or it was erased."""
        self._open.pop(subject_id, None)

    def _add(self, subject: NewSubject) -> AESGCM:
        key = self.vault.open_subject_key(subject.subject_id, subject.fingerprint, subject.wrapped_key)
        return self._remember(subject.subject_id, AESGCM(key))

    def _remember(self, subject_id: int, cipher: AESGCM) -> AESGCM:
        self._open[subject_id] = cipher
        if len(self._open) > self._capacity:
            self._open.popitem(last=False)
        return cipher
