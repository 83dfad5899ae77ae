"""TLS as an agent does it, on Twisted: 1.3, the bootstrap's authorities, ALPN, the handler's name, tickets."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from agents.bootstrap import Bootstrap
from agents.tls import PROTOCOL, NotOurHandler, check_certificate

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME."""


class ClientTls:
    """The settings of all connections of a swarm."""

    def __init__(self, bootstrap: Bootstrap) -> None:
        self._bootstrap = bootstrap
        self._checked: set[bytes] = set()
        self._context = _context(bootstrap)

    def connection(self, session: SSL.Session | None) -> SSL.Connection:
        """A new connection, resuming ``session`` if there is one."""
        connection = SSL.Connection(self._context, None)
        if session is not None:
            connection.set_session(session)
        return connection

    def check(self, connection: SSL.Connection) -> None:
        """Raise NotOurHandler unless a handler of the bootstrap answered; each certificate is looked at once."""
        if connection.get_alpn_proto_negotiated() != PROTOCOL.encode():
            raise NotOurHandler(f"the server does not speak {PROTOCOL}")
        found = connection.get_peer_certificate(as_cryptography=True)
        if found is None:
            raise NotOurHandler("the server showed no certificate")
        seen = found.signature
        if seen not in self._checked:
            names = {each.name for each in self._bootstrap.handlers}
            check_certificate(found, self._bootstrap.deployment, names, 0)
            self._checked.add(seen)


@implementer(IOpenSSLClientConnectionCreator)
class Creator:
    """Makes the TLS side of one connection for Twisted."""

    def __init__(self, tls: ClientTls, session: SSL.Session | None) -> None:
        self._tls = tls
        self._session = session

    def clientConnectionForTLS(self, protocol: object) -> SSL.Connection:  # noqa: N802
        """See twisted's IOpenSSLClientConnectionCreator."""
        return self._tls.connection(self._session)


def _context(bootstrap: Bootstrap) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_verify(SSL.VERIFY_PEER)
    context.set_alpn_protos([PROTOCOL.encode()])
    # A P-256 key share, as agents on today's distributions send an elliptic one: the hybrid post-quantum share that
    # this OpenSSL would offer alone is larger than the rest of the handshake.
    context.set_tmp_ecdh(ec.SECP256R1())
    store = context.get_cert_store()
    assert store is not None
    # Like the reference agent, whose machine's clock may be dead.
    store.set_flags(_NO_CHECK_TIME)
    for pem in bootstrap.ca:
        store.add_cert(crypto.X509.from_cryptography(x509.load_pem_x509_certificate(pem.encode())))
    return context
