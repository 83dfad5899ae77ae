"""The TLS side of a frontend: 1.3 only, ALPN `muster/1`, session tickets under a key of this process, no 0-RTT."""

import secrets
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL
from twisted.internet.interfaces import IAddress, IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

ALPN = b"muster/1"
_TICKETS_LAST_S = 24 * 3600


class UnusableCertificate(Exception):
    """The frontend's certificate or key cannot be used: both must be PEM, a P-256 key and its certificate."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.__doc__} ({why})")


@implementer(IOpenSSLServerConnectionCreator)
class ServerTls:
    """Makes the TLS side of accepted connections; resumed sessions end with this object, as its ticket key does."""

    def __init__(self, certificate_pem: bytes, key_pem: bytes) -> None:
        """`certificate_pem` is the server's own certificate; agents hold the CA's."""
        self._context = _context(certificate_pem, key_pem)
        self.certificate = x509.load_pem_x509_certificate(certificate_pem)
        """The one that new connections are shown."""

    def renew(self, certificate_pem: bytes, key_pem: bytes, now: datetime) -> datetime:
        """Show this one to new connections; returns its end. Raise UnusableCertificate, and go on with the old one.

        Agents go by the name in it: one of another name, or one that has ended, would lose them all.
        """
        context = _context(certificate_pem, key_pem)
        found = x509.load_pem_x509_certificate(certificate_pem)
        if _names(found) != _names(self.certificate):
            raise UnusableCertificate(f"it is for {_named(found)}, this handler is {_named(self.certificate)}")
        if found.not_valid_after_utc <= now:
            raise UnusableCertificate(f"it ended at {found.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}")
        self._context, self.certificate = context, found
        return found.not_valid_after_utc

    def serverConnectionForTLS(self, protocol: object) -> SSL.Connection:  # noqa: N802
        """See twisted's IOpenSSLServerConnectionCreator."""
        return SSL.Connection(self._context, None)


class TlsFactory(TLSMemoryBIOFactory):
    """Wraps each connection in TLS, unless the wrapped factory does not want it.

    Writes go straight to TLS: an answer is one write, so there is nothing to gather and no next turn to wait for.
    """

    protocol = TLSMemoryBIOProtocol

    def buildProtocol(self, addr: IAddress | None) -> TLSMemoryBIOProtocol | None:  # type: ignore[override]  # noqa: N802
        """None closes the connection at once."""
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self.protocol(self, inner)  # type: ignore[no-untyped-call]


def _context(certificate_pem: bytes, key_pem: bytes) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    # No renegotiation exists in TLS 1.3; said all the same, should the minimum ever be lowered. Tickets are on while
    # OP_NO_TICKET is not set, and 0-RTT is off while no early data is allowed, which is OpenSSL's default.
    context.set_options(SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
    # Idle connections give their TLS buffers back: 32 KiB each otherwise.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Without a session id context of its own OpenSSL resumes nothing.
    context.set_session_id(secrets.token_bytes(16))
    # Tickets carry all state; a cache would only grow.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_timeout(_TICKETS_LAST_S)
    context.set_alpn_select_callback(_select)
    _use(context, certificate_pem, key_pem)
    return context


def _use(context: SSL.Context, certificate_pem: bytes, key_pem: bytes) -> None:
    try:
        key = load_pem_private_key(key_pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise UnusableCertificate("the key is not P-256")
        context.use_certificate(x509.load_pem_x509_certificate(certificate_pem))
        context.use_privatekey(key)
        context.check_privatekey()
    except (ValueError, TypeError, SSL.Error) as error:
        raise UnusableCertificate(str(error)) from error


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return sorted(names.get_values_for_type(x509.UniformResourceIdentifier))


def _named(certificate: x509.Certificate) -> str:
    return ", ".join(_names(certificate)) or "nobody"


def _select(_connection: SSL.Connection, offered: list[bytes]) -> bytes | SSL._NoOverlappingProtocols:
    # A client without our protocol is let go on and dropped right after the handshake: pyOpenSSL turns a refusal
    # here into a Python error that Twisted would log with a traceback.
    return ALPN if ALPN in offered else SSL.NO_OVERLAPPING_PROTOCOLS
