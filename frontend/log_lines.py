"""The lines administrators search for. Names are the agents' own words: they may not forge a line."""

import logging
import re
from collections.abc import Callable

from wire.types import type_name

PENDING = "pending"
"""How one stands who waits for a decision; the worker's word."""
_LONGEST_NAME = 64
_PLAIN = re.compile(r"[A-Za-z0-9._ -]{0,64}")
# What could be taken for our own punctuation, beside all that does not print.
_OURS = frozenset("\\[]{}")


class LogLines:
    """Writes one line for each package that was answered, and one for each connection closed for cause."""

    def __init__(self, logger: logging.Logger, info: Callable[[str], object] | None = None) -> None:
        """`info` takes the finished lines instead of the logger, which is slower."""
        self._logger = logger
        self._info = info or logger.info
        self._wanted = logger.isEnabledFor(logging.INFO)

    def accepted(self, type_number: int, name: str, agent_id: bytes) -> None:
        """`Received [PropsVersion] from NAME:{GUID}`."""
        if self._wanted:
            self._info(f"Received [{type_name(type_number)}] from {shown(name)}:{{{guid(agent_id)}}}")

    def not_accepted(self, type_number: int, fingerprint: bytes, verdict: str, why: str = "") -> None:
        """`Received [PropsVersion] from unverified:{KEY} refused: why`, KEY the first 16 digits of the fingerprint.

        Whoever waits for a decision was not refused: that is `pending`.
        """
        if self._wanted:
            told = PENDING if why == PENDING else f"{verdict}: {shown(why)}" if why else verdict
            self._info(f"Received [{type_name(type_number)}] from unverified:{{{fingerprint.hex()[:16]}}} {told}")

    def closed(self, address: str, why: str) -> None:
        """`Closed ADDRESS: why`."""
        if self._wanted:
            self._info(f"Closed {address}: {shown(why, 200)}")

    def unreadable_reply(self, why: str) -> None:
        """Somebody on the bus runs another version."""
        self._logger.error("A reply on the bus was not understood and dropped: %s", shown(why, 200))


def guid(agent_id: bytes) -> str:
    """Upper case, dashed, as administrators know it."""
    digits = agent_id.hex().upper()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def shown(text: str, longest: int = _LONGEST_NAME) -> str:
    """The text on one line, with nothing in it that acts on a terminal or looks like the end of a name."""
    if _PLAIN.fullmatch(text):
        return text
    cut = text[:longest]
    escaped = "".join(sign if sign.isprintable() and sign not in _OURS else _escaped(sign) for sign in cut)
    return escaped if len(text) <= longest else escaped + "…"


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
