"""``muster store``: the side tables of the event store, checked against the log and made anew from it."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from bin.config import config_file
from bin.data_directory import AlreadyRunning
from bin.key_directory import UnusableSecret
from bin.opened_store import NoStore, OpenedStore, WorkerAtWork, opened_store
from bin.progress import Progress
from bin.settings import BadSettings, Settings, load_settings
from domain.resource_keys import SharedKeys
from handlers.derived import Derived, Difference
from handlers.derived_held import DerivedHeld
from handlers.derived_places import DerivedPlaces
from handlers.derived_resources import DerivedResources
from handlers.derived_tree_snapshot import DerivedTreeSnapshot
from handlers.side_table_check import SideTableCheck
from store.log import FenceLost, SchemaMismatch, StoreUnavailable
from store.side_tables import SIDE_TABLES, Key
from store.snapshots import Snapshots
from store.state import UnreadableState
from store.vault import WrongWrappingKey

DIFFERS = 4
"""Exit code of ``--check`` when a table says something else than the log."""
SHOWN = 10
"""Rows of a kind that are named; the others are counted."""


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Exit 0 when the tables are right (now); 4 when ``--check`` found them wrong; 1 when it could not be done."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = load_settings(config_file(chosen.config, environ), environ)
        with opened_store(chosen.data, settings, alone=not chosen.check) as store:
            wanted = _derived(store, settings, chosen.tables)
            return _checked(store, wanted, mend=not chosen.check)
    except (
        *(AlreadyRunning, BadSettings, FenceLost, NoStore, OSError, SchemaMismatch, StoreUnavailable, UnreadableState),
        *(UnusableSecret, WorkerAtWork, WrongWrappingKey),
    ) as error:
        print(f"muster store: {error}", file=sys.stderr)
        return 1


def _derived(store: OpenedStore, settings: Settings, names: list[str]) -> list[Derived]:
    said = settings.deployment
    shared = SharedKeys(said.shared_resource_keys, said.shared_mac_prefixes)
    snapshots = Snapshots(store.log, store.vault)
    every: list[Derived] = [
        DerivedPlaces(),
        DerivedResources(store.vault, shared),
        DerivedHeld(),
        DerivedTreeSnapshot(snapshots, store.mapper),
    ]
    return [each for each in every if not names or each.table.name in names]


def _checked(store: OpenedStore, wanted: list[Derived], *, mend: bool) -> int:
    progress = Progress(sys.stderr)

    def read(position: int, head: int) -> None:
        store.hold()
        progress.told(position, head)

    differences = SideTableCheck(store.log, store.mapper, wanted, read).differences(store.tables)
    progress.end()
    if mend and not all(each.is_none for each in differences):
        store.mend([each.mend for each in differences if not each.is_none])
    for each in differences:
        print(_told(each, mended=mend))
    return 0 if mend or all(each.is_none for each in differences) else DIFFERS


def _told(difference: Difference, *, mended: bool) -> str:
    name, rows = difference.table.name, f"{difference.rows:,} rows"
    if difference.is_none:
        return f"{name}: {rows}, all as the log says"
    kinds = {"missing": difference.missing, "wrong": difference.wrong, "too many": difference.extra}
    told = ", ".join(f"{len(keys):,} {kind}" for kind, keys in kinds.items() if keys)
    lines = [f"{name}: {rows}, {told}: {'mended' if mended else 'not as the log says'}"]
    for kind, keys in kinds.items():
        lines += [f"  {kind}: {_key(each)}" for each in keys[:SHOWN]]
        lines += [f"  {kind}: and {len(keys) - SHOWN:,} more"] if len(keys) > SHOWN else []
    return "\n".join(lines)


def _key(key: Key) -> str:
    return " ".join(each.hex() if isinstance(each, bytes) else str(each) for each in key)


def _table(name: str) -> str:
    names = [each.name for each in SIDE_TABLES]
    if name not in names:
        raise argparse.ArgumentTypeError(f"there is no side table {name}; there are {', '.join(names)}")
    return name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="muster store", description="Look after the event store's side tables.")
    commands = parser.add_subparsers(dest="command", required=True)
    rebuild = commands.add_parser(
        "rebuild",
        help="make the side tables say what the log says",
        description="Read the whole log, compare the side tables with it, and mend them in one transaction. "
        "No worker may be at work meanwhile; --check may be run at any time.",
        epilog="Example: muster store rebuild --data muster-data --check",
    )
    names = ", ".join(each.name for each in SIDE_TABLES)
    rebuild.add_argument("tables", nargs="*", metavar="TABLE", type=_table, help=f"{names} (all)")
    rebuild.add_argument("--check", action="store_true", help=f"change nothing; exit {DIFFERS} if anything differs")
    rebuild.add_argument("--data", type=Path, metavar="DIR", help="of `muster up`; without it, PostgreSQL by --config")
    rebuild.add_argument("--config", type=Path, metavar="FILE", help="the worker's TOML file (or MUSTER_CONFIG)")
    return parser
