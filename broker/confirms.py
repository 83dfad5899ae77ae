"""Which published messages RabbitMQ has taken, refused or returned; no I/O.

pika's Twisted channel keeps one slot for returned messages, so two of them returned before one multiple
acknowledgement would count as taken. Here every message is accounted for by its own number.
"""

from collections.abc import Callable

from broker.bus import NotConfirmed, OutcomeUnknown

Outcome = Callable[[NotConfirmed | None], None]
"""Called once for each message: None when the broker has taken it, else why it has not."""


class Confirms:
    """The publisher confirms of one channel; numbers begin at 1 as in AMQP."""

    def __init__(self) -> None:
        self._last = 0
        self._waiting: dict[int, Outcome] = {}
        self._returned: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def published(self, outcome: Outcome) -> int:
        """The number of the message that is published next."""
        self._last += 1
        self._waiting[self._last] = outcome
        return self._last

    def returned(self, number: int) -> None:
        """No queue wants this message; the acknowledgement that follows means nothing."""
        if number in self._waiting:
            self._returned.add(number)

    def settled(self, number: int, *, multiple: bool, taken: bool) -> None:
        """The broker's ack or nack of this message or, with `multiple`, of all up to it (0: of all)."""
        for each in self._up_to(number) if multiple else [number]:
            outcome = self._waiting.pop(each, None)
            if outcome is not None:
                outcome(self._judged(each, taken))

    def lost(self, reason: str) -> None:
        """The channel is gone: nobody will ever know what became of the rest."""
        waiting, self._waiting = self._waiting, {}
        self._returned.clear()
        for outcome in waiting.values():
            outcome(OutcomeUnknown(reason))

    def _up_to(self, number: int) -> list[int]:
        numbers = []
        for each in self._waiting:
            if number and each > number:
                break
            numbers.append(each)
        return numbers

    def _judged(self, number: int, taken: bool) -> NotConfirmed | None:
        if number in self._returned:
            self._returned.discard(number)
            return NotConfirmed("no queue takes this message")
        return None if taken else NotConfirmed("the broker refused the message")
