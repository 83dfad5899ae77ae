"""Garbage collection stands still while something large is read that stays: it would go through all of it, often."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def standing_still() -> Iterator[None]:
    """Nothing is collected inside; what is no longer needed is freed as ever unless it holds itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
