"""An order given from the command line, and the sentence that says what became of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from console.results import remark, show_outcome
from console.session import Session

VERSION = ", version {version}"
"""In a sentence: the version that was written, where the answer tells it."""


class Sentences(NamedTuple):
    """For a person: what to say when it was carried out, and when everything was so already."""

    done: str
    unchanged: str


def give_order(
    session: Session,
    method: str,
    path: str,
    body: Any,
    sentences: Sentences,
    params: Mapping[str, Any] | None = None,
) -> None:
    """Give it and print its outcome; a refusal ends the command with its reason and exit code."""
    with session.api() as api:
        document = api.order(method, path, body, params=params)
    told = sentences.done if document["outcome"] == "done" else sentences.unchanged
    version = document.get("version")
    show_outcome(session, document, told.replace(VERSION, "" if version is None else VERSION.format(version=version)))
    if document.get("warning"):
        remark(f"WARNING: {document['warning']}.")
