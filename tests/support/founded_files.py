"""A deployment founded once by each test process; worker rooms begin as copies of its files."""

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bin.founding import found
from bin.key_directory import KeyDirectory
from handlers.deployment import Deployment
from handlers.records import Records
from memory_directory import memory_directory
from store.keyring import Keyring
from store.mapper import EventMapper
from store.sqlite_leases import SqliteLeases
from store.sqlite_log import SqliteLog
from store.vault import Vault


def lay_out(directory: Path, now_ms: int) -> None:
    """Put a deployment founded at this moment, at rest, into a directory."""
    for name, content in _founded_files(now_ms).items():
        path = directory / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)


@cache
def _founded_files(now_ms: int) -> Mapping[str, bytes]:
    """Its files by their path; every process has random keys of its own."""
    with tempfile.TemporaryDirectory(dir=memory_directory()) as name:
        directory = Path(name)
        keys = KeyDirectory(directory / "keys")
        keys.prepare()
        log = SqliteLog(directory / "log.db", lambda: now_ms)
        leases = SqliteLeases(directory / "log.db", lambda: now_ms)
        records = Records(log, EventMapper(Keyring(Vault(keys.secret("wrapping"), os.urandom), log.subject)))
        # Nothing here is answered: no key is needed, and rooms draw none of the randomness used.
        deployment = Deployment(None, lambda: now_ms, os.urandom)  # type: ignore[arg-type]
        found(keys, records, leases, deployment, directory / "admin-token")
        log.close()
        leases.close()
        return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
