"""When an agent is asked to call in next, if it matters to the server."""

from collections.abc import Mapping
from typing import Any

from handlers.batch import Batch
from handlers.known_key import KnownKey
from wire.codec import MalformedBody
from wire.msgspec_codec import MsgspecCodec

_codec = MsgspecCodec()
_SETTINGS = "agent"
"""The category of the agent's own settings: its schema says what is in there."""
_WEEK_S = 7 * 24 * 3600
"""No longer interval is believed."""


def slot(known: KnownKey, said: Mapping[str, Any], batch: Batch) -> dict[str, int]:
    """What an answer says of it: ``slot``, whole seconds from now; nothing when few call in.

    Whoever was started, woken or cut off was so together with others; an interval is over for each alone.
    """
    if (rhythm := said.get("rhythm")) is not None:
        known.interval_s = min(rhythm["interval_s"], _WEEK_S)
    interval_s = known.interval_s = known.interval_s or _assigned_interval_s(known, batch)
    now_s = batch.now_ms // 1000
    together = said.get("why", "interval") != "interval"
    chosen = batch.memory.slots.name(now_s, interval_s, together=together, instead_of=known.slot_s)
    known.slot_s = chosen or 0
    return {"slot": chosen - now_s} if chosen else {}


def _assigned_interval_s(known: KnownKey, batch: Batch) -> int:
    """Of an agent that did not say its interval to this worker: what the first policy for its settings says.

    A guess where locations choose the policy, or the machine's owner did. A slot that does not fit is not taken.
    """
    desired = batch.memory.desired
    for part in desired.told(known.agent_id, desired.place(known.agent_id)).parts:
        if part.item.category == _SETTINGS:
            try:
                settings = _codec.decode(part.content)
            except MalformedBody:
                break
            return int(settings.get("interval_s", batch.deployment.interval_s))
    return batch.deployment.interval_s
