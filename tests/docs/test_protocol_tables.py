"""The tables of docs/protocol.md say what the code says."""

import json
from pathlib import Path

import pytest

from agents.deadline import Patience
from agents.outcome import Why
from bin.bootstrap_file import HandlerAddress, write_bootstrap
from bin.key_directory import KeyDirectory
from domain.agent import Status
from exchange_text import fields_of
from frontend.limits import Limits
from handlers import content, registration_request
from tests.docs.document import part, table, text
from wire import certificates, codec, frames, held, key_update, keys, packages
from wire.certificates import ServerKeyCertificate
from wire.headers import AGENT_HEADER_SIZE, SERVER_HEADER_SIZE, AgentHeader, ServerHeader
from wire.refusals import CONTENT_REASONS, UNVERIFIED_REASONS, Reason
from wire.types import ADMINISTRATORS_NAMES, CONTROL, UNSIGNED, AgentType, ServerType


def test_the_agents_types() -> None:
    told = [(int(number), name, kind) for number, name, kind, _ in table("agent types")]

    assert told == [
        (each.value, ADMINISTRATORS_NAMES[each], "control" if each in CONTROL else "numbered") for each in AgentType
    ]


def test_the_agents_types_that_the_server_serves() -> None:
    served = {int(number) for number, _, kind, now in table("agent types") if now == "yes" and kind == "numbered"}

    assert served == set(content.HANDLERS)


def test_every_control_type_is_served() -> None:
    assert {
        int(number) for number, _, kind, now in table("agent types") if kind == "control" and now == "yes"
    } == CONTROL


def test_the_servers_types() -> None:
    told = [(int(number), name, signed) for number, name, signed, _ in table("server types")]

    assert told == [
        (each.value, ADMINISTRATORS_NAMES[each], "no" if each in UNSIGNED else "yes") for each in ServerType
    ]


def test_every_reason_and_whether_it_uses_the_number() -> None:
    def uses(reason: Reason) -> str:
        return "yes" if reason in CONTENT_REASONS else "not sent" if reason in UNVERIFIED_REASONS else "no"

    assert [(reason, told) for reason, told, _ in table("reasons")] == [(each.value, uses(each)) for each in Reason]


def test_an_item_and_the_limits_of_delivery() -> None:
    assert [name for _, name, _, _ in table("item")] == list(held.Item._fields)
    assert [int(value) for _, value in table("delivery limits")] == [
        held.MAX_ITEMS,
        held.MAX_CONTENT,
        held.CONTENTS_LIMIT,
        held.MAX_NAME,
        held.MAX_CONDITIONS,
    ]


def test_the_limits() -> None:
    assert [int(value) for _, value, _ in table("limits")] == [
        frames.FIRST_FRAME_LIMIT,
        frames.FRAME_LIMIT,
        frames.BODY_LIMIT,
        registration_request.BODY_LIMIT,
        codec.MAX_DEPTH,
        codec.MAX_STRING,
        codec.MAX_ITEMS,
        codec.MAX_VALUES,
        registration_request.BODY_VALUES,
        packages.PACKAGE_VALUES,
        packages.MAX_SIGNATURE,
        packages.MAX_CERTIFICATES,
        packages.MAX_KEY_UPDATE,
        content.MAX_EVENTS,
        content.MAX_EVENT_TYPE,
        registration_request.MAX_TEXT,
        registration_request.MAX_LIST,
    ]


@pytest.mark.parametrize(
    ("name", "header", "size"),
    [("agent header", AgentHeader, AGENT_HEADER_SIZE), ("server header", ServerHeader, SERVER_HEADER_SIZE)],
)
def test_where_the_fields_of_the_headers_stand(
    name: str, header: type[AgentHeader] | type[ServerHeader], size: int
) -> None:
    told = [(field, int(offset), int(length)) for offset, length, field, _ in table(name)]

    assert told == [tuple(field) for field in fields_of(header)]
    assert sum(length for _, _, length in told) == size


def test_the_contexts_of_the_signatures() -> None:
    contexts = (packages._AGENT_CONTEXT, packages._SERVER_CONTEXT, certificates._CONTEXT, key_update._CONTEXT)

    assert [f'"{context.decode()}"'.replace("\n", "\\n") in text() for context in contexts] == [True] * 4
    assert [len(context) for context in contexts] == [23, 24, 32, 26]


def test_the_fields_of_a_certificate() -> None:
    assert [field for _, field, _, _ in table("certificate")] == list(ServerKeyCertificate._fields)


def test_the_algorithms_and_the_beginnings_of_their_keys() -> None:
    rows = table("algorithms")

    for name, size, beginning, _ in rows:
        der = keys.public_der(keys.generate_key(name).public_key())
        assert keys.load_public_key(der).algorithm == name
        assert len(der) == int(size)
        assert der.hex().startswith(beginning)
    assert [name for name, *_ in rows] == [keys.P256, keys.ED25519, keys.RSA2048, keys.RSA1024]


def test_the_fields_of_the_bootstrap_file(tmp_path: Path) -> None:
    directory = KeyDirectory(tmp_path / "keys")
    directory.prepare()

    write_bootstrap(tmp_path / "bootstrap.json", "here", directory, [HandlerAddress("a", "h", 1)])

    written = json.loads((tmp_path / "bootstrap.json").read_text())
    assert [field for field, _, _ in table("bootstrap")] == list(written)
    assert [field for field, _, _ in table("handlers")] == list(written["handlers"][0])


def test_the_words_of_why_and_status() -> None:
    assert [word for word, _ in table("why")] == [str(why) for why in Why]
    assert all(f"`{status.lower()}`" in part("RegistrationResponse") for status in set(Status) - {Status.FORKED})


def test_what_agents_and_servers_wait() -> None:
    limits = Limits()

    assert tuple(float(seconds) for _, seconds, _ in table("patience")) == Patience()
    assert [float(seconds) for _, seconds, _ in table("server deadlines")] == [
        limits.handshake_s,
        limits.first_frame_s,
        limits.midway_s,
        limits.answer_s,
        limits.idle_s,
    ]
    assert f"{limits.bytes_per_s} bytes a second" in text()


def test_when_an_address_is_shut_out() -> None:
    limits = Limits()

    told = [float(value) for _, value in table("shut out")]

    assert told == [limits.bad_tokens, limits.bad_token_every_s, limits.proven_s]


def test_the_sizes_of_an_event_and_a_base() -> None:
    assert f"`id`: bin {content.EVENT_ID_SIZE}," in part("EventUpload")
    assert f"1 to {content.MAX_EVENT_TYPE} characters" in part("EventUpload")
    assert f"`base`: bin {content.BASE_SIZE}," in part("IncProps")


def test_every_type_has_a_part_of_its_own_or_is_reserved() -> None:
    headings = " ".join(line for line in text().splitlines() if line.startswith("### "))
    rows = [*table("agent types"), *table("server types")]

    assert [name for _, name, _, now in rows if name not in headings and "reserved" not in now] == []
