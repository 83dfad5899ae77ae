"""A whole worker without threads: founded log, clock by hand, agents that speak through it."""

import itertools
import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from prometheus_client import CollectorRegistry

from bin.founding import found
from bin.key_directory import KeyDirectory
from broker.bus import Delivery
from broker.messages import (
    Answer,
    Answers,
    FrontendAnnounced,
    PackageReceived,
    Packages,
    Reply,
    Verdict,
    decode_reply,
    encode,
)
from broker.seal import seal, unseal
from domain.orders import AllowRegistration, BlockRegistration, Command, Order, Outcome, RevokeRegistration
from founded_files import lay_out
from hand_clock import HandClock
from handlers.answering_key import answering_key
from handlers.content import HANDLERS
from handlers.deployment import AnsweringKey, Deployment
from handlers.derived import Difference
from handlers.metrics import WorkerMetrics
from handlers.records import Records
from handlers.shift import OrderKeys, Shift
from side_tables import differences
from store.keyring import Keyring
from store.mapper import EventMapper, Recorded
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from store.sqlite_side_tables import SqliteSideTables
from store.vault import Vault
from wire import keys
from wire.agent_session import AgentSession, Answered, Event, Outgoing
from wire.headers import AgentHeader
from wire.msgspec_codec import MsgspecCodec
from wire.packages import encode_body
from wire.server_session import PackageArrived, ServerSession
from wire.trust import ServerTrust
from wire.types import AgentType

HANDLER = "handler-1"
CODEC = MsgspecCodec()


class Spoken(NamedTuple):
    """What came of one package: the worker's verdict, and what the agent made of the answer."""

    answer: Answer
    event: Event | None

    @property
    def verdict(self) -> Verdict:
        return self.answer.verdict

    @property
    def content(self) -> dict[str, Any]:
        assert isinstance(self.event, Answered), self.event
        return self.event.content

    @property
    def next_number(self) -> int:
        assert isinstance(self.event, Answered), self.event
        return self.event.next_number


class WorkerRoom:
    """One deployment and the worker's present shift on it."""

    snapshot_every = 1

    def __init__(self, directory: Path, seed: int = 1) -> None:
        self.clock = HandClock()
        self.directory = directory
        self._random = random.Random(seed)
        self.keys = KeyDirectory(directory / "keys")
        if not self.keys.path.exists():
            lay_out(directory, self.clock.now_ms)
        self.keys.prepare()
        self.log, self.leases = self._stores()
        self.order_keys = OrderKeys(self.keys.secret("order"), self.keys.secret("reply"))
        self.records = self.new_records()
        found(self.keys, self.records, self.leases, self._deployment(None), directory / "admin-token")
        self.deployment = self._deployment(answering_key(self.records))
        self.handlers = dict(HANDLERS)
        self.shift = self.new_shift("worker-1")
        self._tags = itertools.count(1)
        self.told: list[tuple[str, Reply]] = []
        """What frontends were told besides answers, and on which queue; oldest first."""

    def _stores(self) -> tuple[SqliteLog, SqliteLeases]:
        file = self.directory / "log.db"
        return SqliteLog(file, self.clock), SqliteLeases(file, self.clock)

    def _deployment(self, key: AnsweringKey | None) -> Deployment:
        return Deployment(
            key,  # type: ignore[arg-type]
            self.clock,
            self._random.randbytes,
            root=keys.load_public_key(keys.public_der(self.keys.root().public_key())),
            root_sign=lambda message: keys.sign(self.keys.root(), message),
        )

    def new_records(self) -> Records:
        vault = Vault(self.keys.secret("wrapping"), self._random.randbytes)
        return Records(self.log, EventMapper(Keyring(vault, self.log.subject)), self.snapshot_every)

    def new_shift(self, holder: str) -> Shift:
        """A worker that takes over, as after a restart: nothing but the log is remembered."""
        fence = self.leases.acquire("worker", holder)
        assert fence is not None, "another worker holds the lease"
        self.registry = CollectorRegistry()
        metrics = WorkerMetrics(self.registry)
        return Shift(self.deployment, self.new_records(), fence, self.order_keys, metrics, self.handlers)

    def delivery(self, packages: Sequence[PackageReceived], handler: str = HANDLER, deliveries: int = 1) -> Delivery:
        body = encode(Packages(list(packages)))
        return Delivery("commands", body, handler, f"muster.reply.{handler}.x", "", deliveries, next(self._tags))

    def handle(self, deliveries: Sequence[Delivery]) -> list[Answer]:
        answers: list[Answer] = []
        for message in self.shift.handle(deliveries):
            reply = decode_reply(message.body)
            if isinstance(reply, Answers):
                answers += reply.answers
            else:
                self.told.append((message.address, reply))
        return answers

    def announce(self, started_at_ms: int, handler: str = HANDLER, queue: str = "") -> None:
        body = encode(FrontendAnnounced(queue or f"muster.reply.{handler}.x", started_at_ms))
        self.handle([Delivery("commands", body, handler, "", "", 1, next(self._tags))])

    def order(self, command: Command, *, role: str = "admin", operator: str = "olga", **more: Any) -> Outcome:
        command_id = more.pop("command_id", None) or self._random.randbytes(16)
        issued_at_ms = more.pop("issued_at_ms", self.clock.now_ms)
        order = Order(command_id, operator, role, issued_at_ms, command, more.pop("if_match", None))
        return self.give(seal(self.order_keys.order, msgspec.msgpack.encode(order)))

    def orders(self, commands: Iterable[Command]) -> list[Outcome]:
        """An administrator's orders, all in one batch."""
        now_ms = self.clock.now_ms
        given = [Order(self._random.randbytes(16), "olga", "admin", now_ms, command) for command in commands]
        return self._give([seal(self.order_keys.order, msgspec.msgpack.encode(each)) for each in given])

    def give(self, sealed: bytes) -> Outcome:
        """Hand over a sealed order as it is."""
        return self._give([sealed])[0]

    def _give(self, sealed: Sequence[bytes]) -> list[Outcome]:
        address = ("console", "muster.console.x", "c", 1)
        messages = self.shift.handle([Delivery("orders", each, *address, next(self._tags)) for each in sealed])
        self.told += [(each.address, decode_reply(each.body)) for each in messages[len(sealed) :]]
        replies = (unseal(self.order_keys.reply, each.body) for each in messages[: len(sealed)])
        return [msgspec.msgpack.decode(each, type=Outcome) for each in replies]

    def events(self, topic: str | None = None) -> list[Recorded]:
        """Everything in the log, decoded, oldest first."""
        mapper = self.new_records().mapper
        found = [mapper.decode(row) for row in self.log.read(0, 100_000)]
        return [each for each in found if topic in (None, each.topic)]

    def topics(self) -> list[str]:
        return [each.topic for each in self.events()]

    def side_table_differences(self) -> list[Difference]:
        """Where the side tables do not say what the log says."""
        with closing(SqliteSideTables(self.directory / "log.db", self.clock)) as tables:
            return differences(self.log, self.new_records().mapper, tables, self.deployment.shared_keys)

    def close(self) -> None:
        self.log.close()
        self.leases.close()


class SpeakingAgent:
    """An agent as the wire knows it: key, trust, clock; says what the test tells it to."""

    def __init__(self, room: WorkerRoom, name: str = "pc-1", algorithm: str = keys.P256, seed: int = 7) -> None:
        self.room = room
        self.name = name
        self.private = keys.generate_key(algorithm)
        self.public = keys.load_public_key(keys.public_der(self.private.public_key()))
        root = keys.load_public_key(keys.public_der(room.keys.root().public_key()))
        self.trust = ServerTrust(CODEC, root)
        self.clock = HandClock(room.clock.now_ms)
        self._random = random.Random(seed)

    @property
    def fingerprint(self) -> bytes:
        return self.public.fingerprint

    def registration(self, **claims: Any) -> Outgoing:
        content = {
            "key": self.public.der,
            "algorithms": ["p256", "ed25519"],
            "name": self.name,
            "domain": "example.org",
            "os": "Debian 12",
            "user": "root",
            "addresses": ["192.0.2.7"],
            "resource_keys": {"machine_uuid": self.name},
        }
        return self.package(AgentType.REGISTRATION_REQUEST, content | claims, 0)

    def call_in(self, number: int, state_hash: bytes = bytes(16), why: str = "interval") -> Outgoing:
        return self.package(AgentType.PROPS_VERSION, {"why": why}, number, state_hash)

    def full_properties(self, number: int, properties: dict[str, Any], state_hash: bytes) -> Outgoing:
        content = {"why": "start", "properties": properties}
        return self.package(AgentType.FULL_PROPS, content, number, state_hash)

    def package(self, kind: int, content: dict[str, Any], number: int, state_hash: bytes = bytes(16)) -> Outgoing:
        flags, body = encode_body(CODEC, content)
        return Outgoing(int(kind), flags, body, number, state_hash)

    def say(self, package: Outgoing) -> Spoken:
        """One package in a session of its own, through the worker alone in its batch."""
        session, received = self.bound(package)
        (answer,) = self.room.handle([self.room.delivery([received])])
        return Spoken(answer, heard(session, answer))

    def bound(self, package: Outgoing, connection: int = 1) -> tuple[AgentSession, PackageReceived]:
        """The package signed for a new session, as a frontend would forward it."""
        server = ServerSession(CODEC, self._random.randbytes(16))
        session = AgentSession(
            CODEC, self.trust, self.fingerprint, lambda message: keys.sign(self.private, message), self.clock
        )
        session.receive(server.welcome(self.room.clock.now_ms))
        (arrived,) = server.receive(_unlimited(server, session.send(package)))
        assert isinstance(arrived, PackageArrived)
        sent = arrived.package
        received = PackageReceived(
            connection,
            server.offered,
            server.nonce,
            sent.header,
            sent.body,
            sent.signature,
            "192.0.2.7",
            self.room.clock.now_ms,
        )
        return session, received

    def enrol(self) -> None:
        """Register and be allowed by an operator."""
        self.say(self.registration())
        outcome = self.room.order(AllowRegistration(self.fingerprint, "known machine"))
        assert outcome.outcome == "done", outcome

    def be_allowed(self) -> Outcome:
        return self.room.order(AllowRegistration(self.fingerprint, "known machine"))

    def be_blocked(self) -> Outcome:
        return self.room.order(BlockRegistration(self.fingerprint, "unknown machine"))

    def be_revoked(self) -> Outcome:
        return self.room.order(RevokeRegistration(self.fingerprint, "stolen"))


def heard(session: AgentSession, answer: Answer) -> Event | None:
    """What the agent makes of the worker's answer; None when there was nothing to send."""
    if not answer.package:
        return None
    (event,) = session.receive(len(answer.package).to_bytes(4, "big") + answer.package)
    return event


def forged(received: PackageReceived, **changes: Any) -> PackageReceived:
    """The package with other bytes than were signed."""
    return msgspec.structs.replace(received, **changes)


def with_header(received: PackageReceived, **changes: Any) -> PackageReceived:
    """The package with a header that says something else than what was signed."""
    return forged(received, header=AgentHeader.unpack(received.header)._replace(**changes).pack())


def _unlimited(server: ServerSession, data: bytes) -> bytes:
    server._frames.limit = 2 * 1024 * 1024
    return data
