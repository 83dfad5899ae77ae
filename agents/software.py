"""How much software is installed, read from the package database itself; no package manager is started."""

import sqlite3
from pathlib import Path
from typing import Any

_INSTALLED = b"\nStatus: install ok installed\n"


def count_packages(root: Path) -> dict[str, Any]:
    """``{"source": "dpkg", "installed": 812}``; source is empty when no known database is there."""
    if (dpkg := root / "var/lib/dpkg/status").is_file():
        return {"source": "dpkg", "installed": _dpkg(dpkg)}
    if (rpm := root / "var/lib/rpm/rpmdb.sqlite").is_file():
        return {"source": "rpm", "installed": _rpm(rpm)}
    return {"source": "", "installed": 0}


def _dpkg(status: Path) -> int:
    try:
        return status.read_bytes().count(_INSTALLED)
    except OSError:
        return 0


def _rpm(database: Path) -> int:
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    except sqlite3.Error:
        return 0
    try:
        (count,) = connection.execute("SELECT count(*) FROM Packages").fetchone()
        return int(count)
    except sqlite3.Error:
        return 0
    finally:
        connection.close()
