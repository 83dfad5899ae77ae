"""What a command does: here while nobody else is at work in the home, else through the agent that runs there."""

import time
from collections.abc import Callable
from typing import TypeVar

from agents.control import LONGEST_ANSWER_S, NobodyListens
from agents.deadline import Deadline
from agents.home import Home, HomeLocked

T = TypeVar("T")
_LOOK_AGAIN_S = 0.1


def either_way(home: Home, here: Callable[[], T], there: Callable[[], T]) -> T:
    """``here`` with the lock, or ``there`` through the socket; a process that starts or ends is waited for."""
    patience = Deadline(time.monotonic, LONGEST_ANSWER_S)
    while True:
        try:
            with home.locked():
                return here()
        except HomeLocked:
            if patience.over:
                raise
        try:
            return there()
        except NobodyListens:
            time.sleep(_LOOK_AGAIN_S)
