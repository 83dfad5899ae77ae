"""``muster config check``: are the settings good, and which are in force."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bin.settings import NEEDED, BadSettings, check_role, load_settings, shown


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Print the settings in force, secrets masked; exit 1 naming what is wrong."""
    parser = argparse.ArgumentParser(prog="muster config", description="Check the settings of Muster's processes.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="read the settings, say what is wrong or print what is in force")
    check.add_argument("--config", type=Path, default=None, metavar="FILE", help="TOML file (or MUSTER_CONFIG)")
    check.add_argument("--role", choices=sorted(NEEDED), help="also check that this role has all it needs")
    chosen = parser.parse_args(arguments)
    try:
        settings = load_settings(config_file(chosen.config, environ), environ)
        if chosen.role:
            check_role(settings, chosen.role)
    except BadSettings as error:
        print(f"muster config: {error}", file=sys.stderr)
        return 1
    print(json.dumps(shown(settings), indent=2))
    return 0


def config_file(given: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The settings file: the one given, else that of MUSTER_CONFIG, else none."""
    named = environ.get("MUSTER_CONFIG")
    return given or (Path(named) if named else None)
