"""The secrets of a deployment in one directory, made at the first start, 0600; whoever reads it owns the deployment."""

import base64
import binascii
import json
import os
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from bin.authority import Authority, HandlerCertificate, deployment_in
from wire import keys
from wire.authorities import Pair
from wire.keys import PrivateKey, PublicKey, UnusableKey, load_public_key, public_der
from wire.private_keys import load_private_pem, private_pem

ROOT_PUBLIC = "root.pub"
"""The public half of the root key, base64 as in the bootstrap file: the setting `deployment.root_key` of workers."""
_SECRETS = ("wrapping.key", "order.key", "reply.key")
CA_NAMES = ("ca-1", "ca-2")
"""Two CA keys are pinned from the first day on: the second is the way out should the first be lost."""
PINNED = "authorities"
"""Names of the CAs that agents believe, one a line; without it those of the first day."""
SIGNED_SET = "authorities.signed"
"""The published CA set as the root key signed it, for bootstrap files: JSON of statement and signature, base64."""
_CA_FILE = re.compile(r"ca-([1-9][0-9]*)\.pem")


class UnusableSecret(Exception):
    """A secret file is missing, of the wrong size, or readable by others than its owner."""


class TlsCertificate(NamedTuple):
    """When a certificate ends and who signed it; ``name`` is that of its file. ``counts``: agents may meet it."""

    name: str
    until: datetime
    issuer: str
    counts: bool = True


class KeyDirectory:
    """``DIR/keys``: root key, CA keys, handler certificates, wrapping and HMAC keys."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self, *, founded: bool = False) -> None:
        """Make what is missing; what is there stays. UnusableSecret when a ``founded`` deployment has lost a secret.

        Another root or wrapping key would not fit what is in the log: agents would trust nobody, nothing would open.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The root key may have been taken to another machine: then its public half is here.
        root = "root.key" if not (self.path / ROOT_PUBLIC).exists() else ROOT_PUBLIC
        lost = [name for name in (root, *_SECRETS) if founded and not (self.path / name).exists()]
        if lost:
            raise UnusableSecret(f"{self.path}: {', '.join(lost)} is missing; put it back from a backup")
        self._prepare_root()
        for name in _SECRETS:
            if not (self.path / name).exists():
                self._write(name, secrets.token_hex(32).encode() + b"\n")
        # Once a set was published, a CA of the first day may be gone for good.
        for name in () if (self.path / PINNED).exists() else CA_NAMES:
            if not all((self.path / f"{name}.{kind}").exists() for kind in ("key", "pem")):
                authority = Authority.create(name)
                self._write(f"{name}.key", authority.key_pem)
                self._write(f"{name}.pem", authority.certificate_pem)

    def _prepare_root(self) -> None:
        private, public = self.path / "root.key", self.path / ROOT_PUBLIC
        if public.exists():
            return  # The private half may have been taken to another machine: a second one would found a second trust.
        if not private.exists():
            self._write(private.name, private_pem(keys.generate_key(keys.ED25519)))
        self._write(public.name, base64.b64encode(public_der(self.root().public_key())) + b"\n")

    def handler(self, deployment: str, name: str) -> HandlerCertificate:
        """The TLS certificate and key of an agent handler, made and signed at the first call."""
        certificate, key = self.handler_files(name)
        if not (certificate.exists() and key.exists()):
            made = self._authority(self.pinned()[0]).handler(deployment, name)
            self._write(key.name, made.key_pem)
            self._write(certificate.name, made.certificate_pem)
        return HandlerCertificate(certificate.read_bytes(), key.read_bytes())

    def handler_files(self, name: str) -> tuple[Path, Path]:
        """Where a handler's certificate and key are."""
        return self.path / f"handler-{name}.pem", self.path / f"handler-{name}.key"

    def tls_certificates(self) -> list[TlsCertificate]:
        """Every TLS certificate in here: the CAs', then the handlers'. A CA that agents do not believe counts not."""
        pinned = self.pinned()
        authorities = [read_certificate(self.path / f"{name}.pem") for name in self.authority_names()]
        handlers = [read_certificate(each) for each in sorted(self.path.glob("handler-*.pem"))]
        return [*(each._replace(counts=each.name in pinned) for each in authorities), *handlers]

    def authority_names(self) -> list[str]:
        """Every CA in here, oldest first."""
        found = [_CA_FILE.fullmatch(each.name) for each in self.path.iterdir()]
        return [f"ca-{number}" for number in sorted(int(each[1]) for each in found if each)]

    def pinned(self) -> list[str]:
        """The CAs that agents believe, in the order in which handlers are to use them."""
        path = self.path / PINNED
        return path.read_text().split() if path.exists() else list(CA_NAMES)

    def pin(self, names: Sequence[str], signed: Pair) -> None:
        """Agents believe these from now on: new handlers and bootstrap files follow. ``signed``: as agents get it."""
        self._write(PINNED, "".join(f"{name}\n" for name in names).encode())
        statement, signature = (base64.b64encode(each).decode() for each in signed)
        self._write(SIGNED_SET, json.dumps({"statement": statement, "signature": signature}).encode())

    def signed_set(self) -> dict[str, str] | None:
        """The published CA set as bootstrap files carry it; None before one was published."""
        path = self.path / SIGNED_SET
        try:
            return dict(json.loads(path.read_text())) if path.exists() else None
        except (ValueError, TypeError) as error:
            raise UnusableSecret(f"{path}: {error}; remove it, then muster ca publish the same CAs again") from error

    def create_authority(self) -> TlsCertificate:
        """One CA more; nobody believes it yet."""
        name = f"ca-{int(self.authority_names()[-1].removeprefix('ca-')) + 1}"
        authority = Authority.create(name)
        self._write(f"{name}.key", authority.key_pem)
        self._write(f"{name}.pem", authority.certificate_pem)
        return read_certificate(self.path / f"{name}.pem")

    def authority(self, name: str) -> x509.Certificate:
        """The certificate of a CA; raise UnusableSecret."""
        return _loaded(self.path / f"{name}.pem")

    def renew_handler(self, name: str, authority: str) -> TlsCertificate:
        """A new key and certificate for a handler that has one; it stays the same handler to its agents."""
        path = self.path / f"handler-{name}.pem"
        if not path.exists():
            raise UnusableSecret(f"{self.path} has no certificate of a handler {name}")
        made = self._authority(authority).handler(deployment_in(path.read_bytes()), name)
        # A handler that starts in between meets a key that does not fit, says so, and is started again.
        self._write(f"handler-{name}.key", made.key_pem)
        self._write(path.name, made.certificate_pem)
        return read_certificate(path)

    def root(self) -> PrivateKey:
        """The deployment's root key."""
        return load_root_pem((self.path / "root.key").read_bytes())

    def root_here(self) -> PrivateKey | None:
        """The deployment's root key, None when it is kept elsewhere."""
        return self.root() if (self.path / "root.key").exists() else None

    def root_public(self) -> PublicKey:
        """The root key's public half, which stays when the private half is kept elsewhere; raise UnusableSecret."""
        path = self.path / ROOT_PUBLIC
        try:
            return load_public_key(base64.b64decode(path.read_bytes().strip(), validate=True))
        except (OSError, binascii.Error, UnusableKey) as error:
            raise UnusableSecret(f"{path}: {error}") from error

    def authorities(self) -> list[str]:
        """The CA certificates that agents pin, PEM."""
        return [(self.path / f"{name}.pem").read_text() for name in self.pinned()]

    def secret(self, name: str) -> bytes:
        """A 32-byte secret: ``wrapping``, ``order`` or ``reply``."""
        path = self.path / f"{name}.key"
        if path.exists() and path.stat().st_mode & 0o077:
            raise UnusableSecret(f"{path} can be read by others than its owner: chmod 600 it, or make a new deployment")
        return read_secret(path)

    def _authority(self, name: str) -> Authority:
        return Authority.load((self.path / f"{name}.pem").read_bytes(), (self.path / f"{name}.key").read_bytes())

    def _write(self, name: str, content: bytes) -> None:
        write_private(self.path / name, content)


def read_certificate(path: Path) -> TlsCertificate:
    """What a certificate file says; raise UnusableSecret."""
    return tls_certificate(path.stem, _loaded(path))


def tls_certificate(name: str, found: x509.Certificate) -> TlsCertificate:
    """What a certificate says, under a name of ours."""
    issuer = found.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return TlsCertificate(name, found.not_valid_after_utc, str(issuer))


def _loaded(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError as error:
        raise UnusableSecret(f"there is no {path}") from error
    except (OSError, ValueError) as error:
        raise UnusableSecret(f"{path}: {error}") from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def read_secret(path: Path) -> bytes:
    """A 32-byte secret, stored as hex; raise UnusableSecret."""
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise UnusableSecret(f"{path}: {error}") from error
    if len(secret) != 32:
        raise UnusableSecret(f"{path}: a secret has 32 bytes in hex, this has {len(secret)}")
    return secret


def load_root_pem(pem: bytes) -> PrivateKey:
    """A root key's private half; raise UnusableSecret."""
    try:
        return load_private_pem(pem)
    except UnusableKey as error:
        raise UnusableSecret(str(error)) from error
