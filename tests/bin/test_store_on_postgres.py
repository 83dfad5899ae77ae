"""`muster store rebuild` on PostgreSQL: with the worker's settings and rights, and never beside a worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bin.muster import run
from bin.store import DIFFERS
from domain.ids import ROOT_GROUP
from domain.placement import Placement
from services.postgres import Postgres
from store.side_tables import PLACEMENTS, RESOURCE_KEYS
from tests.projections.fleet_log import Clock, FleetLog
from tests.stores.under_test import PostgresUnderTest

pytestmark = pytest.mark.services
COMMAND = ["store", "rebuild"]


@pytest.fixture
def store(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresUnderTest]:
    """A log of two machines whose side rows were lost; its worker still holds the lease."""
    opened = PostgresUnderTest(postgres)
    fleet = FleetLog(opened.log(), opened.leases(), Clock())
    for name in ("pc-1", "pc-2"):
        fleet.append_of(Placement.begin(fleet.register(name).agent_id, ROOT_GROUP))
    for name, said in {"STORE_DSN": opened.address, "KEYS_WRAPPING": (b"w" * 32).hex()}.items():
        file = tmp_path / name
        file.write_text(said)
        monkeypatch.setenv(f"MUSTER_{name}_FILE", str(file))
    yield opened
    opened.close()


def test_beside_a_worker_it_only_looks(store: PostgresUnderTest, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--check"]) == DIFFERS
    assert run(COMMAND) == 1

    told = capsys.readouterr()
    assert "placements: 2 rows, 2 missing" in told.out
    assert "A worker is at work" in told.err
    assert "(test)" in told.err
    assert store.side_tables().rows(PLACEMENTS) == {}


def test_without_a_worker_it_mends_and_leaves_the_lease_free(store: PostgresUnderTest) -> None:
    store.run_out("worker")

    assert (run(COMMAND), run([*COMMAND, "--check"])) == (0, 0)

    assert {len(store.side_tables().rows(each)) for each in (PLACEMENTS, RESOURCE_KEYS)} == {2}
    assert store.leases().acquire("worker", "the next worker") is not None
