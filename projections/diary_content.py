"""What a package says: the body of a diary event, decoded once for all projections that look at it."""

from typing import Any

from store.mapper import Recorded
from wire.codec import MalformedBody
from wire.compression import BodyTooLarge
from wire.msgspec_codec import MsgspecCodec
from wire.packages import decode_body
from wire.types import AgentType

_CODEC = MsgspecCodec()
_DECODED = "content"
ORDINARY = "interval"
"""Why an idle call-in happened that does not say it: the smallest body is the most frequent."""


def content(event: Recorded) -> dict[str, Any]:
    """The map in the body; empty when it was erased or is none."""
    personal = event.personal
    if personal is None:
        return {}
    if _DECODED not in personal:
        try:
            personal[_DECODED] = decode_body(_CODEC, event.facts["flags"], personal["body"])
        except (MalformedBody, BodyTooLarge):
            personal[_DECODED] = {}
        if event.facts["type"] == AgentType.PROPS_VERSION:
            personal[_DECODED].setdefault("why", ORDINARY)
    decoded: dict[str, Any] = personal[_DECODED]
    return decoded
