"""A key used by two machines: told from an honest agent's package that somebody held back and released later."""

from handlers.batch import Batch
from handlers.known_key import KnownKey
from wire.headers import AgentHeader


def is_fork(header: AgentHeader, known: KnownKey, batch: Batch) -> bool:
    """True when nobody but a second user of the key can have signed this package, which differs from the recorded.

    After a gap refusal an honest agent gives a number that it has signed another body, and whoever carries packages
    may release the first one when he likes. What he releases was signed before its neighbours in the diary, or before
    the package that was refused as a gap: agent times are signed, fresh at each send.
    """
    recorded = _signed_ms(known, header.number, batch)
    if recorded is None or header.agent_time_ms <= recorded or recorded < known.gap_ms:
        return False
    before = _signed_ms(known, header.number - 1, batch)
    return before is None or before <= recorded


def _signed_ms(known: KnownKey, number: int, batch: Batch) -> int | None:
    """The agent time of what stands under a number."""
    kept = batch.entry(known, number) if number > 0 else None
    return None if kept is None else AgentHeader.unpack(kept.header).agent_time_ms
