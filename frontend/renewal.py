"""A renewed certificate, taken by a frontend that runs: new connections get it, those that are open go on."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from frontend.line_stream import LOGGER_NAME
from frontend.ticker import Ticker
from frontend.timing import Timer
from frontend.tls import ServerTls, UnusableCertificate

LOOK_EVERY_S = 30.0
Pems = tuple[bytes, bytes]
"""Certificate and key."""
_LOGGER = logging.getLogger(LOGGER_NAME)


class Renewal:
    """Looks at the files at an interval, and at once when asked. Files that cannot be used leave the old in use."""

    def __init__(
        self,
        tls: ServerTls,
        used: Pems,
        read: Callable[[], Pems],
        timer: Timer,
        clock_ms: Callable[[], int],
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        """``used`` is what ``tls`` was made of; ``read`` gives what the files hold now, or raises OSError."""
        self._tls = tls
        self._read = read
        self._clock_ms = clock_ms
        self._used = _bare(used)
        self._doubted: Pems | None = None
        self._told = ""
        self._ticker = Ticker(timer, every_s)
        self._ticker.calls.append(self.look)

    def start(self) -> None:
        """Look from now on."""
        self._ticker.start()

    def stop(self) -> None:
        """Look no more."""
        self._ticker.stop()

    def asked(self) -> None:
        """Somebody says that there is something new: what comes of it is logged whatever it is."""
        self._told, used = "", self._used
        self._look(patient=False)
        if not self._told and self._used == used:
            _LOGGER.info("The certificate in the files is the one in use")

    def look(self) -> None:
        """Take what is new; tell once what cannot be used."""
        self._look(patient=True)

    def _look(self, *, patient: bool) -> None:
        try:
            found = _bare(self._read())
        except OSError as error:
            self._tell(str(error))
            return
        if found == self._used:
            self._doubted, self._told = None, ""
            return
        try:
            until = self._tls.renew(*found, now=datetime.fromtimestamp(self._clock_ms() / 1000, UTC))
        except UnusableCertificate as error:
            # Whoever renews writes two files: what does not fit is judged when it is the same at the next look.
            if not patient or found == self._doubted:
                self._tell(str(error))
            self._doubted = found
            return
        self._used, self._doubted, self._told = found, None, ""
        _LOGGER.info("New connections get the renewed certificate, which ends at %s", f"{until:%Y-%m-%dT%H:%M:%SZ}")

    def _tell(self, why: str) -> None:
        if why != self._told:
            _LOGGER.error("The renewed certificate is not used, the one before stays in use: %s", why)
        self._told = why


def _bare(pems: Pems) -> Pems:
    """White space around them makes no other certificate."""
    certificate, key = pems
    return certificate.strip(), key.strip()
