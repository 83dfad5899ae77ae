"""``muster ca``: when the TLS certificates of a deployment end, and renewing those of its agent handlers."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bin.key_directory import CA_NAMES, KeyDirectory, TlsCertificate, UnusableSecret

DUE = timedelta(days=60)
"""So long before its end a certificate is to be renewed: agents that call in seldom must meet the new one in time."""


def main(arguments: list[str]) -> int:
    """Run one command; exit 1 when a certificate is due, or naming what is wrong."""
    chosen = _parser().parse_args(arguments)
    keys = KeyDirectory(chosen.data / "keys")
    try:
        if chosen.command == "renew":
            return _renew(keys, chosen.handler, chosen.authority)
        return _list(keys.tls_certificates(), datetime.now(UTC))
    except (OSError, ValueError, UnusableSecret) as error:
        print(f"muster ca: {error}", file=sys.stderr)
        return 1


def is_due(certificate: TlsCertificate, now: datetime) -> bool:
    """True when a certificate is to be renewed."""
    return certificate.until - now < DUE


def _list(certificates: list[TlsCertificate], now: datetime) -> int:
    due = [each for each in certificates if is_due(each, now)]
    for each in certificates:
        left = (each.until - now).days
        print(f"{each.name:24} until {each.until:%Y-%m-%d} ({left} days), by {each.issuer}{'  DUE' * (each in due)}")
    return 1 if due else 0


def _renew(keys: KeyDirectory, handler: str, authority: str) -> int:
    until = keys.renew_handler(handler, authority).until
    print(
        f"handler {handler}: new key, certificate by {authority} until {until:%Y-%m-%d}; restart the handler to use it"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster ca", description="The TLS certificates of a deployment: when they end, and renewing them."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser(
        "list", help="when each certificate ends; exit 1 when one is due", epilog="Example: muster ca list --data DIR"
    )
    renewing = commands.add_parser(
        "renew",
        help="a new key and certificate for an agent handler",
        epilog="Example: muster ca renew --data DIR --handler site-a --authority ca-2",
    )
    for each in (listing, renewing):
        each.add_argument("--data", type=Path, required=True, metavar="DIR", help="of `muster up` or `muster setup`")
    renewing.add_argument("--handler", required=True, metavar="NAME", help="its name; agents go on by the same name")
    renewing.add_argument(
        "--authority", choices=CA_NAMES, default=CA_NAMES[0], help="who signs (ca-1); agents pin both"
    )
    return parser
