"""Where tests keep their files: in memory, where the machine has room for them."""

import shutil
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ROOM_BYTES = 1 << 30


def memory_directory() -> Path | None:
    """A directory that no disk is behind, None where there is none. No test can tell: nothing here loses its power."""
    try:
        return SHARED_MEMORY if shutil.disk_usage(SHARED_MEMORY).free >= ROOM_BYTES else None
    except OSError:
        return None
