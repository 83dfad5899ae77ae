"""The state filter of compliance lists: the words of the report, in any case."""

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from projections.reports.compliance import STATES


def _state(word: str | None) -> str | None:
    if word is None:
        return None
    if word.casefold() not in STATES:
        raise ValueError(f"{word!r} is no state; one of {', '.join(STATES)}")
    return word.casefold()


ComplianceState = Annotated[
    str | None, AfterValidator(_state), Query(max_length=40, description=f"One of {', '.join(STATES)}.")
]
