"""A policy or a task: named settings in versions; every version stays, a return to an older one is a new one."""

import hashlib
import re

from eventsourcing.domain import Aggregate, event

from domain.errors import MalformedOrder
from domain.ids import policy_stream

POLICY = "policy"
TASK = "task"
TASKS = "task/"
"""The category of a task is this and its name."""
MAX_CONTENT = 512 * 1024
MAX_NOTE = 1_000
_CATEGORY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME = re.compile(r"[^/\s](?:[^/\n]{0,98}[^/\s])?")


def check_category(name: str) -> str:
    """The name itself; MalformedOrder when it cannot be a category's."""
    if not _CATEGORY.fullmatch(name):
        raise MalformedOrder("A category is 1 to 64 characters of a-z, 0-9, '.', '_' and '-', as file or agent.")
    return name


def check_policy_name(name: str) -> str:
    """The name itself; MalformedOrder when it cannot be a policy's or a task's."""
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise MalformedOrder("A name has 1 to 100 printable characters and no /.")
    return name


def kind_of(category: str) -> str:
    """Whether a category is one of policies or a task's own."""
    return TASK if category.startswith(TASKS) else POLICY


class Policy(Aggregate):
    """Versions 1, 2, 3 of one policy's content, a MessagePack map. A deleted one may be written again."""

    class Created(Aggregate.Created):
        """A person wrote the first version."""

        TOPIC = "Policy.Created"
        kind: str
        category: str
        name: str
        policy_version: int
        content: bytes
        digest: bytes
        note: str

    class Written(Aggregate.Event):
        """A further version; ``restores`` is the older version it equals by a return, 0 for none."""

        TOPIC = "Policy.Written"
        policy_version: int
        content: bytes
        digest: bytes
        note: str
        restores: int = 0

    class Deleted(Aggregate.Event):
        """Nobody may assign it any more."""

        TOPIC = "Policy.Deleted"
        policy_version: int
        reason: str

    @event(Created)
    def __init__(
        self, kind: str, category: str, name: str, policy_version: int, content: bytes, digest: bytes, note: str
    ) -> None:
        self.kind = kind
        self.category = category
        self.name = name
        self.policy_version = policy_version
        self.content = content
        self.digest = digest
        self.deleted = False

    @classmethod
    def create(cls, category: str, name: str, content: bytes, note: str) -> "Policy":
        """The first version of a policy, or of a task when the category is one's."""
        _check(content, note)
        return cls._create(
            cls.Created,
            id=policy_stream(kind_of(category), category, name),
            kind=kind_of(category),
            category=category,
            name=name,
            policy_version=1,
            content=content,
            digest=hashlib.sha256(content).digest(),
            note=note,
        )

    def write(self, content: bytes, note: str, restores: int = 0) -> bool:
        """A further version; False when it says the same as the last."""
        _check(content, note)
        digest = hashlib.sha256(content).digest()
        if digest == self.digest and not self.deleted:
            return False
        self._written(
            policy_version=self.policy_version + 1, content=content, digest=digest, note=note, restores=restores
        )
        return True

    def delete(self, reason: str) -> bool:
        """No longer there to be assigned; False when it already was not."""
        if self.deleted:
            return False
        self._deleted(policy_version=self.policy_version, reason=reason)
        return True

    @event(Written)
    def _written(self, policy_version: int, content: bytes, digest: bytes, note: str, restores: int = 0) -> None:
        self.policy_version, self.content, self.digest = policy_version, content, digest
        self.deleted = False

    @event(Deleted)
    def _deleted(self, policy_version: int, reason: str) -> None:
        self.policy_version, self.deleted = policy_version, True
        # Loaded from its first and its newest event only, it could not tell: what is deleted has no content.
        self.content, self.digest = b"", b""


def _check(content: bytes, note: str) -> None:
    if len(content) > MAX_CONTENT:
        raise MalformedOrder(f"The content of a policy has at most {MAX_CONTENT} bytes.")
    if len(note) > MAX_NOTE:
        raise MalformedOrder(f"A note has at most {MAX_NOTE} characters.")
