"""The status filter of lists: the words of domain/status.py, in any case."""

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from domain.agent import Status


def _status(word: str | None) -> str | None:
    if word is None:
        return None
    try:
        return Status(word.capitalize()).value
    except ValueError as unknown:
        raise ValueError(f"one of {', '.join(Status)}") from unknown


StatusWord = Annotated[
    str | None, AfterValidator(_status), Query(description="Pending, Allowed, Blocked, Revoked or Forked.")
]
