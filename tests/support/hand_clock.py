"""The clock of tests: it stands still until somebody moves it."""

START_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""


class HandClock:
    """Milliseconds since the epoch, moved by hand."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def forward(self, ms: int) -> None:
        self.now_ms += ms
