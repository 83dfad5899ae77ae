"""Bytes of an idle call-in over IP, both ways, as the kernel counts them."""

from tests.bench.figure import Figure, Floor, Target
from tests.bench.ground import Ground
from tests.bench.tls_pair import PairedTls, TlsPair

TARGETS = {"open": 500, "resumed": 2800, "new": 3600}
RATE = 40
SEGMENT = 52
"""IPv4 20, TCP 20, timestamps 12."""
RECORD = 22
"""What TLS 1.3 adds to a message: header 5, type 1, tag 16."""
CONVERSATION = 3
"""Segments of a package, its answer and the acknowledgement of that."""
CONNECTION = 3 + 4 + 4
"""Segments to open a connection, to shake hands with their acknowledgements, to close."""


def measure(ground: Ground) -> list[Figure]:
    """On a connection that was open, on a resumed one, on a new one."""
    tls = PairedTls(ground.site.data)
    new = TlsPair(tls)
    shaken = {"new": new.carried, "resumed": TlsPair(tls, new.session).carried}
    return [_measured(ground, mode, target, shaken.get(mode)) for mode, target in TARGETS.items()]


def _measured(ground: Ground, mode: str, target: int, shaken: int | None) -> Figure:
    result = ground.site.call_ins(rate=RATE, seconds=ground.scale.wire_s, agents=ground.scale.agents // 2, mode=mode)
    counted, call_ins = result["bytes"], result["call_ins"]["acknowledged"]
    if shaken is None:
        floor = Floor(counted["tls_per_call_in"] - 2 * RECORD + CONVERSATION * SEGMENT, "the same frames without TLS")
    else:
        floor = Floor(shaken + CONNECTION * SEGMENT, "connecting and TLS handshake alone")
    note = f"{counted['tls_per_call_in']:,.0f} in TLS records, {counted['segments'] / call_ins:.1f} segments"
    name = f"bytes of an idle call-in, {mode} connection"
    return Figure(name, counted["ip_per_call_in"], "B", Target(target), floor, note)
