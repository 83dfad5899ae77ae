"""TLS as agents do it: 1.3, the deployment's authorities alone, handler names checked, dates by server time."""

import ssl
from collections.abc import Collection, Sequence

from cryptography import x509

PROTOCOL = "muster/1"
_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: a machine whose clock is dead must still get in."""


class NotOurHandler(Exception):
    """Who answered is no agent handler of this deployment."""


def client_context(authorities: Sequence[str]) -> ssl.SSLContext:
    """The TLS settings of every connection to a handler; ``authorities`` are CA certificates, PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the name that counts is the URI, see check_handler
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    context.load_verify_locations(cadata="\n".join(authorities))
    context.set_alpn_protocols([PROTOCOL])
    return context


def check_handler(peer: ssl.SSLSocket, deployment: str, names: Collection[str], server_time_ms: int) -> str:
    """The name of the handler behind ``peer``; NotOurHandler. ``server_time_ms``: newest signed one, 0 for none."""
    if peer.selected_alpn_protocol() != PROTOCOL:
        raise NotOurHandler(f"the server does not speak {PROTOCOL}")
    der = peer.getpeercert(binary_form=True)
    if not der:
        raise NotOurHandler("the server showed no certificate")
    return check_certificate(x509.load_der_x509_certificate(der), deployment, names, server_time_ms)


def check_certificate(
    certificate: x509.Certificate, deployment: str, names: Collection[str], server_time_ms: int
) -> str:
    """The handler name in a certificate whose chain was verified; raise NotOurHandler."""
    ours = {f"muster://{deployment}/handler/{known}": known for known in names}
    found = _uris(certificate)
    name = next((ours[uri] for uri in found if uri in ours), None)
    if name is None:
        raise NotOurHandler(
            f"the certificate is for {', '.join(found) or 'no URI'}, not for a handler of bootstrap or server list"
        )
    until_ms = int(certificate.not_valid_after_utc.timestamp() * 1000)
    if server_time_ms > until_ms:
        raise NotOurHandler(f"the certificate of {name} ended at {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
    return name


def _uris(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)
