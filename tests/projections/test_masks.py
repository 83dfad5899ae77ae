"""A mask in a filter matches what the same mask matches in a rule or a condition, in both databases."""

import random
from fnmatch import fnmatchcase

import pytest

from projections.mask import is_mask, mask
from tests.projections.under_test import Room

TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "abc",
    "a-c",
    "a]c",
    "a^c",
    "a[c",
    "a*c",
    "a?c",
    "a!c",
    "a\\c",
    "a.c",
    "ä",
    "a%_",
    "+a",
]
ALPHABET = "ab-]^[*?!\\.%_ä+"
MASKS = [
    *("*", "?", "a*", "[ab]", "[!ab]", "[a-c]*", "a[!-]c", "[]a]", "[!]a]", "[", "[]", "[!]", "[a", "[^a]", "[a^]*"),
    *(
        "[-a]?",
        "[a-]?",
        "[c-a]",
        "[!c-a]",
        "a[[]c",
        "a[*]c",
        "a[?]c",
        "a[]-^]c",
        "a[!]-^]c",
        "a[\\]c",
        "[--a]*",
        "[ä-ö]",
    ),
]


def generated(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(ALPHABET, k=chance.randint(1, 7))) for _ in range(count)]


def test_a_filter_matches_what_a_rule_matches(room: Room) -> None:
    masks = [*MASKS, *generated(1, 400)]
    texts = [*TEXTS, *generated(2, 40)]

    with room.open_reports().reading() as reader:
        for each in masks:
            asked = ", ".join(f"? GLOB ? AS text_{at}" for at, _ in enumerate(texts))
            [row] = reader.query(f"SELECT {asked}", [value for text in texts for value in (text, mask(each))])

            found = [text for text, holds in zip(texts, row.values(), strict=True) if holds]
            assert found == [text for text in texts if fnmatchcase(text, each)], each


@pytest.mark.parametrize(("text", "is_one"), [("pc-1", False), ("pc-*", True), ("pc-?", True), ("[ab]", True)])
def test_what_has_no_sign_is_compared_as_it_is(text: str, is_one: bool) -> None:
    assert is_mask(text) is is_one
