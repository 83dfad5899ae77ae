"""The repository list: where agents get content, the server itself and distribution points, in which order."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from eventsourcing.domain import Aggregate, event

from domain.ids import REPOSITORY_LIST_STREAM
from domain.listed import Shape, read_entries

MAX_REPOSITORIES = 1_024
KINDS = ("server", "distribution-point")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_LONGEST_URL = 1_024
_HIGHEST = 1_000


class Repository(NamedTuple):
    """One place of content; ``fingerprint`` pins a certificate: SHA-256 of its public key, "" for the deployment's CA.

    ``kind`` is server or distribution-point; a lower ``priority`` is tried first.
    """

    name: str
    kind: str
    url: str
    priority: int
    fingerprint: str


def read_repositories(plain: object) -> tuple[Repository, ...]:
    """The repositories of a file; raise BadList."""
    return tuple(Repository(**each) for each in read_entries(plain, _SHAPE))


def plain_repositories(repositories: Sequence[Repository]) -> list[dict[str, Any]]:
    """As they are stored and travel."""
    return [each._asdict() for each in repositories]


class RepositoryList(Aggregate):
    """Every version of the list."""

    class Adopted(Aggregate.Created):
        """The deployment's first list."""

        TOPIC = "RepositoryList.Adopted"
        repositories: list[dict[str, Any]]

    class Replaced(Aggregate.Event):
        """An operator put another list in its place."""

        TOPIC = "RepositoryList.Replaced"
        repositories: list[dict[str, Any]]

    @event(Adopted)
    def __init__(self, repositories: list[dict[str, Any]]) -> None:
        self.repositories = _stored(repositories)

    @classmethod
    def adopt(cls, repositories: Sequence[Repository]) -> "RepositoryList":
        """The first list."""
        return cls._create(cls.Adopted, id=REPOSITORY_LIST_STREAM, repositories=plain_repositories(repositories))

    def replace(self, repositories: Sequence[Repository]) -> bool:
        """Put another list in place; False when it is the same."""
        if tuple(repositories) == self.repositories:
            return False
        self._replaced(repositories=plain_repositories(repositories))
        return True

    @event(Replaced)
    def _replaced(self, repositories: list[dict[str, Any]]) -> None:
        self.repositories = _stored(repositories)


def _stored(repositories: list[dict[str, Any]]) -> tuple[Repository, ...]:
    return tuple(Repository(**{field: each[field] for field in Repository._fields}) for each in repositories)


def _name(value: Any) -> str:
    return "" if isinstance(value, str) and _NAME.fullmatch(value) else "is 1 to 64 letters, digits, spaces, ._-"


def _kind(value: Any) -> str:
    return "" if value in KINDS else f"is one of {', '.join(KINDS)}"


def _url(value: Any) -> str:
    problem = f"is an https URL without user and query, at most {_LONGEST_URL} characters"
    if not isinstance(value, str) or len(value) > _LONGEST_URL or not value.isascii() or not value.isprintable():
        return problem
    try:
        found = urlsplit(value)
        good = found.scheme == "https" and found.hostname and found.port != 0
    except ValueError:
        return problem
    return "" if good and "@" not in found.netloc and not found.query and not found.fragment else problem


def _priority(value: Any) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _HIGHEST
    return "" if good else f"is a number between 0 and {_HIGHEST}"


def _fingerprint(value: Any) -> str:
    if value == "" or (isinstance(value, str) and _FINGERPRINT.fullmatch(value)):
        return ""
    return "is the SHA-256 of the public key in 64 hex digits, or empty for the deployment's own CA"


_SHAPE = Shape(
    "repositories",
    MAX_REPOSITORIES,
    {"name": _name, "kind": _kind, "url": _url, "priority": _priority, "fingerprint": _fingerprint},
    {"priority": 1, "fingerprint": ""},
)
