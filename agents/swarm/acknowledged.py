"""A file with a line for each package that an agent saw acknowledged: what must be in the log exactly once."""

from pathlib import Path
from types import TracebackType
from typing import Self, TextIO


class Acknowledged:
    """Writes `fingerprint number`, flushed at once; without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("a", encoding="ascii", buffering=1) if path else None

    def __call__(self, fingerprint: bytes, number: int) -> None:
        """This package was acknowledged by a signed answer."""
        if self._file is not None:
            self._file.write(f"{fingerprint.hex()} {number}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
