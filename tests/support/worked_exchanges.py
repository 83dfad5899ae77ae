"""The worked exchanges of docs/protocol.md, made by the real code; run as a script it writes them into the document."""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.orders import AllowRegistration, RevokeRegistration, SetServerList
from exchange_text import hex_block, short_exchange, whole_exchange
from fixed_deployment import AGENT_SEED, ROOT_SEED, SERVER_SEED, Asked, Speaker, fixed_room
from wire.held import Held, held_plain, read_manifest
from wire.keys import public_der
from wire.types import AgentType

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
BEGIN = "<!-- worked exchanges: everything down to their end is written by tests/support/worked_exchanges.py -->"
END = "<!-- end of the worked exchanges -->"
HOW_TO_RENEW = "PYTHONPATH=. .venv/bin/python tests/support/worked_exchanges.py"

HOUR_MS = 3_600_000
NO_LISTS = bytes(8)
FIRST = bytes.fromhex("a1b2c3d4e5f60718")
SECOND = bytes.fromhex("0f1e2d3c4b5a6978")
"""Hashes of two property sets: the agent's own choice, the server only compares them."""

LISTS = bytes.fromhex("5e4d3c2b1a098877")
"""Hash of what is held, likewise."""
_SERVERS: list[dict[str, Any]] = [{"name": "site-a", "host": "muster.example.org", "port": 7443, "priority": 1}]

_CLAIMS = {
    "algorithms": ["ed25519"],
    "name": "pc-1",
    "domain": "example.org",
    "os": "Debian GNU/Linux 12",
    "user": "olga",
    "addresses": ["192.0.2.7"],
    "resource_keys": {"machine_uuid": "6f0c6a4e-0f3c-4c55-9a34-0d9f6f1a2b3c"},
}
_PROPERTIES: dict[str, Any] = {"os": {"name": "Debian", "version": "12"}, "memory": {"total_bytes": 8589934592}}
_CHANGES = {"why": "interval", "base": FIRST, "set": {"memory": {"total_bytes": 17179869184}}, "gone": []}
_EVENT = {"id": bytes(range(16)), "type": "ServiceFailed", "time": 1767232800000, "data": {"service": "cron"}}


class Exchanges(NamedTuple):
    """All that is in the document, in the order in which it was said."""

    fingerprint: bytes
    registration: Asked
    hello: Asked
    full: Asked
    idle: Asked
    changed: Asked
    events: Asked
    assigned: Asked
    held: Asked
    refused: Asked


def exchanges(directory: Path) -> Exchanges:
    """One agent's life, from its first request to its revocation."""
    room = fixed_room(directory)
    speaker = Speaker(room)
    fingerprint = speaker.public.fingerprint
    try:
        request = {"key": speaker.public.der, **_CLAIMS}
        nonces = iter(bytes(range(at, at + 16)) for at in range(0, 256, 16))
        registration = speaker.connected(next(nonces)).ask(AgentType.REGISTRATION_REQUEST, request, 0, bytes(16))
        room.order(AllowRegistration(fingerprint, "known machine"))
        room.clock.forward(HOUR_MS)
        first = speaker.connected(next(nonces))
        hello = first.ask(AgentType.HELLO, {"size": 9000}, 0, FIRST + NO_LISTS)
        full = first.ask(AgentType.FULL_PROPS, {"why": "start", "properties": _PROPERTIES}, 1, FIRST + NO_LISTS)
        room.clock.forward(HOUR_MS)
        called_in = speaker.connected(next(nonces)).ask(AgentType.PROPS_VERSION, {}, 2, FIRST + NO_LISTS)
        room.clock.forward(HOUR_MS)
        later = speaker.connected(next(nonces))
        changed = later.ask(AgentType.INC_PROPS, _CHANGES, 3, SECOND + NO_LISTS)
        events = later.ask(AgentType.EVENT_UPLOAD, {"events": [_EVENT]}, 4, SECOND + NO_LISTS)
        room.order(SetServerList(_SERVERS))
        room.clock.forward(HOUR_MS)
        told = speaker.connected(next(nonces))
        assigned = told.ask(AgentType.PROPS_VERSION, {}, 5, SECOND + NO_LISTS)
        manifest = read_manifest(assigned.answer.content["manifest"])
        statement = Held(manifest.version, {each.id: each.version for each in manifest.items})
        held = told.ask(AgentType.PROPS_VERSION, {"held": held_plain(statement)}, 6, SECOND + LISTS)
        room.order(RevokeRegistration(fingerprint, "stolen"))
        room.clock.forward(HOUR_MS)
        refused = speaker.connected(next(nonces)).ask(AgentType.PROPS_VERSION, {}, 7, SECOND + LISTS)
    finally:
        room.close()
    return Exchanges(fingerprint, registration, hello, full, called_in, changed, events, assigned, held, refused)


def section(said: Exchanges) -> str:
    """The generated part of the document."""
    return "\n".join(
        [
            "### Keys\n",
            _keys(said.fingerprint),
            "### Exchange 1: registration, answered Pending, with the server key's certificate\n",
            whole_exchange(said.registration, said.fingerprint),
            "### Between: allowed, then the first properties\n",
            "An operator allows the agent. On its next connection it says `Hello`, though no large body follows.\n",
            short_exchange(said.hello),
            short_exchange(said.full),
            "### Exchange 2: an idle call-in\n",
            whole_exchange(said.idle, said.fingerprint),
            "### Between: a change and an event\n",
            short_exchange(said.changed),
            short_exchange(said.events),
            "### Between: a server list is assigned\n",
            short_exchange(said.assigned),
            "The agent stores it, and says so in the same session.\n",
            short_exchange(said.held),
            "### Exchange 3: a call-in refused because the agent was revoked\n",
            whole_exchange(said.refused, said.fingerprint),
        ]
    )


def _keys(fingerprint: bytes) -> str:
    parts = []
    for who, seed in (("Root key", ROOT_SEED), ("Server key, version 1", SERVER_SEED), ("Agent key", AGENT_SEED)):
        key = Ed25519PrivateKey.from_private_bytes(seed)
        parts += [hex_block(f"{who}, seed", seed), hex_block(f"{who}, public", public_der(key.public_key()), "DER")]
    return "\n".join([*parts, hex_block("Agent key, fingerprint", fingerprint, "SHA-256 of the DER above")])


def between_markers(document: str) -> str:
    """What stands in ``document`` where the exchanges belong."""
    return document.split(BEGIN + "\n", 1)[1].split(END, 1)[0]


def renewed(document: str, text: str) -> str:
    """``document`` with ``text`` in that place."""
    before, rest = document.split(BEGIN + "\n", 1)
    return before + BEGIN + "\n" + text + END + rest.split(END, 1)[1]


def main() -> None:
    """Write the exchanges anew."""
    with tempfile.TemporaryDirectory() as directory:
        text = section(exchanges(Path(directory)))
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(), "\n" + text + "\n"))


if __name__ == "__main__":
    main()
