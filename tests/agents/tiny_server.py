"""A server small enough to be read at once: it judges and signs as the protocol says, and fails when told to."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from wire import keys
from wire.certificates import ServerKeyCertificate, certify
from wire.codec import Codec
from wire.headers import VERSION, AgentHeader, ServerHeader
from wire.held import NO_LISTS, NOTHING, Held, Item, Manifest, contents_that_fit, digest_of, manifest_plain, read_held
from wire.keys import PublicKey, load_public_key, public_der
from wire.msgspec_codec import MsgspecCodec
from wire.packages import (
    AgentPackage,
    agent_signed_bytes,
    decode_body,
    encode_body,
    encode_server_package,
    encode_unsigned,
    server_signed_bytes,
)
from wire.types import CONTROL, AgentType, ServerType

NOON_MS = 1_800_000_000_000
UNTIL_MS = NOON_MS + 10**11


@dataclass
class KnownAgent:
    """What the server holds of one key."""

    key: PublicKey
    agent_id: bytes
    status: str = "allowed"
    diary: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    accepted: bytes = b""
    properties: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    lists_hash: bytes = NO_LISTS
    held: Held = Held(NOTHING, {})  # noqa: RUF009
    statements: list[Held] = field(default_factory=list)

    @property
    def next_number(self) -> int:
        """Of the diary."""
        return len(self.diary) + 1


_ABOUT_STATE = (AgentType.PROPS_VERSION, AgentType.INC_PROPS, AgentType.FULL_PROPS)
Verdict = tuple[ServerType, dict[str, Any]]


class TinyServer:
    """Answers packages. ``status_of_new`` decides first requests; ``content_refusal`` may refuse one."""

    def __init__(self, codec: Codec | None = None) -> None:
        self.codec = codec or MsgspecCodec()
        self.root = keys.generate_key(keys.ED25519)
        self.key = keys.generate_key(keys.ED25519)
        self.now_ms = NOON_MS
        self.status_of_new = "allowed"
        self.interval_s = 60
        self.retry_after_s: int | None = None
        self.known: dict[bytes, KnownAgent] = {}
        self.seen: list[AgentHeader] = []
        self.used = "fork"  # what another body under a number is refused with
        self.always_used = False
        self.manifest: Manifest | None = None
        self.contents: dict[bytes, bytes] = {}
        self.besides: dict[str, Any] = {}  # what every PropsResponse about a package says besides
        self.content_refusal: Callable[[AgentHeader], str] = lambda header: ""
        der = public_der(self.key.public_key())
        statement = ServerKeyCertificate(der, keys.ED25519, "server", UNTIL_MS, 1, 1)
        self.certificate = certify(self.codec, statement, lambda message: keys.sign(self.root, message))

    @property
    def root_key(self) -> PublicKey:
        """Public half of the deployment's root key."""
        return load_public_key(public_der(self.root.public_key()))

    def assign(self, position: int, *items: Item, contents: Sequence[bytes] = ()) -> None:
        """Everything that is assigned to every agent from now on."""
        self.manifest = Manifest(1, position, items)
        self.contents |= {digest_of(each): each for each in contents}

    @property
    def only(self) -> KnownAgent:
        """The one agent that has registered."""
        (agent,) = self.known.values()
        return agent

    @property
    def types(self) -> list[AgentType]:
        """Of all packages that arrived, in order."""
        return [AgentType(header.type) for header in self.seen]

    @property
    def numbers(self) -> list[int]:
        """Of all numbered packages that arrived, in order."""
        return [header.number for header in self.seen if header.type not in CONTROL]

    def answer(self, nonce: bytes, package: AgentPackage) -> tuple[bytes, bool]:
        """The frame payload that answers ``package`` and whether it lifts the frame limit."""
        header = AgentHeader.unpack(package.header)
        self.seen.append(header)
        content = decode_body(self.codec, header.flags, package.body)
        if header.type == AgentType.REGISTRATION_REQUEST:
            self._register(header, content)
        agent = self.known.get(header.fingerprint)
        if agent is None:
            return encode_unsigned(self.codec, ServerType.UNKNOWN_KEY, {}), False
        signed = agent_signed_bytes(nonce, package.header, package.body)
        agent.key.verify(package.signature, signed)
        kind, reply = self._judge(agent, header, package.body, content)
        accepted = agent.status == "allowed"
        return self.signed(agent, signed, kind, reply, held=header.server_key_version), accepted

    def signed(
        self,
        agent: KnownAgent,
        answered: bytes,
        kind: ServerType,
        content: dict[str, Any],
        *,
        held: int = 0,
        recipient: bytes = b"",
        next_number: int = 0,
    ) -> bytes:
        """A signed package; by default the true one."""
        flags, body = encode_body(self.codec, content)
        header = ServerHeader(kind, flags, VERSION, 1, next_number or agent.next_number, self.now_ms, 1).pack()
        digest = hashlib.sha256(answered).digest()
        signature = keys.sign(self.key, server_signed_bytes(recipient or agent.key.fingerprint, digest, header, body))
        missing = [list(self.certificate)] if held < 1 else None
        return encode_server_package(self.codec, header, body, signature, missing)

    def _register(self, header: AgentHeader, content: dict[str, Any]) -> None:
        if header.fingerprint not in self.known:
            key = load_public_key(content["key"])
            self.known[header.fingerprint] = KnownAgent(key, uuid4().bytes, self.status_of_new)
        self.known[header.fingerprint].requests.append(content)

    def _judge(self, agent: KnownAgent, header: AgentHeader, body: bytes, content: dict[str, Any]) -> Verdict:
        if header.type == AgentType.REGISTRATION_REQUEST:
            told = {"status": agent.status, "agent_id": agent.agent_id, "interval_s": self.interval_s}
            retry = {"retry_after_s": self.retry_after_s} if self.retry_after_s else {}
            return ServerType.REGISTRATION_RESPONSE, {**told, **retry}
        if agent.status != "allowed":
            return _denied(agent.status)
        if header.type == AgentType.HELLO:
            return ServerType.PROPS_RESPONSE, {}
        if self.always_used:
            return _denied(self.used)
        if header.number > agent.next_number:
            return _denied("gap")
        entry = (header.type, header.state_hash, body)
        if header.number < agent.next_number:
            if agent.diary[header.number - 1] != entry:
                return _denied(self.used)
            if reason := self.content_refusal(header):
                return _denied(reason)
        else:
            agent.diary.append(entry)
            if reason := self.content_refusal(header):
                return _denied(reason)
            self._take(agent, header, content)
        asked = {"full": True} if agent.accepted != header.properties_hash else {}
        present: dict[str, Any] = {**asked, **self.besides}
        return ServerType.PROPS_RESPONSE, present | (self._lists(agent, header) if header.type in _ABOUT_STATE else {})

    def _lists(self, agent: KnownAgent, header: AgentHeader) -> dict[str, Any]:
        if self.manifest is None:
            return {}
        if header.lists_hash not in (NO_LISTS, agent.lists_hash):
            return {"held": True}
        held = agent.held if header.lists_hash == agent.lists_hash else Held(NOTHING, {})
        if held.version == self.manifest.version:
            return {}
        lacking = [each.digest for each in self.manifest.items if held.items.get(each.id) != each.version]
        contents = contents_that_fit([self.contents[each] for each in lacking if each in self.contents])
        return {"manifest": manifest_plain(self.manifest), "contents": contents}

    def _take(self, agent: KnownAgent, header: AgentHeader, content: dict[str, Any]) -> None:
        if "why" in content or header.type == AgentType.PROPS_VERSION:
            agent.whys.append(content.get("why", "interval"))
        if "held" in content:
            agent.lists_hash, agent.held = header.lists_hash, read_held(content["held"])
            agent.statements.append(agent.held)
        if header.type == AgentType.FULL_PROPS:
            agent.accepted, agent.properties = header.properties_hash, content["properties"]
        elif header.type == AgentType.INC_PROPS and content["base"] == agent.accepted:
            kept = {key: value for key, value in agent.properties.items() if key not in content["gone"]}
            agent.accepted, agent.properties = header.properties_hash, {**kept, **content["set"]}
        elif header.type == AgentType.EVENT_UPLOAD:
            agent.events += content["events"]


def _denied(reason: str) -> Verdict:
    return ServerType.ACCESS_DENIED, {"reason": reason, "detail": ""}
