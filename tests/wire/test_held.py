"""The formats of delivery: what is sent is what is read, and what breaks a limit is malformed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.codec import MsgpackCodec
from wire import held
from wire.codec import MalformedBody
from wire.held import (
    CONTENTS_LIMIT,
    MAX_CONTENT,
    MAX_ITEMS,
    Held,
    Item,
    Manifest,
    contents_that_fit,
    digest_of,
    held_plain,
    manifest_plain,
    read_contents,
    read_held,
    read_manifest,
)
from wire.msgspec_codec import MsgspecCodec

COUNTS = st.integers(0, 2**63 - 1)
IDS = st.binary(min_size=16, max_size=16)
ITEMS = st.builds(
    Item,
    IDS,
    st.sampled_from(sorted(held.KINDS)),
    st.text(max_size=20),
    st.text(max_size=20),
    COUNTS,
    st.binary(min_size=32, max_size=32),
    st.none() | st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), max_size=2),
)
AN_ITEM = Item(bytes(16), "policy", "files", "motd", 3, bytes(32), None)


@given(st.builds(Manifest, COUNTS, COUNTS, st.lists(ITEMS, max_size=5, unique_by=lambda item: item.id).map(tuple)))
def test_a_manifest_is_read_as_it_was_written_by_either_codec(manifest: Manifest) -> None:
    sent = MsgspecCodec().encode(manifest_plain(manifest))

    assert read_manifest(MsgpackCodec().decode(sent)) == manifest


@given(st.builds(Held, st.tuples(COUNTS, COUNTS), st.dictionaries(IDS, COUNTS, max_size=5)))
def test_a_statement_is_read_as_it_was_written_by_either_codec(statement: Held) -> None:
    sent = MsgpackCodec().encode(held_plain(statement))

    assert read_held(MsgspecCodec().decode(sent)) == statement


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"short"),
        (1, ["policy"]),
        (1, "k" * 256),
        (2, "c" * 256),
        (3, 7),
        (4, -1),
        (4, True),
        (5, bytes(31)),
        (6, []),
        (6, {str(kind): [] for kind in range(17)}),
    ],
)
def test_a_manifest_with_a_broken_item_is_malformed(at: int, value: Any) -> None:
    item = [*AN_ITEM[:at], value, *AN_ITEM[at + 1 :]]

    with pytest.raises(MalformedBody):
        read_manifest({"version": [1, 2], "items": [item]})


@pytest.mark.parametrize("item", [[*AN_ITEM, "more"], [*AN_ITEM[:6]], {}, None])
def test_an_item_has_seven_fields(item: Any) -> None:
    with pytest.raises(MalformedBody):
        read_manifest({"version": [1, 2], "items": [item]})


@pytest.mark.parametrize("version", [None, [1], [1, -1], [1, 2**63], ["1", 2], [1, 2, 3], {"epoch": 1}])
def test_a_version_is_two_counts(version: Any) -> None:
    with pytest.raises(MalformedBody):
        read_manifest({"version": version, "items": []})
    with pytest.raises(MalformedBody):
        read_held({"manifest": version, "items": []})


def test_an_item_may_stand_twice_under_two_conditions_but_not_in_two_versions() -> None:
    at_night = AN_ITEM._replace(when={"network": ["10.0.0.0/8"]})
    newer = AN_ITEM._replace(version=4)

    assert len(read_manifest(manifest_plain(Manifest(1, 2, (at_night, AN_ITEM)))).items) == 2
    with pytest.raises(MalformedBody):
        read_manifest(manifest_plain(Manifest(1, 2, (at_night, newer))))


def test_more_items_than_the_limit_are_malformed() -> None:
    with pytest.raises(MalformedBody):
        read_manifest({"version": [1, 2], "items": [list(AN_ITEM)] * (MAX_ITEMS + 1)})
    with pytest.raises(MalformedBody):
        read_held({"manifest": [1, 2], "items": [[bytes(16), 1]] * (MAX_ITEMS + 1)})


@pytest.mark.parametrize("plain", [None, [], 7, {"items": "many"}, {"manifest": [1, 2], "items": [[b"x", 1]]}])
def test_what_is_no_statement_is_malformed(plain: Any) -> None:
    with pytest.raises(MalformedBody):
        read_held(plain)


@pytest.mark.parametrize("plain", [None, ["text"], [bytes(MAX_CONTENT + 1)], [bytes(CONTENTS_LIMIT), b"x"]])
def test_contents_beyond_the_limits_are_malformed(plain: Any) -> None:
    with pytest.raises(MalformedBody):
        read_contents(plain)


@given(st.lists(st.integers(0, MAX_CONTENT).map(bytes), max_size=6))
def test_what_fits_into_one_answer_can_be_read_and_is_never_nothing(contents: list[bytes]) -> None:
    taken = contents_that_fit(contents)

    assert read_contents(taken) == taken
    assert bool(taken) == bool(contents)


def test_a_digest_is_the_sha_256_of_the_content() -> None:
    assert digest_of(b"").hex().startswith("e3b0c442")
