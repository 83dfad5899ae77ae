"""The list of registrations tells at a glance what is more than its state."""

import pytest

from console.commands.registration_note import note

PLAIN: dict[str, object] = {
    "merged_into": None,
    "replaced_by": None,
    "fork_of": None,
    "duplicate_of": [],
    "waits_for_request": False,
    "left_the_list": False,
}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ""),
        ({"duplicate_of": ["aa"]}, "duplicate"),
        ({"duplicate_of": ["aa"], "waits_for_request": True}, "duplicate, waits for its next request"),
        ({"duplicate_of": ["aa"], "fork_of": "bb"}, "branch of a fork"),
        ({"duplicate_of": ["aa"], "merged_into": "aa"}, "merged"),
        ({"replaced_by": "cc"}, "key replaced"),
        ({"left_the_list": True}, "left the list"),
    ],
)
def test_an_entry_that_is_more_than_its_state_says_so(facts: dict[str, object], words: str) -> None:
    assert note(PLAIN | facts) == words
