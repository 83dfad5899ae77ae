"""``muster serve ROLE``: one role per process, on RabbitMQ and PostgreSQL."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bin.config import config_file
from bin.logs import set_up_logging
from bin.settings import NEEDED, BadSettings, Settings, check_role, load_settings

Role = Callable[[Settings], int]


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run one role until SIGTERM; exit 1 naming what is wrong."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = load_settings(config_file(chosen.config, environ), environ)
        check_role(settings, chosen.role)
        if settings.store.dsn.startswith("sqlite:"):
            raise BadSettings("`muster serve` needs PostgreSQL; SQLite serves one process: use `muster up`")
        set_up_logging(settings.log_level, json_lines=settings.log_json)
        return _role(chosen.role)(settings)
    except BadSettings as error:
        return _failed(error)
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("store", "broker", "frontend", "console", "bin", "domain"):
            return _failed(error)
        raise


def _failed(error: Exception) -> int:
    print(f"muster serve: {error}", file=sys.stderr)
    return 1


def _role(name: str) -> Role:
    if name == "frontend":
        from bin.serve_frontend import serve_frontend as serve
    elif name == "worker":
        from bin.serve_worker import serve_worker as serve
    elif name == "projector":
        from bin.serve_projector import serve_projector as serve
    else:
        from bin.serve_console import serve_console as serve
    return serve


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster serve",
        description="Run one role of a Muster deployment on RabbitMQ and PostgreSQL.",
        epilog="Settings: a TOML file, then MUSTER_SECTION_NAME; `muster config check --role ROLE` checks them.",
    )
    parser.add_argument("role", choices=sorted(NEEDED), help="which role this process has")
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="TOML file (or MUSTER_CONFIG)")
    return parser
