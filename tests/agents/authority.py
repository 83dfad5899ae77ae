"""Certificates of a deployment made for one test."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.agents.tiny_server import NOON_MS

DEPLOYMENT = "test"
NOON = datetime.fromtimestamp(NOON_MS / 1000, UTC)
"""The server's time: what the machine of the test thinks it is plays no part."""


class Authority:
    """A certificate authority with P-256 keys."""

    def __init__(self, name: str = "test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            self._builder(self._name, self._key, NOON - timedelta(days=1), NOON + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """For a bootstrap file."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def handler(self, name: str, *, until: datetime | None = None, deployment: str = DEPLOYMENT) -> "Issued":
        """A certificate for the agent handler ``name``."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        until = until or NOON + timedelta(days=30)
        uri = x509.UniformResourceIdentifier(f"muster://{deployment}/handler/{name}")
        certificate = (
            self._builder(subject, key, until - timedelta(days=60), until)
            .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Issued(certificate, key)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
        )


class Issued:
    """A certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    def write(self, folder: Path) -> Path:
        """One PEM file with both."""
        pem = folder / f"{self.certificate.serial_number}.pem"
        pem.write_bytes(
            self.certificate.public_bytes(serialization.Encoding.PEM)
            + self._key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pem
