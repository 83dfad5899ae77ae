"""What one simulated agent makes of answers."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from agents.codec import MsgpackCodec
from agents.swarm.endpoint import Endpoint, Heard, Step
from agents.swarm.manifests import Manifests
from agents.swarm.properties import property_set
from wire.agent_session import Answered, Told
from wire.fork_claim import read_fork_claim
from wire.keys import load_public_key, public_der
from wire.packages import decode_body
from wire.types import AgentType, ServerType

CODEC = MsgpackCodec()


class Numbers(list[int]):
    """Numbers that were acknowledged."""

    def __call__(self, fingerprint: bytes, number: int) -> None:
        self.append(number)


@pytest.fixture
def acknowledged() -> Numbers:
    return Numbers()


@pytest.fixture
def endpoint(acknowledged: Numbers) -> Endpoint:
    """One that is allowed and has sent its properties."""
    key, manifests = ec.generate_private_key(ec.SECP256R1()), Manifests(CODEC)
    made = Endpoint(CODEC, key, property_set(1, 1), acknowledged, manifests)
    assert made.say().type == AgentType.REGISTRATION_REQUEST
    assert made.heard(answered(ServerType.REGISTRATION_RESPONSE, 1, status="allowed")) == Heard(Step.SAY)
    assert made.say().type == AgentType.FULL_PROPS
    assert made.heard(answered(ServerType.PROPS_RESPONSE, 2)) == Heard(Step.DONE)
    return made


def answered(kind: ServerType, next_number: int, **content: object) -> Answered:
    return Answered(kind, dict(content), next_number, 0, 1, False)


def test_what_is_not_answered_is_said_again_unchanged(endpoint: Endpoint) -> None:
    assert endpoint.say() == endpoint.say()
    assert endpoint.say().number == 2


def test_a_delivered_number_is_acknowledged_once(endpoint: Endpoint, acknowledged: Numbers) -> None:
    endpoint.say()

    endpoint.heard(answered(ServerType.PROPS_RESPONSE, 3))

    assert acknowledged == [1, 2]
    assert endpoint.say().number == 3


def test_an_answer_that_delivers_nothing_acknowledges_nothing(endpoint: Endpoint, acknowledged: Numbers) -> None:
    endpoint.say()

    heard = endpoint.heard(answered(ServerType.PROPS_RESPONSE, 2))

    assert heard == Heard(Step.SAY, "not_delivered")
    assert acknowledged == [1]


def test_a_gap_gives_the_same_body_another_number(endpoint: Endpoint) -> None:
    before = endpoint.say()

    heard = endpoint.heard(answered(ServerType.ACCESS_DENIED, 1, reason="gap"))

    assert heard == Heard(Step.SAY, "gap")
    assert endpoint.say() == before._replace(number=1)


def test_a_used_number_delivers_nothing_and_gives_the_body_the_next(endpoint: Endpoint, acknowledged: Numbers) -> None:
    before = endpoint.say()

    heard = endpoint.heard(answered(ServerType.ACCESS_DENIED, 5, reason="number_used"))

    assert heard == Heard(Step.SAY, "number_used")
    assert endpoint.say() == before._replace(number=5)
    assert acknowledged == [1]


def test_a_forked_key_is_left_for_a_fresh_one_that_says_where_it_comes_from(
    endpoint: Endpoint, acknowledged: Numbers
) -> None:
    before, forked = endpoint.say(), load_public_key(public_der(endpoint.key.public_key()))

    heard = endpoint.heard(answered(ServerType.ACCESS_DENIED, 3, reason="fork"))
    request = endpoint.say()
    endpoint.heard(answered(ServerType.REGISTRATION_RESPONSE, 1, status="allowed"))

    assert heard == Heard(Step.SAY, "fork")
    assert request.type == AgentType.REGISTRATION_REQUEST
    claim = read_fork_claim(decode_body(CODEC, request.flags, request.body)["fork_of"])
    assert claim is not None
    assert claim.key == forked.fingerprint != endpoint.fingerprint
    claim.check(forked, endpoint.fingerprint)
    assert endpoint.say() == before._replace(number=1)
    assert acknowledged == [1]


def test_a_server_that_wants_all_properties_gets_them(endpoint: Endpoint, acknowledged: Numbers) -> None:
    endpoint.say()

    heard = endpoint.heard(answered(ServerType.PROPS_RESPONSE, 3, full=True))
    again = endpoint.say()

    assert heard.step is Step.SAY
    assert (again.type, again.number) == (AgentType.FULL_PROPS, 3)
    assert decode_body(CODEC, again.flags, again.body)["properties"] == property_set(1, 1)
    assert acknowledged == [1, 2]


@pytest.mark.parametrize("reason", ["revoked", "blocked", "pending", "registration_needed"])
def test_who_lost_trust_asks_again_and_keeps_what_is_undelivered(endpoint: Endpoint, reason: str) -> None:
    before = endpoint.say()

    heard = endpoint.heard(answered(ServerType.ACCESS_DENIED, 2, reason=reason))

    assert heard == Heard(Step.SAY, reason)
    assert endpoint.say().type == AgentType.REGISTRATION_REQUEST
    endpoint.heard(answered(ServerType.REGISTRATION_RESPONSE, 2, status="allowed"))
    assert endpoint.say() == before


def test_who_is_not_let_in_comes_again_when_told(endpoint: Endpoint) -> None:
    heard = endpoint.heard(answered(ServerType.REGISTRATION_RESPONSE, 2, status="pending", retry_after_s=7))

    assert heard == Heard(Step.REST, "pending", 7.0)


def test_busy_is_waited_out_and_an_unknown_key_registers(endpoint: Endpoint) -> None:
    assert endpoint.heard(Told(ServerType.BUSY, {"retry_after": 9})) == Heard(Step.REST, "busy", 9.0)
    assert endpoint.heard(Told(ServerType.BUSY, {"retry_after": 10**9})).rest_s <= 120
    assert endpoint.heard(Told(ServerType.UNKNOWN_KEY, {})) == Heard(Step.SAY, "unknown_key")
    assert endpoint.say().type == AgentType.REGISTRATION_REQUEST


def test_a_key_is_offered_before_the_next_package_and_speaks_from_the_answer_on(
    endpoint: Endpoint, acknowledged: Numbers
) -> None:
    old = endpoint.fingerprint
    endpoint.succession.begin()

    offered = endpoint.say()

    assert (offered.type, offered.number, endpoint.fingerprint) == (AgentType.AGENT_KEY_UPDATE, 0, old)
    assert endpoint.heard(answered(ServerType.REGISTRATION_RESPONSE, 2, status="allowed")) == Heard(Step.SAY)
    first = endpoint.say()
    assert (first.type, first.number, endpoint.fingerprint == old) == (AgentType.FULL_PROPS, 1, False)
    assert endpoint.heard(answered(ServerType.PROPS_RESPONSE, 2)) == Heard(Step.DONE)
    assert (endpoint.succession.completed, list(acknowledged)) == (1, [1, 1])


def test_what_is_in_flight_goes_out_under_the_old_key_first(endpoint: Endpoint) -> None:
    waiting = endpoint.say()
    endpoint.succession.begin()

    assert endpoint.say() == waiting
    assert endpoint.heard(answered(ServerType.PROPS_RESPONSE, 3)) == Heard(Step.SAY)
    assert endpoint.say().type == AgentType.AGENT_KEY_UPDATE


def test_a_server_that_asks_for_a_better_key_gets_one_in_the_same_call_in(endpoint: Endpoint) -> None:
    endpoint.say()

    assert endpoint.heard(answered(ServerType.PROPS_RESPONSE, 3, rekey=True)) == Heard(Step.SAY)
    assert endpoint.say().type == AgentType.AGENT_KEY_UPDATE


def test_an_offer_that_is_refused_is_trouble_and_the_old_key_goes_on(endpoint: Endpoint) -> None:
    old = endpoint.fingerprint
    endpoint.succession.begin()
    endpoint.say()

    heard = endpoint.heard(answered(ServerType.ACCESS_DENIED, 2, reason="key_offered_too_often"))

    assert heard == Heard(Step.SAY, "key_offered_too_often")
    assert (endpoint.say().type, endpoint.say().number, endpoint.fingerprint) == (AgentType.PROPS_VERSION, 2, old)


def test_an_offer_whose_key_is_denied_is_made_again_after_registration(endpoint: Endpoint) -> None:
    endpoint.succession.begin()
    endpoint.say()
    endpoint.heard(Told(ServerType.UNKNOWN_KEY, {}))
    assert endpoint.say().type == AgentType.REGISTRATION_REQUEST

    endpoint.heard(answered(ServerType.REGISTRATION_RESPONSE, 2, status="allowed"))

    assert endpoint.say().type == AgentType.AGENT_KEY_UPDATE
