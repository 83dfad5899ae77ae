"""Rows of the registration status report as a large fleet makes them, put straight into its tables."""

import hashlib
import json
from typing import Any

from projections.registration_status import REGISTRATION_STATUS
from tests.projections.fleet_log import START_MS
from tests.projections.under_test import Room

ENTRIES = 100_000
STATES = ("Pending", "Allowed", "Allowed", "Allowed", "Blocked", "Revoked")


def fill(room: Room, *, gather: bool) -> str:
    """The rows of ENTRIES registrations; returns the name of their table.

    ``gather`` the statistics that PostgreSQL gathers by itself within a minute of so many new rows.
    """
    room.catch_up()
    fence = room.leases().acquire("projector", "one")
    assert fence is not None
    with room.database.writing(fence) as transaction:
        names = transaction.tables()
        for name, row in (("registrations", _registration), ("named_keys", _named)):
            table = REGISTRATION_STATUS.tables[name]
            stored = table._replace(name=next(each for each in names if each.startswith(f"{name}_v")))
            rows = [tuple({**table.defaults, **row(n)}[column] for column in table.columns) for n in range(ENTRIES)]
            transaction.insert(stored, rows)
            if gather:
                transaction.execute(f"ANALYZE {stored.name}")
    return next(each for each in names if each.startswith("registrations_v"))


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
