"""What agents said last that they hold, as their diaries say."""

from typing import Any

from domain import diary
from domain.diary import Decision
from handlers.content import TELL_WHAT_IS_HELD
from handlers.derived import Derived
from store.mapper import Recorded
from store.side_tables import HELD, Key, Rest
from wire.codec import MalformedBody
from wire.compression import BodyTooLarge
from wire.held import read_held
from wire.msgspec_codec import MsgspecCodec
from wire.packages import decode_body

_codec = MsgspecCodec()


class DerivedHeld(Derived):
    """A body that was erased tells nothing: the row of its key stays as it is."""

    table = HELD
    topics = diary.TOPICS
    personal = True

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[Key, Rest] = {}
        self._erased: set[Key] = set()

    def take(self, event: Recorded) -> None:
        """A package; few say what the agent holds."""
        facts, key = event.facts, (event.meta.subject_id,)
        if facts["type"] not in TELL_WHAT_IS_HELD or facts["decision"] == Decision.UNPROCESSABLE:
            return
        if event.personal is None:
            self._erased.add(key)
            return
        held = _said(facts["flags"], event.personal["body"])
        if held is not None:
            self._rows[key] = (facts["state_hash"][8:], *held.version)
            self.touched.add(key)

    def expected(self) -> dict[Key, Rest]:
        """Each key whose agent ever said it."""
        return {key: rest for key, rest in self._rows.items() if key not in self._erased}

    def may_stay(self, key: Key) -> bool:
        """What an erased body said, nobody can tell any more."""
        return key in self._erased


def _said(flags: int, body: bytes) -> Any:
    """As the worker reads it: also in a package that is refused for something else in it."""
    try:
        content = decode_body(_codec, flags, body)
        return read_held(content["held"]) if "held" in content else None
    except (MalformedBody, BodyTooLarge):
        return None
