"""Packages on their way to the worker: coalesced, held back while the bus is under pressure, within limits."""

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from broker.bus import FrontendBus, NotConfirmed
from broker.coalesce import Coalescer
from broker.messages import PackageReceived, Packages, encode
from frontend.timing import Timer

# What MessagePack, nonce, header, signature and address add to a body, about.
_OVERHEAD = 256


class Outbox:
    """`refused` gets the number of each package that the broker did not take.

    `wanted` says whether a package is still waited for.
    """

    def __init__(
        self,
        bus: FrontendBus,
        timer: Timer,
        most_held: int,
        apart_s: float,
        wanted: Callable[[int], bool],
        refused: Callable[[int], None],
    ) -> None:
        self._bus = bus
        self._most_held = most_held
        self._wanted = wanted
        self._refused = refused
        self._coalescer = Coalescer[PackageReceived](self._send, _size, timer, apart_s)
        self._held: deque[PackageReceived] = deque()
        # A bus begins disconnected.
        self.pressed = True

    @property
    def held(self) -> int:
        """Packages held back."""
        return len(self._held)

    def add(self, package: PackageReceived) -> bool:
        """Send it soon; False when so many are held back that its sender should come again later."""
        if not self.pressed:
            self._coalescer.add(package)
            return True
        if len(self._held) >= self._most_held:
            return False
        self._held.append(package)
        return True

    def pressure(self, pressed: bool) -> None:
        """The bus is under pressure, or no longer."""
        self.pressed = pressed
        # Each package that goes out may bring the pressure back.
        while self._held and not self.pressed:
            package = self._held.popleft()
            if self._wanted(package.connection):
                self._coalescer.add(package)

    def _send(self, packages: list[PackageReceived]) -> None:
        sent: Deferred[Any] = self._bus.send(encode(Packages(packages)))
        sent.addErrback(self._not_confirmed, packages)

    def _not_confirmed(self, failure: Any, packages: list[PackageReceived]) -> None:
        failure.trap(NotConfirmed)
        for package in packages:
            self._refused(package.connection)


def _size(package: PackageReceived) -> int:
    return len(package.body) + _OVERHEAD
