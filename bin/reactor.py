"""The one reactor of a process, untyped: its interfaces are zope's."""

from typing import Any


def the_reactor() -> Any:
    """Twisted's global reactor; importing it installs it, so only processes that run one ask."""
    from twisted.internet import reactor

    return reactor
