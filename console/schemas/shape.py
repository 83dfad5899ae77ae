"""The shape of every document, and of a page of a list."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Fields may be added; a client ignores those it does not know."""

    model_config = ConfigDict(extra="allow")


Row = TypeVar("Row", bound=Shape)


class ListOf(Shape, Generic[Row]):
    """One page of a list."""

    items: list[Row]
    next: str | None = Field(description="Cursor of the next page; null on the last.")
    position: int = Field(description="Position in the log up to which this answer is true.")
    stale: bool = Field(False, description="Present and true when the log was further than this already.")


def columns(row: type[Shape]) -> tuple[str, ...]:
    """The columns of a CSV of such rows."""
    return tuple(row.model_fields)


class Counts(Shape):
    """How many registrations have each status."""
