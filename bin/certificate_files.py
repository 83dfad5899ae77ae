"""A handler's certificate files: looked at again while it runs, at once when a signal says so."""

import signal
from pathlib import Path
from typing import Any

from bin.clock import now_ms
from frontend.renewal import Pems, Renewal
from frontend.tls import ServerTls


def follow_files(tls: ServerTls, used: Pems, reactor: Any, files: tuple[Path, Path]) -> Renewal:
    """From now on new connections get what is in ``files``, when it can be used; ``tls`` was made of ``used``."""
    certificate, key = files
    renewal = Renewal(tls, used, lambda: (certificate.read_bytes(), key.read_bytes()), reactor, now_ms)
    renewal.start()
    reactor.addSystemEventTrigger("before", "shutdown", renewal.stop)
    return renewal


def look_when_told(renewal: Renewal, reactor: Any) -> None:
    """Look at once on SIGHUP, as a service is told to. Call from the main thread."""
    signal.signal(signal.SIGHUP, lambda _signal, _frame: reactor.callFromThread(renewal.asked))
