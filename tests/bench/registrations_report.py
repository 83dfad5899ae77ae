"""How long the registration status report takes over 100,000 entries: `python -m tests.bench.registrations_report`."""

import hashlib
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from projections.registration_status import REGISTRATION_STATUS
from projections.reports.registration_filter import Where
from tests.projections.fleet_log import START_MS
from tests.projections.under_test import SqliteRoom

ENTRIES = 100_000
STATES = ("Pending", "Allowed", "Allowed", "Allowed", "Blocked", "Revoked")
ROUNDS = 5
TARGET_MS = 100.0


def main() -> int:
    """Print the median of each filter in milliseconds; 1 when one misses the target."""
    with tempfile.TemporaryDirectory() as directory:
        room = SqliteRoom(Path(directory))
        room.catch_up()
        _fill(Path(directory) / "reports.db")
        reports = room.reports()
        asked: dict[str, dict[str, Any]] = {
            "all": {},
            "status": {"status": "Blocked"},
            "name mask": {"name": "*-99999"},
            "text": {"query": "pc-77777"},
            "text that nothing has": {"query": "nowhere"},
            "domain": {"where": Where(domain="site-7.example")},
            "domain mask that nothing has": {"where": Where(domain="*.nowhere")},
            "address": {"where": Where(address="10.1.2.3")},
            "resource key": {"where": Where(resource_key="serial-77777")},
            "fingerprint": {"where": Where(fingerprint="00ff")},
            "key type": {"where": Where(key_type="rsa2048")},
            "decided by": {"where": Where(decided_by="operator:nobody")},
            "last request": {"where": Where(last_from_ms=START_MS + ENTRIES - 50)},
            "left": {"where": Where(left=True)},
            "three at once": {
                "status": "Allowed",
                "query": "debian",
                "where": Where(domain="site-9*", address="10.*.9"),
            },
        }
        figures = {name: _median_ms(partial(reports.registrations, **how)) for name, how in asked.items()}
        figures["counts"] = _median_ms(reports.registration_counts)
        figures["counts of a domain"] = _median_ms(lambda: reports.registration_counts(where=Where(domain="site-7*")))
        room.close()
    sys.stdout.write(json.dumps({"entries": ENTRIES, "ms": figures}, indent=1) + "\n")
    return int(max(figures.values()) > TARGET_MS)


def _median_ms(read: Callable[[], Any]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        read()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 1)


def _fill(reports: Path) -> None:
    with sqlite3.connect(reports) as database:
        suffix = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'registrations_v%'").fetchone()[0]
        suffix = suffix.removeprefix("registrations")
        for name, row in (("registrations", _registration), ("named_keys", _named)):
            table = REGISTRATION_STATUS.tables[name]
            marks = ", ".join("?" * len(table.columns))
            rows = ([({**table.defaults, **row(n)})[column] for column in table.columns] for n in range(ENTRIES))
            database.executemany(f"INSERT INTO {name}{suffix} VALUES ({marks})", rows)


def _registration(number: int) -> dict[str, Any]:
    name, domain = f"pc-{number}", f"site-{number % 100}.example"
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    return {
        "subject_id": number + 1,
        "registration_id": _fingerprint(number),
        "agent_id": _fingerprint(number)[:16],
        "name": name,
        "name_key": name,
        "domain": domain,
        "domain_key": domain,
        "os": "Debian GNU/Linux 12 (bookworm)",
        "address": address,
        "resource_keys": json.dumps({"serial": f"SERIAL-{number}", "machine_uuid": _fingerprint(number).hex()[:32]}),
        "search": f"{name}\n{domain}\ndebian gnu/linux 12 (bookworm)\nroot\n{address}",
        "algorithm": "ed25519",
        "status": STATES[number % len(STATES)],
        "decided_by": "operator:olga",
        "decided_key": "operator:olga",
        "first_request_ms": START_MS + number,
        "last_request_ms": START_MS + number,
    }


def _named(number: int) -> dict[str, Any]:
    return {
        "place": f"{number + 1}/serial",
        "registration_id": _fingerprint(number),
        "value_key": f"serial-{number}",
    }


def _fingerprint(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


if __name__ == "__main__":
    sys.exit(main())
