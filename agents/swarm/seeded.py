"""Chance of a swarm: one stream for each purpose, so that more of one thing does not change another."""

from random import Random


def seeded(seed: int, purpose: str) -> Random:
    """The same numbers for the same seed and purpose."""
    return Random(f"{seed}/{purpose}")  # noqa: S311  # decides times and faults, never keys
