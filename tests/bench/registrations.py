"""How many agents a site can take in when all of them come at once."""

from tests.bench.figure import Figure, Floor, Target
from tests.bench.floors import handshakes_per_s
from tests.bench.ground import Ground


def measure(ground: Ground) -> list[Figure]:
    """From the first connection to the last agent's full properties acknowledged: two packages, three events each."""
    start = ground.site.registrations["start"]
    floor = Floor(handshakes_per_s(ground.site.data), "TLS handshakes, the server's end alone on a core")
    note = f"{start['intended']} agents within 1 s, all in after {start['seconds']:.1f} s"
    return [Figure("registrations/s", start["per_second"], "/s", Target(150, at_least=True), floor, note)]
