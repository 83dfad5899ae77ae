"""Which agent a name means, when an agent has several keys that gave different names."""

import pytest

from projections.reports import Ambiguous, NotFound
from tests.projections.under_test import Room


def test_a_merged_agent_is_found_by_the_name_of_each_of_its_keys(room: Room) -> None:
    kept, merged = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.allow(kept)
    room.fleet.merge(merged, kept)
    room.catch_up()

    found = [room.reports().agent(name) for name in ("alpha", "Beta")]

    assert [(each["agent_id"], each["name"]) for each in found] == [(str(kept.agent_id), "beta")] * 2
    assert room.reports().timeline("alpha").items == room.reports().timeline("beta").items != []


def test_a_name_that_keys_of_two_agents_gave_is_ambiguous(room: Room) -> None:
    kept, merged, other = (room.fleet.register(name) for name in ("alpha", "beta", "alpha"))
    room.fleet.allow(kept)
    room.fleet.merge(merged, kept)
    room.catch_up()

    with pytest.raises(Ambiguous) as refused:
        room.reports().agent("alpha")

    assert refused.value.candidates == sorted([merged.registration_id, other.registration_id])


def test_a_key_that_gives_another_name_leaves_the_one_before(room: Room) -> None:
    kept, merged = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.allow(kept)
    room.fleet.merge(merged, kept)
    room.fleet.ask_again(kept, name="gamma")
    room.catch_up()

    assert room.reports().agent("gamma")["agent_id"] == room.reports().agent("beta")["agent_id"] == str(kept.agent_id)
    with pytest.raises(NotFound):
        room.reports().agent("alpha")


def test_the_name_of_a_key_that_was_replaced_is_free_for_another_machine(room: Room) -> None:
    old = room.fleet.register("alpha")
    room.fleet.allow(old)
    new = room.fleet.offer_key(old)
    room.fleet.use_key(new)
    room.fleet.ask_again(new, name="beta")
    other = room.fleet.register("alpha")
    room.catch_up()

    found = [room.reports().agent(name)["agent_id"] for name in ("alpha", "beta")]

    assert found == [str(other.agent_id), str(old.agent_id)]


def test_an_entry_lists_what_was_merged_into_it_but_not_its_successors(room: Room) -> None:
    kept, merged = room.fleet.register("alpha"), room.fleet.register("beta")
    room.fleet.allow(kept)
    room.fleet.merge(merged, kept)
    new = room.fleet.offer_key(kept)
    room.fleet.use_key(new)
    room.catch_up()

    rows = [room.reports().registration(each.registration_id) for each in (new, merged)]

    assert [[each["registration_id"] for each in row["merged_entries"]] for row in rows] == [
        [merged.registration_id],
        [],
    ]
