"""Certificates for a server on loopback."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@cache
def certificate_and_key(curve: ec.EllipticCurve | None = None, renewal: int = 0) -> tuple[bytes, bytes]:
    """A self-signed certificate for `localhost` and its key, PEM; P-256 unless said otherwise."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    certificate = _builder(f"localhost{renewal or ''}", datetime.now(UTC) + timedelta(days=1), key).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    return _signed(certificate, key)


def handler_certificate(name: str, until: datetime | None = None) -> tuple[bytes, bytes]:
    """A new key and certificate of the agent handler ``name``, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    uri = x509.UniformResourceIdentifier(f"muster://test/handler/{name}")
    certificate = _builder(name, until or datetime.now(UTC) + timedelta(days=1), key).add_extension(
        x509.SubjectAlternativeName([uri]), critical=False
    )
    return _signed(certificate, key)


def _builder(common_name: str, until: datetime, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=60))
        .not_valid_after(until)
    )


def _signed(certificate: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), private
