"""A deployment and an agent of which everything is fixed: keys, times, nonces, ids. The same bytes at every run."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.codec import MsgpackCodec
from bin.founding import SEALED_NAME
from bin.key_directory import KeyDirectory, write_private
from broker.messages import PackageReceived
from hand_clock import HandClock
from store.sqlite_log import SqliteLog
from store.vault import Vault
from wire import keys
from wire.agent_session import AgentSession, Answered, Outgoing
from wire.frames import to_frame
from wire.packages import agent_signed_bytes, encode_body
from wire.private_keys import private_pem
from wire.server_session import PackageArrived, ServerSession
from wire.trust import ServerTrust
from wire.types import AgentType
from worker_room import WorkerRoom

ROOT_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
SERVER_SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
AGENT_SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
"""The secret keys of tests 1, 2 and 3 of RFC 8032, section 7.1."""

AGENT_BEHIND_MS = 1_234
"""The agent's clock is not the server's."""

_AGENT_ID = bytes(range(0x60, 0x70))


class Asked(NamedTuple):
    """One package and its answer, as bytes: ``signed`` and ``answer_signed`` are what was signed."""

    nonce: bytes
    welcome: bytes
    content: dict[str, Any]
    frame: bytes
    signed: bytes
    answer_frame: bytes
    answer: Answered


def fixed_room(directory: Path) -> WorkerRoom:
    """A worker whose root key, server key and agent ids are fixed."""
    key_directory = KeyDirectory(directory / "keys")
    key_directory.path.mkdir()
    write_private(key_directory.path / "root.key", private_pem(Ed25519PrivateKey.from_private_bytes(ROOT_SEED)))
    key_directory.prepare()
    _seal_server_key(key_directory, directory / "log.db")
    room = WorkerRoom(directory)
    room.deployment = room.deployment._replace(random=lambda size: _AGENT_ID[:size])
    room.shift = room.new_shift("worker-1")
    return room


def _seal_server_key(key_directory: KeyDirectory, log_file: Path) -> None:
    # A founding that was cut short left it behind: the next one uses it.
    vault = Vault(key_directory.secret("wrapping"), os.urandom)
    log = SqliteLog(log_file, HandClock())
    pem = private_pem(Ed25519PrivateKey.from_private_bytes(SERVER_SEED))
    log.put_sealed_key(SEALED_NAME, vault.seal(SEALED_NAME, pem))
    log.close()


class Speaker:
    """The agent of the worked exchanges: the reference agent's codec, session and trust, driven by hand."""

    def __init__(self, room: WorkerRoom) -> None:
        self._room = room
        self._codec = MsgpackCodec()
        self._private = Ed25519PrivateKey.from_private_bytes(AGENT_SEED)
        self.public = keys.load_public_key(keys.public_der(self._private.public_key()))
        root = keys.load_public_key(keys.public_der(room.keys.root().public_key()))
        self.trust = ServerTrust(self._codec, root)

    def connected(self, nonce: bytes) -> "Conversation":
        """A new connection; the server speaks first."""
        server = ServerSession(self._codec, nonce)
        agent = AgentSession(
            self._codec, self.trust, self.public.fingerprint, self._private.sign, lambda: self._clock_ms()
        )
        welcome = server.welcome(self._room.clock.now_ms)
        agent.receive(welcome)
        return Conversation(self._room, self._codec, server, agent, welcome)

    def _clock_ms(self) -> int:
        return self._room.clock.now_ms - AGENT_BEHIND_MS


class Conversation:
    """One connection."""

    def __init__(
        self, room: WorkerRoom, codec: MsgpackCodec, server: ServerSession, agent: AgentSession, welcome: bytes
    ) -> None:
        self._room = room
        self._codec = codec
        self._server = server
        self._agent = agent
        self._welcome = welcome

    def ask(self, kind: AgentType, content: dict[str, Any], number: int, state_hash: bytes) -> Asked:
        """Send a package through session, worker and session; what the agent's side verified is returned."""
        flags, body = encode_body(self._codec, content)
        frame = self._agent.send(Outgoing(kind, flags, body, number, state_hash))
        (arrived,) = self._server.receive(frame)
        assert isinstance(arrived, PackageArrived), arrived
        sent = arrived.package
        received = PackageReceived(
            1, self._server.offered, self._server.nonce, *sent, "192.0.2.7", self._room.clock.now_ms
        )
        (answer,) = self._room.handle([self._room.delivery([received])])
        (event,) = self._agent.receive(to_frame(answer.package))
        assert isinstance(event, Answered), event
        answer_frame = self._server.answer(answer.package, accepted=answer.verdict == 1)
        signed = agent_signed_bytes(self._server.nonce, sent.header, sent.body)
        return Asked(self._server.nonce, self._welcome, content, frame, signed, answer_frame, event)
