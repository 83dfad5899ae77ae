"""The CA set: the deployment's root key says whose TLS certificates agents believe, in numbered versions."""

from typing import Any, NamedTuple

from cryptography import x509

from wire.codec import Codec, MalformedBody
from wire.keys import PublicKey, WrongSignature

_CONTEXT = b"muster/1 authorities\n"
MAX_AUTHORITIES = 4
MAX_CERTIFICATE = 4_096
"""Bytes of one CA certificate."""
Pair = tuple[bytes, bytes]
"""(statement, root signature), as it travels and is stored."""


class UntrustedAuthorities(Exception):
    """A CA set is malformed, or not signed by the deployment's root key."""


class CaSet(NamedTuple):
    """What the root key says: these CA certificates (DER) and no others. A higher version replaces a lower one."""

    version: int
    certificates: tuple[bytes, ...]


def statement_of(codec: Codec, ca_set: CaSet) -> bytes:
    """The bytes that speak of one CA set."""
    return codec.encode([ca_set.version, list(ca_set.certificates)])


def root_signed_bytes(statement: bytes) -> bytes:
    """What the root key signs: context and statement."""
    return _CONTEXT + statement


def read_statement(codec: Codec, statement: bytes) -> CaSet:
    """What a statement says, signed or not; UntrustedAuthorities unless it names one to four CA certificates."""
    try:
        plain = codec.decode(statement)
    except MalformedBody as error:
        raise UntrustedAuthorities(str(error)) from error
    if not isinstance(plain, list) or len(plain) != 2 or not isinstance(plain[1], list):
        raise UntrustedAuthorities("a CA set is [version, certificates]")
    version, certificates = plain
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**63:
        raise UntrustedAuthorities("the version of a CA set is a number from 1")
    if not 1 <= len(certificates) <= MAX_AUTHORITIES:
        raise UntrustedAuthorities(f"a CA set has 1 to {MAX_AUTHORITIES} certificates")
    for each in certificates:
        check_authority(each)
    return CaSet(version, tuple(certificates))


def read_ca_set(codec: Codec, pair: Pair, root: PublicKey) -> CaSet:
    """The CA set in ``pair``; raise UntrustedAuthorities unless ``root`` signed exactly these bytes."""
    statement, signature = pair
    try:
        root.verify(signature, root_signed_bytes(statement))
    except WrongSignature as error:
        raise UntrustedAuthorities(str(error)) from error
    return read_statement(codec, statement)


def check_authority(der: Any) -> x509.Certificate:
    """The CA certificate in ``der``; raise UntrustedAuthorities when it is none."""
    if not isinstance(der, bytes) or len(der) > MAX_CERTIFICATE:
        raise UntrustedAuthorities(f"a CA certificate is a bin of at most {MAX_CERTIFICATE} bytes")
    try:
        certificate = x509.load_der_x509_certificate(der)
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise UntrustedAuthorities(f"no CA certificate: {error}") from error
    if not basic.ca:
        raise UntrustedAuthorities("the certificate is not one of a CA")
    return certificate


def content_plain(pair: Pair) -> dict[str, bytes]:
    """The content of an item of kind ``authorities``."""
    return {"statement": pair[0], "signature": pair[1]}


def content_pair(plain: Any) -> Pair:
    """The pair in such a content; raise UntrustedAuthorities."""
    found = (plain.get("statement"), plain.get("signature")) if isinstance(plain, dict) else (None, None)
    if not isinstance(found[0], bytes) or not isinstance(found[1], bytes):
        raise UntrustedAuthorities("a CA set comes with statement and signature")
    return found[0], found[1]
