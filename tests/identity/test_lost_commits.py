"""A commit that was made though the store said nothing: what it introduced is known when the broker brings it again."""

from domain.orders import AllowRegistration
from tests.identity.fleet import Fleet
from tests.identity.shown import Shown

CLAIMS = {"name": "pc-1", "resources": {"serial": "S1"}}


def test_a_key_offered_in_a_commit_whose_answer_was_lost_is_known(fleet: Fleet) -> None:
    fleet.ask("k1", CLAIMS)
    fleet.order(AllowRegistration(fleet.agents["k1"].fingerprint, "known"))
    fleet.next_commit("made")

    assert fleet.offer("k1", "k2") == "allowed"

    assert fleet.call_in("k2") == "taken"
    assert fleet.call_in("k1") == "key_replaced"


def test_a_first_request_in_a_commit_whose_answer_was_lost_is_recorded_once(fleet: Fleet, shown: Shown) -> None:
    fleet.next_commit("made")

    assert fleet.ask("k1", CLAIMS) == "pending"

    shown.catch_up()
    assert list(shown.rows()) == ["k1"]
    assert fleet.room.topics().count("Registration.Requested") == 1
