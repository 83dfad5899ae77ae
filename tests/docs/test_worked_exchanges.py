"""The exchanges in docs/protocol.md are what the code sends, byte for byte."""

from pathlib import Path

import pytest

from exchange_text import notation
from tests.docs import document
from wire.agent_session import Answered
from worked_exchanges import DOCUMENT, HOW_TO_RENEW, Exchanges, between_markers, exchanges, renewed, section


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Exchanges:
    return exchanges(tmp_path_factory.mktemp("exchanges"))


def test_the_document_has_the_exchanges_that_the_code_makes_now(said: Exchanges) -> None:
    made = "\n" + section(said) + "\n"

    assert between_markers(document.text()) == made, (
        "The worked exchanges in docs/protocol.md are not what the code says now. If the wire format was meant to "
        f"change (think of the agents in the field), write them anew: {HOW_TO_RENEW}"
    )


def test_two_runs_make_the_same_bytes(said: Exchanges, tmp_path: Path) -> None:
    assert section(exchanges(tmp_path)) == section(said)


def test_renewing_touches_nothing_outside_the_markers() -> None:
    before = document.text()

    after = renewed(before, "other text\n")

    assert renewed(after, between_markers(before)) == before
    assert between_markers(after) == "other text\n"
    assert DOCUMENT == document.PROTOCOL


def test_the_examples_of_the_package_types_are_the_bodies_of_the_exchanges(said: Exchanges) -> None:
    for heading, asked in {
        "RegistrationRequest": said.registration,
        "Hello": said.hello,
        "FullProps": said.full,
        "PropsVersion": said.idle,
        "IncProps": said.changed,
        "EventUpload": said.events,
    }.items():
        assert f"`{notation(asked.content)}`" in document.part(heading), heading
    answers: dict[str, Answered] = {
        "RegistrationResponse": said.registration.answer,
        "PropsResponse": said.idle.answer,
        "AccessDenied": said.refused.answer,
    }
    for heading, answer in answers.items():
        assert f"`{notation(answer.content)}`" in document.part(heading), heading
