"""Server-key certificates: the deployment's root key (Ed25519) says which server keys speak for it."""

from typing import Any, NamedTuple

from wire.codec import Codec, MalformedBody
from wire.keys import RSA1024, PublicKey, UnusableKey, WrongSignature, load_public_key
from wire.packages import Signer

_CONTEXT = b"muster/1 server-key certificate\n"
PURPOSE_SERVER = "server"


class UntrustedCertificate(Exception):
    """A server-key certificate is malformed, of another purpose, or not signed by the deployment's root key."""


class ServerKeyCertificate(NamedTuple):
    """What the root key says about one server key; ``until_ms`` is judged by signed server time alone."""

    key: bytes
    algorithm: str
    purpose: str
    until_ms: int
    version: int
    minimum_version: int


def certify(codec: Codec, certificate: ServerKeyCertificate, sign: Signer) -> tuple[bytes, bytes]:
    """Return (statement, root signature), the pair that travels."""
    statement = statement_of(codec, certificate)
    return statement, sign(root_signed_bytes(statement))


def statement_of(codec: Codec, certificate: ServerKeyCertificate) -> bytes:
    """The bytes that speak of one server key."""
    return codec.encode(list(certificate))


def root_signed_bytes(statement: bytes) -> bytes:
    """What the root key signs: context and statement."""
    return _CONTEXT + statement


def read_statement(codec: Codec, statement: bytes) -> ServerKeyCertificate:
    """What a statement says, signed or not; UntrustedCertificate unless it is well formed and its key may sign."""
    try:
        certificate = _shaped(codec.decode(statement))
        found = load_public_key(certificate.key).algorithm
    except (MalformedBody, UnusableKey) as error:
        raise UntrustedCertificate(str(error)) from error
    if found != certificate.algorithm or certificate.purpose != PURPOSE_SERVER:
        raise UntrustedCertificate(f"a {found} key certified as {certificate.algorithm} {certificate.purpose}")
    if found == RSA1024:
        raise UntrustedCertificate("an RSA-1024 key signs nothing")
    return certificate


def read_certificate(codec: Codec, pair: tuple[bytes, bytes], root: PublicKey) -> ServerKeyCertificate:
    """The certificate in ``pair``; raise UntrustedCertificate unless ``root`` signed exactly these bytes."""
    statement, signature = pair
    try:
        root.verify(signature, root_signed_bytes(statement))
    except WrongSignature as error:
        raise UntrustedCertificate(str(error)) from error
    return read_statement(codec, statement)


def _shaped(parts: Any) -> ServerKeyCertificate:
    kinds = (bytes, str, str, int, int, int)
    if not isinstance(parts, list) or len(parts) != len(kinds):
        raise UntrustedCertificate("a server-key certificate has six fields")
    if not all(isinstance(part, kind) for part, kind in zip(parts, kinds, strict=True)):
        raise UntrustedCertificate("a field of the server-key certificate has the wrong kind")
    return ServerKeyCertificate(*parts)
