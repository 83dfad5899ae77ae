"""Server keys: several live, one current; agents follow every change inside a session, and are never locked out."""

import pytest

from domain.orders import (
    ActivateServerKey,
    CertifyServerKey,
    CreateServerKey,
    DeleteServerKey,
    ImportServerKey,
    RetireServerKey,
)
from domain.server_key import sealed_name_of
from handlers.answering_key import answering_key
from handlers.records import Records
from handlers.shift import Shift
from store.keyring import Keyring
from store.mapper import EventMapper
from store.vault import Vault, WrongWrappingKey
from wire import keys
from wire.agent_session import Answered
from wire.certificates import ServerKeyCertificate, certify, read_statement
from wire.msgspec_codec import MsgspecCodec
from wire.private_keys import private_pem
from worker_room import SpeakingAgent, WorkerRoom, heard

CODEC = MsgspecCodec()


def second_key(room: WorkerRoom, algorithm: str = keys.ED25519, minimum: int = 0) -> None:
    assert room.order(CreateServerKey(algorithm, minimum)).outcome == "done"


def activate(room: WorkerRoom, version: int) -> str:
    return room.order(ActivateServerKey(version, "rotation")).outcome


def without_root(room: WorkerRoom) -> None:
    """As `muster serve worker` is: it knows the root key's public half only."""
    room.deployment = room.deployment._replace(root_sign=None)
    room.leases.release(room.shift._fence)
    room.shift = room.new_shift("worker-2")


def statement_of(room: WorkerRoom, version: int) -> bytes:
    created = [each.facts for each in room.events("ServerKey.Created")]
    return bytes(next(facts["statement"] for facts in created if facts["key_version"] == version))


def root_signs(room: WorkerRoom, statement: bytes) -> bytes:
    _, signature = certify(CODEC, read_statement(CODEC, statement), lambda m: keys.sign(room.keys.root(), m))
    return signature


@pytest.mark.parametrize("algorithm", [keys.ED25519, keys.P256, keys.RSA2048])
def test_an_agent_with_old_certificates_takes_the_new_key_in_the_same_answer(
    room: WorkerRoom, allowed: SpeakingAgent, algorithm: str
) -> None:
    allowed.say(allowed.call_in(1))
    second_key(room, algorithm)
    assert activate(room, 2) == "done"

    spoken = allowed.say(allowed.call_in(2))

    assert isinstance(spoken.event, Answered)
    assert spoken.next_number == 3
    assert allowed.trust.newest_version == 2


def test_a_key_that_was_not_activated_answers_nobody(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    second_key(room)

    allowed.say(allowed.call_in(1))

    assert allowed.trust.newest_version == 1


def test_activation_in_the_middle_of_a_session_is_followed_by_the_next_answer(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    session, received = allowed.bound(allowed.call_in(1))
    second_key(room)
    activate(room, 2)

    (answer,) = room.handle([room.delivery([received])])

    assert isinstance(heard(session, answer), Answered)
    assert allowed.trust.newest_version == 2


def test_a_rollback_serves_agents_that_hold_both_and_those_that_hold_one(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    second_key(room)
    activate(room, 2)
    allowed.say(allowed.call_in(1))
    late = SpeakingAgent(room, "pc-2")
    late.enrol()
    ignorant = SpeakingAgent(room, "pc-3")
    ignorant.trust.learn(late.trust.pairs[-1:])

    assert activate(room, 1) == "done"

    for agent, number in ((allowed, 2), (late, 1)):
        assert isinstance(agent.say(agent.call_in(number)).event, Answered)
    assert isinstance(ignorant.say(ignorant.registration()).event, Answered)
    newcomer = SpeakingAgent(room, "pc-4")
    assert isinstance(newcomer.say(newcomer.registration()).event, Answered)


def test_a_rollback_below_the_minimum_version_is_refused(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    second_key(room, minimum=2)
    activate(room, 2)
    allowed.say(allowed.call_in(1))

    assert activate(room, 1) == "key_below_minimum"

    assert isinstance(allowed.say(allowed.call_in(2)).event, Answered)


def test_a_new_worker_answers_with_the_key_the_log_names(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    second_key(room)
    activate(room, 2)
    room.leases.release(room.shift._fence)

    room.shift = room.new_shift("worker-2")

    allowed.say(allowed.call_in(1))
    assert allowed.trust.newest_version == 2


def test_an_unknown_version_is_refused(room: WorkerRoom) -> None:
    assert activate(room, 7) == "not_found"


def test_activating_the_current_key_changes_nothing(room: WorkerRoom) -> None:
    assert activate(room, 1) == "unchanged"


def test_without_the_root_key_a_new_key_waits_for_its_certificate(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    without_root(room)
    second_key(room)
    assert activate(room, 2) == "key_not_certified"
    statement = statement_of(room, 2)

    outcome = room.order(CertifyServerKey(2, statement, root_signs(room, statement)))

    assert outcome.outcome == "done"
    assert activate(room, 2) == "done"
    allowed.say(allowed.call_in(1))
    assert allowed.trust.newest_version == 2


def test_a_certificate_of_another_root_or_another_key_is_refused(room: WorkerRoom) -> None:
    without_root(room)
    second_key(room)
    second_key(room)
    statement = statement_of(room, 2)
    stranger = keys.sign(keys.generate_key(keys.ED25519), b"muster/1 server-key certificate\n" + statement)

    forged = room.order(CertifyServerKey(2, statement, stranger))
    others = room.order(CertifyServerKey(3, statement, root_signs(room, statement)))

    assert (forged.outcome, others.outcome) == ("certificate_refused", "certificate_refused")


def test_an_older_key_certified_after_a_newer_one_answered_still_reaches_agents(
    room: WorkerRoom, allowed: SpeakingAgent
) -> None:
    without_root(room)
    second_key(room)
    second_key(room)
    for number, version in enumerate((3, 2), start=1):
        statement = statement_of(room, version)
        room.order(CertifyServerKey(version, statement, root_signs(room, statement)))
        assert activate(room, version) == "done"

        assert isinstance(allowed.say(allowed.call_in(number)).event, Answered)


def test_a_certificate_that_raises_the_minimum_does_not_travel_before_its_key_answers(room: WorkerRoom) -> None:
    second_key(room, minimum=2)
    agent = SpeakingAgent(room)

    assert isinstance(agent.say(agent.registration()).event, Answered)

    assert agent.trust.minimum_version == 1


def test_the_current_key_cannot_be_retired(room: WorkerRoom) -> None:
    assert room.order(RetireServerKey(1, 0)).outcome == "key_is_current"


@pytest.mark.parametrize(
    ("relying", "force", "reason", "outcome"),
    [
        (0, False, "", "done"),
        (3, False, "old", "key_still_relied_on"),
        (3, True, " ", "key_still_relied_on"),
        (3, True, "stolen", "done"),
    ],
)
def test_a_key_that_is_relied_on_is_retired_by_force_and_reason_alone(
    room: WorkerRoom, relying: int, force: bool, reason: str, outcome: str
) -> None:
    second_key(room)
    activate(room, 2)

    assert room.order(RetireServerKey(1, relying, force, reason)).outcome == outcome


def test_a_retired_key_is_gone_for_good(room: WorkerRoom) -> None:
    second_key(room)
    activate(room, 2)
    assert room.order(DeleteServerKey(1, 0)).outcome == "retire_first"
    room.order(RetireServerKey(1, 0))

    assert activate(room, 1) == "key_retired"
    assert room.order(DeleteServerKey(1, 0)).outcome == "done"
    assert room.order(DeleteServerKey(1, 0)).outcome == "unchanged"
    assert room.log.sealed_key("server-key/1") is None


def test_a_new_agent_gets_no_certificate_of_a_retired_key(room: WorkerRoom) -> None:
    second_key(room)
    activate(room, 2)
    room.order(RetireServerKey(1, 0))
    agent = SpeakingAgent(room)

    agent.say(agent.registration())

    assert [read_statement(CODEC, pair[0]).version for pair in agent.trust.pairs] == [2]


def test_private_halves_are_sealed_and_open_with_no_other_wrapping_key(room: WorkerRoom) -> None:
    second_key(room)
    activate(room, 2)
    (created,) = room.events("ServerKey.Created")
    sealed = room.log.sealed_key(sealed_name_of(created.facts["public_key"]))
    stranger = Records(room.log, EventMapper(Keyring(Vault(b"x" * 32, room._random.randbytes), room.log.subject)))

    assert sealed is not None
    assert b"PRIVATE" not in sealed
    with pytest.raises(WrongWrappingKey):
        answering_key(stranger)


def test_a_key_made_elsewhere_is_imported_and_answers(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    private = keys.generate_key(keys.RSA2048)
    der = keys.public_der(private.public_key())
    name = sealed_name_of(der)
    sealed = room.records.mapper.keyring.vault.seal(name, private_pem(private))

    assert room.order(ImportServerKey(der, sealed)).outcome == "done"

    assert room.order(ImportServerKey(der, sealed)).outcome == "key_known"
    assert activate(room, 2) == "done"
    assert isinstance(allowed.say(allowed.call_in(1)).event, Answered)


def test_an_imported_rsa_1024_key_is_listed_and_signs_nothing(room: WorkerRoom) -> None:
    der = keys.public_der(keys.generate_key(keys.RSA1024).public_key())
    assert room.order(ImportServerKey(der)).outcome == "done"

    assert activate(room, 2) == "key_signs_nothing"
    statement = CODEC.encode(list(ServerKeyCertificate(der, keys.RSA1024, "server", 2**50, 2, 1)))
    signature = keys.sign(room.keys.root(), b"muster/1 server-key certificate\n" + statement)
    assert room.order(CertifyServerKey(2, statement, signature)).outcome == "certificate_refused"


def test_a_key_that_is_to_sign_is_not_imported_without_its_private_half(room: WorkerRoom) -> None:
    der = keys.public_der(keys.generate_key(keys.P256).public_key())
    other = private_pem(keys.generate_key(keys.P256))
    wrong = room.records.mapper.keyring.vault.seal(sealed_name_of(der), other)

    assert room.order(ImportServerKey(der)).outcome == "malformed_order"
    assert room.order(ImportServerKey(der, wrong)).outcome == "malformed_order"


@pytest.mark.parametrize("algorithm", ["rsa1024", "rsa4096", "", "p384"])
def test_no_key_of_another_algorithm_is_made(room: WorkerRoom, algorithm: str) -> None:
    assert room.order(CreateServerKey(algorithm)).outcome == "malformed_order"


def test_an_operator_makes_no_server_keys(room: WorkerRoom) -> None:
    assert room.order(CreateServerKey("ed25519"), role="operator").outcome == "role_missing"


def test_a_worker_that_could_not_read_the_new_key_asks_again(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    second_key(room)
    activate(room, 2)
    shift: Shift = room.shift
    shift._deployment = shift._deployment._replace(key=room.deployment.key)
    shift._key_is_old = True

    allowed.say(allowed.call_in(1))

    assert allowed.trust.newest_version == 2
