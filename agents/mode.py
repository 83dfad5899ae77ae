"""How an agent reaches its server between call-ins: not at all, or over a connection that it holds."""

from enum import StrEnum


class Mode(StrEnum):
    """Said by the agent's settings; the server's policy may change it at any call-in."""

    PULL = "pull"
    """Hang up after each call-in; what is new is heard of at the next."""
    PUSH = "push"
    """Keep the connection of the last call-in open: a hint on it makes the agent call in at once."""
