"""Why agents are told nothing of what they are assigned: it is more than a manifest carries."""

from collections.abc import Mapping

from domain.choice import Choices
from domain.manifest_room import load_of_all


def why_not_told(choices: Mapping[str, Choices]) -> str:
    """Of agents to whom all this applies; empty when it is not too much."""
    load = load_of_all(choices)
    return f"too much is assigned: {load.told()}" if load.too_much else ""
