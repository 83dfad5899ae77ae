"""``muster ca``: the CAs of a deployment and its handlers' TLS certificates: when they end, replacing them."""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bin.ca_set import CaSetDesk, NotPublished
from bin.key_directory import KeyDirectory, TlsCertificate, UnusableSecret
from console.api_client import ApiClient
from console.exit_code import CommandFailed
from console.server_address import find_server
from frontend.renewal import LOOK_EVERY_S

DUE = timedelta(days=60)
"""So long before its end a certificate is to be renewed: agents that call in seldom must meet the new one in time."""


def main(arguments: list[str]) -> int:
    """Run one command; exit 1 when a certificate is due, or naming what is wrong."""
    chosen = _parser().parse_args(arguments)
    keys = KeyDirectory(chosen.data / "keys")
    try:
        return _run(chosen, keys)
    except (OSError, ValueError, UnusableSecret, NotPublished, CommandFailed) as error:
        print(f"muster ca: {error}", file=sys.stderr)
        return 1


def is_due(certificate: TlsCertificate, now: datetime) -> bool:
    """True when a certificate is to be renewed."""
    return certificate.counts and certificate.until - now < DUE


def _run(chosen: argparse.Namespace, keys: KeyDirectory) -> int:
    if chosen.command == "renew":
        return _renew(keys, chosen.handler, chosen.authority or keys.pinned()[0])
    if chosen.command == "list":
        return _list(keys.tls_certificates(), datetime.now(UTC))
    if chosen.command == "create":
        return _create(keys)
    address = find_server(os.environ, None if os.environ.get("MUSTER_API") else chosen.data)
    desk = CaSetDesk(keys, chosen.data / "bootstrap.json", partial(ApiClient, address))
    if chosen.command == "publish":
        print(desk.publish(chosen.authority, chosen.reason, force=chosen.force))
    elif chosen.command == "certify":
        print(desk.certify(chosen.signed.read_text()))
    else:
        print(desk.request() if chosen.command == "request" else desk.show())
    return 0


def _list(certificates: list[TlsCertificate], now: datetime) -> int:
    due = [each for each in certificates if is_due(each, now)]
    for each in certificates:
        left = (each.until - now).days
        note = "  DUE" if each in due else "" if each.counts else "  not in the CA set"
        print(f"{each.name:24} until {each.until:%Y-%m-%d} ({left} days), by {each.issuer}{note}")
    return 1 if due else 0


def _renew(keys: KeyDirectory, handler: str, authority: str) -> int:
    if authority not in keys.pinned():
        raise NotPublished(f"agents do not believe {authority}: publish it first, and wait until they have heard of it")
    until = keys.renew_handler(handler, authority).until
    print(
        f"handler {handler}: new key, certificate by {authority} until {until:%Y-%m-%d};"
        f" the handler takes it within {LOOK_EVERY_S:.0f} s of having both files, and logs so"
    )
    return 0


def _create(keys: KeyDirectory) -> int:
    made = keys.create_authority()
    print(f"{made.name}: a further CA until {made.until:%Y-%m-%d}; agents believe it once `muster ca publish` named it")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster ca", description="The CAs of a deployment and its TLS certificates: when they end, replacing them."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, about: str, example: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about, epilog=f"Example: muster ca {example}")
        made.add_argument("--data", type=Path, required=True, metavar="DIR", help="of `muster up` or `muster setup`")
        return made

    command("list", "when each certificate ends; exit 1 when one is due", "list --data DIR")
    renewing = command(
        "renew",
        "a new key and certificate for an agent handler",
        "renew --data DIR --handler site-a --authority ca-2",
    )
    renewing.add_argument("--handler", required=True, metavar="NAME", help="its name; agents go on by the same name")
    renewing.add_argument("--authority", metavar="NAME", help="who signs (the first of the CA set)")
    command("create", "make a further CA; nobody believes it yet", "create --data DIR")
    publishing = command(
        "publish", "let agents believe these CAs and no others", "publish --data DIR ca-2 ca-3 --reason 'ca-1 ends'"
    )
    publishing.add_argument("authority", nargs="+", metavar="NAME", help="one to four, the one to sign with first")
    publishing.add_argument("--reason", default="", metavar="TEXT", help="why; kept for ever")
    publishing.add_argument("--force", action="store_true", help="although a handler's certificate is by another CA")
    command("show", "the CA set, and how many agents hold it", "show --data DIR")
    command("request", "print what the root key is to sign", "request --data DIR > request.json")
    certifying = command("certify", "install what `muster root sign` printed", "certify --data DIR signed.json")
    certifying.add_argument("signed", type=Path, metavar="FILE", help="the signed CA set")
    return parser
