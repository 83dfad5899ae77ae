"""What an agent keeps is on the disk when it says so, and read as it was written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.codec import MsgpackCodec
from agents.diary import Diary
from agents.durable import write_durably
from agents.keep import REFUSED_KEPT, Accepted, DiskKeep, MemoryKeep
from agents.property_set import apply_change, change_between, hash_of
from agents.state import DamagedState, InFlight, LastCallIn, Standing, State

BODY = InFlight(7, 6, 1, b"body", bytes(16))
CODEC = MsgpackCodec()


def test_the_state_comes_back_as_it_was(tmp_path: Path) -> None:
    keep = DiskKeep(tmp_path, CODEC)
    keep.state.in_flight = BODY
    keep.state.standing = Standing.ALLOWED
    keep.state.certificates = [(b"statement", b"signature")]
    keep.state.last = LastCallIn(1, "accepted", "", "h1", 2)
    keep.save()

    assert DiskKeep(tmp_path, CODEC).state == keep.state


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    keep = DiskKeep(tmp_path, CODEC)
    keep.save()
    (tmp_path / "state").unlink()

    keep.save()

    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x90", b"\x80", CODEC.encode({"next_number": "x"})])
def test_a_damaged_state_is_told_from_a_new_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").write_bytes(content)

    with pytest.raises(DamagedState):
        DiskKeep(tmp_path, CODEC)


def test_a_damaged_accepted_set_is_as_good_as_none(tmp_path: Path) -> None:
    DiskKeep(tmp_path, CODEC).accept(Accepted(b"12345678", {"a": 1}))
    assert DiskKeep(tmp_path, CODEC).accepted() == Accepted(b"12345678", {"a": 1})

    (tmp_path / "accepted").write_bytes(b"\xc1")

    assert DiskKeep(tmp_path, CODEC).accepted() is None


def test_refused_bodies_are_kept_up_to_a_bound(tmp_path: Path) -> None:
    keep = DiskKeep(tmp_path, CODEC)
    for number in range(1, REFUSED_KEPT + 3):
        keep.set_aside(BODY._replace(number=number), "malformed", "why")

    names = sorted(path.name for path in (tmp_path / "refused").iterdir())
    assert len(names) == REFUSED_KEPT
    assert names[0] == "000000000003"


def test_a_write_cut_short_leaves_the_old_content(tmp_path: Path) -> None:
    write_durably(tmp_path / "state", b"old")
    (tmp_path / "state.new").write_bytes(b"ha")

    assert (tmp_path / "state").read_bytes() == b"old"


def test_one_package_is_in_flight_at_a_time() -> None:
    diary = Diary(MemoryKeep())
    diary.prepare(4, 0, b"a", bytes(16))

    with pytest.raises(RuntimeError, match="still in flight"):
        diary.prepare(4, 0, b"b", bytes(16))


@given(st.lists(st.integers(1, 12), max_size=12))
def test_a_number_goes_to_another_body_only_when_the_first_is_delivered(answers: list[int]) -> None:
    """Whatever next numbers are heard (without a refusal), one number never stands for two bodies."""
    diary, keep = Diary(keep := MemoryKeep()), keep
    bodies: dict[int, bytes] = {}
    for at, answer in enumerate(answers):
        waiting = diary.in_flight or diary.prepare(4, 0, str(at).encode(), bytes(16))
        assert bodies.setdefault(waiting.number, waiting.body) == waiting.body
        diary.settle(answer)
    assert keep.state.next_number >= len(bodies)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
sets = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=4)


@given(sets, sets)
def test_a_change_turns_one_set_into_the_other(old: dict[str, object], new: dict[str, object]) -> None:
    changed = apply_change(old, change_between(CODEC, old, new))

    assert hash_of(CODEC, b"salt", changed) == hash_of(CODEC, b"salt", new)
    assert apply_change(changed, change_between(CODEC, old, new)) == changed


@given(sets)
def test_the_order_of_keys_does_not_change_the_hash(properties: dict[str, object]) -> None:
    turned = dict(reversed(properties.items()))

    assert hash_of(CODEC, b"salt", turned) == hash_of(CODEC, b"salt", properties)


def test_the_salt_changes_the_hash() -> None:
    assert hash_of(CODEC, b"a", {}) != hash_of(CODEC, b"b", {})


def test_a_new_state_is_unregistered_and_starts_at_1() -> None:
    assert (State().standing, State().next_number) == (Standing.UNREGISTERED, 1)
