"""``muster setup``: prepare PostgreSQL, make the keys, record the first events, write the bootstrap file."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bin.bootstrap_file import HandlerAddress, write_bootstrap
from bin.clock import now_ms
from bin.founding import AlreadyAtWork, found
from bin.key_directory import KeyDirectory
from handlers.deployment import Deployment
from handlers.records import Records
from projections.postgres_database import prepare_reports
from store.keyring import Keyring
from store.mapper import EventMapper
from store.postgres_leases import PostgresLeases
from store.postgres_log import PostgresLog
from store.prepare_postgres import prepare_postgres
from store.vault import Vault


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Set a deployment up; a second call changes nothing and adds what is new."""
    chosen = _parser().parse_args(arguments)
    os.umask(0o077)
    try:
        handlers = [_handler(text) for text in chosen.handler]
        dsn = chosen.owner_dsn_file.read_text().strip()
    except (OSError, ValueError) as error:
        print(f"muster setup: {error}", file=sys.stderr)
        return 2
    keys = KeyDirectory(chosen.data / "keys")
    keys.prepare()
    for handler in handlers:
        keys.handler(chosen.name, handler.name)
    prepare_postgres(dsn, chosen.worker_role, chosen.reader_role)
    prepare_reports(dsn, chosen.projector_role, chosen.reader_role)
    _found(keys, dsn, chosen.data / "admin-token")
    write_bootstrap(chosen.data / "bootstrap.json", chosen.name, keys, handlers)
    print(f"deployment {chosen.name} is set up in {chosen.data}")
    return 0


def _found(keys: KeyDirectory, dsn: str, token_file: Path) -> None:
    log = PostgresLog(dsn)
    try:
        records = Records(log, EventMapper(Keyring(Vault(keys.secret("wrapping"), os.urandom), log.subject)))
        deployment = Deployment(None, now_ms, os.urandom)  # type: ignore[arg-type]
        found(keys, records, PostgresLeases(dsn), deployment, token_file)
    except AlreadyAtWork as error:
        print(f"muster setup: {error}", file=sys.stderr)
    finally:
        log.close()


def _handler(text: str) -> HandlerAddress:
    name, _, address = text.partition("=")
    host, _, port = address.rpartition(":")
    if not (name and host and port.isdecimal()):
        raise ValueError(f"--handler {text!r}: write NAME=HOST:PORT, e.g. site-a=muster.example.org:7443")
    return HandlerAddress(name, host, int(port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster setup",
        description="Set up a deployment on PostgreSQL: tables and roles, keys, first events, bootstrap file.",
        epilog="Example: muster setup --data /etc/muster --owner-dsn-file owner --handler a=muster.example.org:7443",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where keys and bootstrap file go")
    parser.add_argument("--owner-dsn-file", type=Path, required=True, metavar="FILE", help="DSN of the tables' owner")
    parser.add_argument("--handler", action="append", required=True, metavar="NAME=HOST:PORT", help="an agent handler")
    parser.add_argument("--name", default="muster", help="the deployment's name, in every certificate (muster)")
    parser.add_argument("--worker-role", default="muster_worker", help="database role that appends")
    parser.add_argument("--projector-role", default="muster_projector", help="database role that builds the reports")
    parser.add_argument("--reader-role", default="muster_reader", help="database role that reads log and reports")
    return parser
