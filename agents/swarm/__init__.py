"""Many signed agents in one process, to load a real deployment and to see what it does under faults."""

from agents.swarm.command import main

__all__ = ["main"]
