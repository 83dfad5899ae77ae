"""Bearer tokens of operators: 256 random bits with a prefix that secret scanners find; only their hash is stored."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

PREFIX = "muster_"
_SHAPE = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")


class BearerToken(NamedTuple):
    """A token just made: the secret for its owner, the hash for the log."""

    secret: str
    token_hash: bytes


def new_bearer_token(random: Callable[[int], bytes]) -> BearerToken:
    """A token of 32 random bytes."""
    secret = PREFIX + base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode("ascii")
    return BearerToken(secret, hash_of(secret))


def hash_of(secret: str) -> bytes:
    """SHA-256 of the secret; it has 256 bits of chance, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8")).digest()


def looks_like_token(secret: str) -> bool:
    """True when this has the form of a token, so that looking it up makes sense."""
    return _SHAPE.fullmatch(secret) is not None
