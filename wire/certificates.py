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
    statement = codec.encode(list(certificate))
    return statement, sign(_CONTEXT + statement)


def read_certificate(codec: Codec, pair: tuple[bytes, bytes], root: PublicKey) -> ServerKeyCertificate:
    """The certificate in ``pair``; raise UntrustedCertificate unless ``root`` signed exactly these bytes."""
    statement, signature = pair
    try:
        root.verify(signature, _CONTEXT + statement)
        certificate = _shaped(codec.decode(statement))
        found = load_public_key(certificate.key).algorithm
    except (WrongSignature, MalformedBody, UnusableKey) as error:
        raise UntrustedCertificate(str(error)) from error
    if found == RSA1024:
        raise UntrustedCertificate("RSA-1024 server keys sign nothing")
    if found != certificate.algorithm or certificate.purpose != PURPOSE_SERVER:
        raise UntrustedCertificate(f"a {found} key certified as {certificate.algorithm} {certificate.purpose}")
    return certificate


def _shaped(parts: Any) -> ServerKeyCertificate:
    kinds = (bytes, str, str, int, int, int)
    if not isinstance(parts, list) or len(parts) != len(kinds):
        raise UntrustedCertificate("a server-key certificate has six fields")
    if not all(isinstance(part, kind) for part, kind in zip(parts, kinds, strict=True)):
        raise UntrustedCertificate("a field of the server-key certificate has the wrong kind")
    return ServerKeyCertificate(*parts)
