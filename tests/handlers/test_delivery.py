"""Delivery as the worker does it: the difference between what is assigned and what the agent signed that it holds."""

from typing import Any

import pytest

from domain.orders import SetRepositoryList, SetServerList
from handlers.assigned import Delivery, differences
from handlers.known_key import KnownKey
from handlers.part import Part, Told
from wire.held import CONTENTS_LIMIT, NO_LISTS, Held, Item, Manifest, digest_of, held_plain, read_manifest
from wire.types import AgentType
from worker_room import CODEC, SpeakingAgent, Spoken, WorkerRoom

PROPERTIES = b"propshsh"
HELD = b"heldhash"
OTHER = b"otherhsh"
SERVERS: list[dict[str, Any]] = [{"name": "a", "host": "a.example", "port": 7443, "priority": 1}]
MORE: list[dict[str, Any]] = [*SERVERS, {"name": "b", "host": "b.example", "port": 7443, "priority": 2}]


class Speaker:
    """An agent that has reported its properties; ``idle`` is its next call-in."""

    def __init__(self, agent: SpeakingAgent) -> None:
        self.agent = agent
        self.number = 1
        agent.say(agent.full_properties(1, {}, PROPERTIES + NO_LISTS))

    def idle(self, lists_hash: bytes = NO_LISTS, held: Held | None = None) -> Spoken:
        return self.say({"held": held_plain(held)} if held else {}, lists_hash)

    def say(self, content: dict[str, Any], lists_hash: bytes = NO_LISTS) -> Spoken:
        self.number += 1
        package = self.agent.package(AgentType.PROPS_VERSION, content, self.number, PROPERTIES + lists_hash)
        return self.agent.say(package)


@pytest.fixture
def speaker(allowed: SpeakingAgent) -> Speaker:
    return Speaker(allowed)


def manifest_in(spoken: Spoken) -> Manifest:
    return read_manifest(spoken.content["manifest"])


def holding(manifest: Manifest) -> Held:
    return Held(manifest.version, {each.id: each.version for each in manifest.items})


def test_where_nothing_is_assigned_an_idle_answer_grows_by_no_byte(speaker: Speaker) -> None:
    assert speaker.idle().content == {}
    assert speaker.idle(HELD).content == {}


def test_an_agent_that_holds_nothing_gets_everything_with_its_contents(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))

    told = speaker.idle()

    manifest = manifest_in(told)
    (item,) = manifest.items
    (content,) = told.content["contents"]
    assert (item.kind, item.version, item.digest) == ("servers", 1, digest_of(content))
    assert CODEC.decode(content) == {"servers": SERVERS}
    assert manifest.version == (1, max(event.position for event in room.events("ServerList.Adopted")))


def test_what_the_agent_says_it_holds_is_not_sent_again(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))
    manifest = manifest_in(speaker.idle())

    confirmed = speaker.idle(HELD, holding(manifest))
    later = speaker.idle(HELD)

    assert (confirmed.content, later.content) == ({}, {})


def test_only_what_changed_travels_in_the_answer_to_the_next_call_in(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))
    room.order(SetRepositoryList([]))
    speaker.idle(HELD, holding(manifest_in(speaker.idle())))

    room.order(SetServerList(MORE))
    told = speaker.idle(HELD)

    assert [each.kind for each in manifest_in(told).items] == ["servers", "repositories"]
    assert [CODEC.decode(each) for each in told.content["contents"]] == [{"servers": MORE}]


def test_the_next_worker_knows_what_an_agent_said_to_the_one_before(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))
    speaker.idle(HELD, holding(manifest_in(speaker.idle())))
    room.shift = room.new_shift("worker-1")

    idle = speaker.idle(HELD)
    room.order(SetServerList(MORE))
    told = speaker.idle(HELD)

    assert idle.content == {}
    assert len(told.content["contents"]) == 1


def test_an_agent_that_goes_on_after_it_lost_everything_gets_what_it_once_had(
    room: WorkerRoom, speaker: Speaker
) -> None:
    room.order(SetServerList(SERVERS))
    manifest = manifest_in(speaker.idle())
    speaker.idle(HELD, Held((0, 0), {each.id: each.version for each in manifest.items}))

    assert len(speaker.idle(NO_LISTS).content["contents"]) == 1


def test_an_agent_that_names_another_hash_without_a_word_is_asked(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))
    speaker.idle(HELD, holding(manifest_in(speaker.idle())))

    assert speaker.idle(OTHER).content == {"held": True}


def test_an_agent_that_lost_everything_gets_everything(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))
    speaker.idle(HELD, holding(manifest_in(speaker.idle())))

    assert len(speaker.idle(NO_LISTS).content["contents"]) == 1


def test_a_repeat_is_answered_from_the_present(room: WorkerRoom, allowed: SpeakingAgent) -> None:
    package = allowed.full_properties(1, {}, PROPERTIES + NO_LISTS)
    allowed.say(package)
    room.order(SetServerList(SERVERS))

    assert len(manifest_in(allowed.say(package)).items) == 1


def test_a_statement_that_cannot_be_read_is_refused_for_its_content(room: WorkerRoom, speaker: Speaker) -> None:
    refused = speaker.say({"held": {"items": 7}})

    assert refused.content["reason"] == "malformed"
    assert room.topics()[-1] == "Diary.ContentRefused"


def test_an_agent_that_holds_a_newer_manifest_than_there_is_is_left_alone(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))

    assert speaker.idle(HELD, Held((1, 10**9), {})).content == {}


def test_more_than_fits_into_one_answer_travels_in_several(room: WorkerRoom, speaker: Speaker) -> None:
    contents = [bytes([at]) * (CONTENTS_LIMIT // 2 + 1) for at in range(3)]
    items = [Item(bytes([at]) * 16, "policy", "c", str(at), 1, digest_of(each)) for at, each in enumerate(contents)]
    parts = (Part(5 + at, item, content) for at, (item, content) in enumerate(zip(items, contents, strict=True)))
    known, delivery = known_key(room, speaker), Delivery((1, 7), [Told(7, tuple(parts))])

    got: dict[bytes, int] = {}
    for each, item in zip(contents, items, strict=True):
        told = differences(known, NO_LISTS, delivery)
        assert told["contents"] == [each]
        got[item.id] = 1
        known.holds(NO_LISTS, Held((0, 0), dict(got)))
    known.holds(HELD, Held((1, 7), got))

    assert differences(known, HELD, delivery) == {}


def test_what_was_taken_away_travels_as_a_newer_manifest_without_contents(room: WorkerRoom, speaker: Speaker) -> None:
    kept = Item(b"kept".ljust(16), "policy", "c", "kept", 1, digest_of(b"kept"))
    known = known_key(room, speaker)
    known.holds(HELD, Held((1, 6), {kept.id: 1, b"gone".ljust(16): 1}))

    told = differences(known, HELD, Delivery((1, 9), [Told(9, (Part(5, kept, b"kept"),))]))

    assert read_manifest(told["manifest"]) == Manifest(1, 9, (kept,))
    assert "contents" not in told


def test_of_what_an_agent_names_no_more_is_kept_than_it_is_assigned(room: WorkerRoom, speaker: Speaker) -> None:
    room.order(SetServerList(SERVERS))
    servers = manifest_in(speaker.idle()).items[0].id
    named = {bytes([at]) * 16: 1 for at in range(200)}

    speaker.idle(HELD, Held((0, 0), {**named, servers: 7}))

    assert known_key(room, speaker).held_items == {servers: 7}


def known_key(room: WorkerRoom, speaker: Speaker) -> KnownKey:
    known = room.shift._memory.key(speaker.agent.fingerprint)
    assert known is not None
    return known
