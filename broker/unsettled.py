"""The deliveries that were taken and not yet settled, and the fewest acknowledgements that settle some of them."""

from collections.abc import Iterable
from typing import NamedTuple


class Settling(NamedTuple):
    """AMQP tags: acknowledge all up to `up_to` (None: there is no such run), and these one by one."""

    up_to: int | None
    singly: list[int]


class Unsettled:
    """AMQP delivery tags of one channel by our own numbers, both rising."""

    def __init__(self) -> None:
        self._tags: dict[int, int] = {}

    def add(self, number: int, tag: int) -> None:
        """A delivery was taken."""
        self._tags[number] = tag

    def remove(self, number: int) -> int | None:
        """Its AMQP tag, once; None when it is settled or of an earlier connection."""
        return self._tags.pop(number, None)

    def settle(self, numbers: Iterable[int]) -> Settling:
        """Take these out: the unbroken run of the oldest by one multiple acknowledgement, the others singly."""
        wanted = set(numbers) & self._tags.keys()
        up_to = None
        for number in list(self._tags):
            if number not in wanted:
                break
            wanted.discard(number)
            up_to = self._tags.pop(number)
        return Settling(up_to, [self._tags.pop(number) for number in sorted(wanted)])
