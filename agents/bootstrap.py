"""The bootstrap file: what a new agent knows of its deployment, and the only thing it believes without proof."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from cryptography import x509

from agents.ticket import UnusableTicket, read_ticket
from wire.authorities import Pair
from wire.keys import ED25519, PublicKey, UnusableKey, load_public_key

T = TypeVar("T")


class BadBootstrap(Exception):
    """The bootstrap file is not usable; the message names the field."""


class Handler(NamedTuple):
    """Where an agent handler listens; a lower ``priority`` is tried first."""

    name: str
    host: str
    port: int
    priority: int


class Bootstrap(NamedTuple):
    """The deployment: its name, its root key, its certificate authorities (PEM), its handlers.

    ``ca_set``: the same authorities as the root key signed them, once a set was published; not verified here.
    """

    deployment: str
    root: PublicKey
    ca: list[str]
    handlers: list[Handler]
    ticket: bytes = b""
    ca_set: Pair | None = None


def read_bootstrap(text: str) -> Bootstrap:
    """Read a bootstrap file; unknown fields are ignored. Raise BadBootstrap naming what is wrong."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadBootstrap(f"the bootstrap file is not JSON: {error}") from error
    if not isinstance(plain, dict):
        raise BadBootstrap("the bootstrap file is not a JSON object")
    return Bootstrap(
        _field(plain, "deployment", _text),
        _field(plain, "root_key", _root_key),
        _field(plain, "ca", _authorities),
        _field(plain, "handlers", _handlers),
        _field(plain, "ticket", _ticket) if "ticket" in plain else b"",
        _field(plain, "ca_set", _ca_set) if "ca_set" in plain else None,
    )


def _field(plain: dict[str, Any], name: str, read: Callable[[Any], T]) -> T:
    if name not in plain:
        raise BadBootstrap(f"{name}: missing")
    try:
        return read(plain[name])
    except (ValueError, TypeError, UnusableKey, UnusableTicket) as error:
        raise BadBootstrap(f"{name}: {error}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a non-empty text is needed")
    return value


def _ticket(value: Any) -> bytes:
    return read_ticket(_text(value), "ticket")


def _root_key(value: Any) -> PublicKey:
    key = load_public_key(_base64(value))
    if key.algorithm != ED25519:
        raise ValueError(f"an Ed25519 key is needed, this is {key.algorithm}")
    return key


def _authorities(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list of PEM certificates is needed")
    for pem in value:
        x509.load_pem_x509_certificate(_text(pem).encode())
    return value


def _ca_set(value: Any) -> Pair:
    if not isinstance(value, dict):
        raise TypeError("an object of statement and signature is needed")
    return _base64(value.get("statement")), _base64(value.get("signature"))


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error


def _handlers(value: Any) -> list[Handler]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list of handlers is needed")
    return [_handler(at, plain) for at, plain in enumerate(value)]


def _handler(at: int, plain: Any) -> Handler:
    if not isinstance(plain, dict):
        raise TypeError(f"handler {at} is not an object")
    for name, kind in (("name", str), ("host", str), ("port", int), ("priority", int)):
        value = plain.get(name)
        if not isinstance(value, kind) or isinstance(value, bool) or value == "":
            raise ValueError(f"handler {at}: {name} is missing or no {kind.__name__}")
    if not 1 <= plain["port"] <= 65535:
        raise ValueError(f"handler {at}: port {plain['port']} is not between 1 and 65535")
    return Handler(plain["name"], plain["host"], plain["port"], plain["priority"])
