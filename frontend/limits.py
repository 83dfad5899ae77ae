"""Every cap and time limit of a frontend, with its default; all are settings."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Counts, seconds and bytes; a proven address is one with an agent accepted within the last `proven_s`."""

    connections: int = 20_000
    connections_per_address: int = 500
    connections_per_proven_address: int = 20_000
    handshakes: int = 500
    handshakes_per_address: int = 250
    accepts_per_s: float = 500.0
    accept_burst: int = 1_000
    backlog: int = 1_024

    bad_tokens: int = 20
    bad_token_every_s: float = 30.0
    proven_s: float = 3_600.0
    addresses: int = 100_000

    bytes_in_flight: int = 256 * 1024 * 1024
    held_packages: int = 5_000
    parcels_apart_s: float = 0.025
    turns_apart_s: float = 0.005

    handshake_s: float = 10.0
    first_frame_s: float = 10.0
    midway_s: float = 10.0
    bytes_per_s: int = 1_024
    answer_s: float = 30.0
    idle_s: float = 2.5 * 3_600
    clogged_s: float = 30.0
    closing_s: float = 5.0
    drain_s: float = 10.0

    retry_after_s: int = 30
    retry_jitter_s: int = 60
    hint_every_s: float = 1.0
    announce_every_s: float = 10.0
    tick_s: float = 0.25
