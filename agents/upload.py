"""The undelivered events of one call-in, batch by batch."""

from typing import Any

from agents.member import Member
from agents.packing import event_batch


class Upload:
    """What is there at the first batch goes out; what comes later waits for the next call-in, so that this one ends."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._events: list[bytes] | None = None

    def next_batch(self) -> dict[str, Any]:
        """The next EventUpload; an empty map when nothing is left."""
        if self._events is None:
            self._events = self._member.events.ids()
        content: dict[str, Any] = {}
        while self._events and not content:
            taken, content = event_batch(self._member.codec, self._member.events, self._events)
            self._events = self._events[taken:]
        return content
