"""Simulated agents take what they are assigned, and say so, as the reference agent does."""

import pytest

from agents.codec import MsgpackCodec
from agents.swarm.endpoint import Endpoint, Heard, Step
from agents.swarm.keeping import fresh
from agents.swarm.manifests import Manifests
from agents.swarm.properties import property_set
from tests.swarm.test_endpoint import answered
from wire.agent_session import Outgoing
from wire.held import NO_LISTS, Held, Item, Manifest, digest_of, manifest_plain, read_held
from wire.packages import decode_body
from wire.types import AgentType, ServerType

CODEC = MsgpackCodec()
ONE, TWO = b"content one", b"content two"
MANIFESTS = Manifests(CODEC)


def item(name: str, content: bytes, version: int = 1) -> Item:
    return Item(name.encode().ljust(16), "policy", "file", name, version, digest_of(content))


BOTH = Manifest(1, 5, (item("one", ONE), item("two", TWO)))


def speaking(manifests: Manifests = MANIFESTS) -> Endpoint:
    """An agent that was let in and has told its properties."""
    (kept,) = fresh(1)
    made = Endpoint(CODEC, kept.key, property_set(1, 1), lambda _key, _number: None, manifests)
    made.say()
    made.heard(answered(ServerType.REGISTRATION_RESPONSE, 1, status="allowed"))
    made.say()
    made.heard(answered(ServerType.PROPS_RESPONSE, 2))
    return made


def resumed(endpoint: Endpoint) -> Endpoint:
    """The same agent in a later run, by what was kept of it."""
    again = Endpoint(CODEC, endpoint.key, property_set(1, 1), lambda _key, _number: None, MANIFESTS)
    again.resume(endpoint.kept)
    return again


def call_in(endpoint: Endpoint, **content: object) -> tuple[Outgoing, Heard]:
    """What it says, and what it makes of an answer with this content."""
    package = endpoint.say()
    return package, endpoint.heard(answered(ServerType.PROPS_RESPONSE, package.number + 1, **content))


def told(manifest: Manifest, *contents: bytes) -> dict[str, object]:
    return {"manifest": manifest_plain(manifest), "contents": list(contents)}


def held_in(package: Outgoing) -> Held:
    return read_held(decode_body(CODEC, package.flags, package.body)["held"])


def test_what_came_whole_is_said_to_be_held_in_the_next_package_and_once() -> None:
    endpoint = speaking()

    idle, heard = call_in(endpoint, **told(BOTH, ONE, TWO))
    statement, done = call_in(endpoint)
    later, _ = call_in(endpoint)

    assert (heard, done) == (Heard(Step.SAY), Heard(Step.DONE))
    assert held_in(statement) == Held((1, 5), {item("one", ONE).id: 1, item("two", TWO).id: 1})
    assert statement.type == AgentType.PROPS_VERSION
    assert idle.state_hash[8:] == NO_LISTS != statement.state_hash[8:]
    assert (later.body, later.state_hash) == (idle.body, statement.state_hash)


def test_agents_that_hold_the_same_share_it_and_each_has_a_hash_of_its_own() -> None:
    manifests = Manifests(CODEC)
    agents = [speaking(manifests) for _ in range(2)]

    for each in agents:
        call_in(each, **told(BOTH, ONE, TWO))
    said = [each.say() for each in agents]

    assert agents[0].holding.manifest is agents[1].holding.manifest is not None
    assert said[0].body == said[1].body
    assert said[0].state_hash[8:] != said[1].state_hash[8:]
    assert (manifests.manifests, manifests.items) == (2, 4)


def test_what_comes_in_parts_is_said_in_parts_until_it_is_whole() -> None:
    endpoint = speaking()

    call_in(endpoint, **told(BOTH, ONE))
    part, heard = call_in(endpoint, **told(BOTH, TWO))
    whole, _ = call_in(endpoint)

    assert held_in(part) == Held((0, 0), {item("one", ONE).id: 1})
    assert (part.state_hash[8:], heard) == (NO_LISTS, Heard(Step.SAY))
    assert held_in(whole).version == (1, 5)


def test_of_a_newer_manifest_only_what_is_missing_is_needed() -> None:
    endpoint = speaking()
    newer = Manifest(1, 6, (item("one", ONE), item("two", b"new", 2)))
    call_in(endpoint, **told(BOTH, ONE, TWO))
    before, _ = call_in(endpoint, **told(newer, b"new"))

    after, _ = call_in(endpoint)

    assert held_in(after) == Held((1, 6), {item("one", ONE).id: 1, item("two", TWO).id: 2})
    assert before.state_hash[8:] != after.state_hash[8:]


def test_contents_that_no_digest_names_end_the_delivery_of_this_call_in() -> None:
    endpoint = speaking()

    call_in(endpoint, **told(BOTH, b"forged"))
    _, stuck = call_in(endpoint, **told(BOTH, b"forged"))

    assert stuck == Heard(Step.DONE)
    assert endpoint.holding.manifest is None


@pytest.mark.parametrize(
    "content",
    [
        told(Manifest(1, 4, ())),
        told(Manifest(0, 9, ())),
        {"manifest": {"version": [1, 9]}},
        {"manifest": manifest_plain(Manifest(1, 9, ())), "contents": 7},
    ],
)
def test_an_older_manifest_and_one_that_is_none_are_refused_and_what_is_held_stays(content: dict[str, object]) -> None:
    endpoint = speaking()
    call_in(endpoint, **told(BOTH, ONE, TWO))
    statement, heard = call_in(endpoint, **content)

    assert heard == Heard(Step.DONE, "manifest_refused")
    assert endpoint.say().state_hash == statement.state_hash


def test_who_is_asked_what_it_holds_says_it() -> None:
    endpoint = speaking()

    _, asked = call_in(endpoint, held=True)
    empty, _ = call_in(endpoint, **told(BOTH, ONE, TWO))
    call_in(endpoint)
    call_in(endpoint, held=True)

    assert asked == Heard(Step.SAY)
    assert held_in(empty) == Held((0, 0), {})
    assert held_in(endpoint.say()).version == (1, 5)


@pytest.mark.parametrize("reason", ["revoked", "blocked"])
def test_who_is_no_longer_trusted_forgets_all_and_takes_nothing_older_later(reason: str) -> None:
    endpoint = speaking()
    call_in(endpoint, **told(BOTH, ONE, TWO))
    call_in(endpoint)
    waiting = endpoint.say()

    endpoint.heard(answered(ServerType.ACCESS_DENIED, waiting.number, reason=reason))
    endpoint.say()
    endpoint.heard(answered(ServerType.REGISTRATION_RESPONSE, waiting.number, status="allowed"))
    again, _ = call_in(endpoint)
    nothing, refused = call_in(endpoint, **told(Manifest(1, 4, ())))

    assert again == waiting
    assert (held_in(nothing), nothing.state_hash[8:]) == (Held((0, 0), {}), NO_LISTS)
    assert refused == Heard(Step.DONE, "manifest_refused")


def test_a_statement_that_was_not_answered_is_said_again_as_it_was_in_the_next_run() -> None:
    endpoint = speaking()
    call_in(endpoint, **told(BOTH, ONE, TWO))
    before = endpoint.say()

    again = resumed(endpoint)

    assert again.say() == before
    assert again.holding.manifest is endpoint.holding.manifest


def test_the_first_package_of_a_run_is_the_same_however_often_it_begins_and_whatever_it_hears_before() -> None:
    endpoint = speaking()
    call_in(endpoint, **told(BOTH, ONE, TWO))

    broken_off, again = resumed(endpoint), resumed(endpoint)
    broken_off.allowed = False
    broken_off.heard(answered(ServerType.REGISTRATION_RESPONSE, 3, status="revoked"))
    broken_off.heard(answered(ServerType.REGISTRATION_RESPONSE, 3, status="allowed"))

    assert broken_off.say() == again.say()
    assert held_in(again.say()).version == (1, 5)


def test_a_later_run_takes_nothing_older_than_the_earlier_one_held() -> None:
    endpoint = speaking()
    call_in(endpoint, **told(BOTH, ONE, TWO))
    call_in(endpoint)

    _, heard = call_in(resumed(endpoint), **told(Manifest(1, 4, ())))

    assert heard == Heard(Step.DONE, "manifest_refused")


def test_a_statement_too_large_for_the_first_package_of_a_session_is_announced() -> None:
    endpoint = speaking()
    call_in(endpoint, **told(BOTH, ONE, TWO))
    statement = endpoint.say()

    hello = endpoint.hello(statement)
    heard = endpoint.heard(answered(ServerType.PROPS_RESPONSE, statement.number))

    assert (hello.type, hello.number, hello.state_hash) == (AgentType.HELLO, 0, statement.state_hash)
    assert decode_body(CODEC, hello.flags, hello.body) == {"size": len(statement.body)}
    assert heard == Heard(Step.SAY)
    assert endpoint.say() == statement


def test_properties_that_are_asked_for_together_with_what_is_held_say_both() -> None:
    endpoint = speaking()
    call_in(endpoint, full=True, held=True)

    package = endpoint.say()

    assert package.type == AgentType.FULL_PROPS
    assert held_in(package) == Held((0, 0), {})
