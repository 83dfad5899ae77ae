"""The database of docker/: its roles can be set up, log in with the addresses of the secrets, and rewrite nothing."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from services.postgres import Postgres, running_postgres
from services.postgres_server import find_programs

pytestmark = pytest.mark.services

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"


def _dsn(secrets: Path, role: str, server: Postgres) -> str:
    return (secrets / f"dsn-{role}").read_text().replace("@postgres:5432/", f"@{server.host}:{server.port}/")


def _make_roles(secrets: Path, server: Postgres) -> None:
    superuser = psycopg.conninfo.conninfo_to_dict(server.superuser_dsn())
    environment = {
        "PATH": f"{find_programs()}:{os.environ['PATH']}",
        "PGHOST": str(superuser["host"]),
        "PGPORT": str(superuser["port"]),
        "PGPASSWORD": str(superuser["password"]),
        "SECRETS_DIRECTORY": str(secrets),
    }
    subprocess.run(["bash", DOCKER / "postgres" / "roles.sh"], env=environment, check=True)


def test_a_deployment_is_set_up_with_the_roles_of_docker(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    subprocess.run(["sh", DOCKER / "make-secrets.sh", secrets], check=True)
    with running_postgres() as server:
        _make_roles(secrets, server)
        owner = tmp_path / "dsn-owner"
        owner.write_text(_dsn(secrets, "owner", server))

        setup = [sys.executable, "-m", "bin.muster", "setup", "--handler", "handler-1=localhost:7443"]
        where = ["--data", str(secrets / "deployment"), "--owner-dsn-file", str(owner)]
        subprocess.run([*setup, *where], cwd=ROOT, check=True)

        with psycopg.connect(_dsn(secrets, "worker", server)) as worker:
            assert worker.execute("SELECT count(*) > 0 FROM log.events").fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute("DELETE FROM log.events")
        with psycopg.connect(_dsn(secrets, "reader", server)) as reader:
            assert reader.execute("SELECT has_schema_privilege('reports', 'USAGE')").fetchone() == (True,)
        with psycopg.connect(_dsn(secrets, "projector", server)) as projector:
            projector.execute("CREATE TABLE reports.mine (value integer)")
    for name in ("wrapping.key", "order.key", "reply.key", "handler-handler-1.pem", "handler-handler-1.key"):
        assert (secrets / "deployment" / "keys" / name).is_file()
