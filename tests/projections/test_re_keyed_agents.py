"""What the reports show of an agent that replaced its key."""

from tests.projections.under_test import Room


def test_both_keys_are_shown_and_which_one_follows_which(room: Room) -> None:
    old = room.fleet.register()
    room.fleet.allow(old)
    new = room.fleet.offer_key(old)
    room.catch_up()
    offered = room.reports().registration(new.registration_id)

    room.fleet.use_key(new)
    room.catch_up()

    before, after = (room.reports().registration(each.registration_id) for each in (old, new))
    assert (offered["status"], offered["trusted"], offered["replaces"]) == ("Allowed", True, old.registration_id)
    assert offered["replaced_by"] is None
    assert (before["replaced_by"], before["replaces"], before["actions"]) == (new.registration_id, None, [])
    assert (after["replaced_by"], after["replaces"], after["actions"]) == (None, old.registration_id, ["revoke"])
    assert before["version"] == after["version"] == 4


def test_an_agents_key_is_the_newest_that_was_used(room: Room) -> None:
    old = room.fleet.register()
    room.fleet.allow(old)
    room.fleet.call_in(old)
    new = room.fleet.offer_key(old)
    room.catch_up()
    offered = room.reports().agent(str(old.agent_id))

    room.fleet.use_key(new)
    room.catch_up()

    used = room.reports().agent(str(old.agent_id))
    assert offered["registration_id"] == old.registration_id
    assert (used["registration_id"], used["last_number"], used["version"]) == (new.registration_id, 1, 4)


def test_a_timeline_is_the_union_of_the_keys(room: Room) -> None:
    old = room.fleet.register()
    room.fleet.allow(old)
    room.fleet.call_in(old)
    new = room.fleet.offer_key(old)
    room.fleet.use_key(new)

    room.catch_up()

    topics = [each["topic"] for each in room.reports().timeline(str(old.agent_id)).items]
    assert topics.count("Diary.CalledIn") == topics.count("Registration.Requested") == 2
    assert topics[-4:] == ["Registration.Requested", "Agent.KeyOffered", "Diary.CalledIn", "Agent.KeyReplaced"]


def test_a_name_means_the_key_in_use_before_and_after_the_change(room: Room) -> None:
    old = room.fleet.register("alpha")
    room.fleet.allow(old)
    new = room.fleet.offer_key(old)
    room.catch_up()
    offered = room.reports().registration("alpha")

    room.fleet.use_key(new)
    room.catch_up()

    used = room.reports().registration("alpha")
    assert (offered["registration_id"], used["registration_id"]) == (old.registration_id, new.registration_id)
    assert room.reports().registration(str(old.agent_id))["registration_id"] == new.registration_id
    assert room.reports().registration(old.registration_id)["replaced_by"] == new.registration_id
