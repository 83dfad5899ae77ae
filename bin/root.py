"""``muster root``: signs server keys and CA sets with the root key, on a machine that needs nothing but its file."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes

from agents.codec import MsgpackCodec
from bin.key_directory import UnusableSecret, load_root_pem
from wire import authorities
from wire.certificates import ServerKeyCertificate, UntrustedCertificate, read_statement, root_signed_bytes
from wire.keys import fingerprint_of, sign


def main(arguments: list[str]) -> int:
    """Print the certificate for a request; exit 1 naming what is wrong, nothing signed."""
    chosen = _parser().parse_args(arguments)
    try:
        request = _request(chosen.request)
        statement = bytes.fromhex(request["statement"])
        wanted = _authorities(statement) if request.get("kind") == "authorities" else _server_key(statement)
        root = load_root_pem(chosen.root_key.read_bytes())
    except (
        *(OSError, KeyError, TypeError, ValueError, AttributeError),
        *(UntrustedCertificate, authorities.UntrustedAuthorities, UnusableSecret),
    ) as error:
        print(f"muster root sign: {error}", file=sys.stderr)
        return 1
    # What a person signs they must be able to read; standard output is the certificate alone.
    print(wanted.described, file=sys.stderr)
    signature = sign(root, wanted.message)
    print(json.dumps({**wanted.named, "statement": statement.hex(), "signature": signature.hex()}))
    return 0


class _Wanted(NamedTuple):
    """What is to be signed: the bytes, words for the person, and what the result is labelled with."""

    message: bytes
    described: str
    named: dict[str, Any]


def _server_key(statement: bytes) -> _Wanted:
    certificate = read_statement(MsgpackCodec(), statement)
    return _Wanted(root_signed_bytes(statement), _described(certificate), {"version": certificate.version})


def _authorities(statement: bytes) -> _Wanted:
    found = authorities.read_statement(MsgpackCodec(), statement)
    certificates = [authorities.check_authority(each) for each in found.certificates]
    told = "; ".join(
        f"{each.subject.rfc4514_string()} until {each.not_valid_after_utc:%Y-%m-%d},"
        f" fingerprint {each.fingerprint(hashes.SHA256()).hex()}"
        for each in certificates
    )
    described = f"signing CA set {found.version}: agents then believe these CAs and no others: {told}"
    named = {"kind": "authorities", "version": found.version}
    return _Wanted(authorities.root_signed_bytes(statement), described, named)


def _request(file: Path) -> Any:
    text = sys.stdin.read() if str(file) == "-" else file.read_text()
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is no request of `muster keys request` or `muster ca request`: {error}") from error


def _described(certificate: ServerKeyCertificate) -> str:
    until = datetime.fromtimestamp(certificate.until_ms / 1000, UTC).date() if certificate.until_ms < 2**47 else "ever"
    return (
        f"signing server key {certificate.version}: {certificate.algorithm},"
        f" fingerprint {fingerprint_of(certificate.key).hex()}, until {until};"
        f" agents then believe no key below version {certificate.minimum_version}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster root", description="Use the deployment's root key; works offline, needs no server."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    signing = commands.add_parser(
        "sign",
        help="sign the request of a server key or a CA set",
        description="Sign a request (`muster keys request N`, `muster ca request`); the certificate goes to stdout.",
        epilog="Example: muster root sign --root-key root.key request.json > certificate.json",
    )
    signing.add_argument("request", type=Path, metavar="REQUEST", help="the request file, - for standard input")
    signing.add_argument("--root-key", type=Path, required=True, metavar="FILE", help="the root key, PKCS #8 PEM")
    return parser
