"""What an agent believes about server keys: the chain from the deployment's root key, and nothing else."""

from collections.abc import Iterable

from wire.certificates import ServerKeyCertificate, UntrustedCertificate, read_certificate
from wire.codec import Codec
from wire.keys import PublicKey, WrongSignature, load_public_key
from wire.packages import ServerPackage, server_signed_bytes

Pair = tuple[bytes, bytes]


class UntrustedAnswer(Exception):
    """An answer was not signed for this agent and this package by a server key that the root key vouches for."""


class ServerTrust:
    """The server-key certificates an agent holds: root-signed ones, never below the highest minimum seen."""

    def __init__(self, codec: Codec, root: PublicKey, pairs: Iterable[Pair] = (), minimum_version: int = 0) -> None:
        self._codec = codec
        self._root = root
        self.minimum_version = minimum_version
        self._held: dict[int, tuple[Pair, ServerKeyCertificate, PublicKey]] = {}
        self.learn(pairs)

    @property
    def newest_version(self) -> int:
        """Version of the newest server key held; 0 when none is. Goes into every agent header."""
        return max(self._held, default=0)

    @property
    def pairs(self) -> list[Pair]:
        """The certificates to store, oldest first."""
        return [self._held[version][0] for version in sorted(self._held)]

    def learn(self, pairs: Iterable[Pair]) -> bool:
        """Take in root-signed certificates, UntrustedCertificate for others; True when something is to be stored."""
        fresh = False
        for pair in pairs:
            certificate = read_certificate(self._codec, pair, self._root)
            self.minimum_version = max(self.minimum_version, certificate.minimum_version)
            if certificate.version not in self._held:
                self._held[certificate.version] = (pair, certificate, load_public_key(certificate.key))
                fresh = True
        return fresh

    def check(self, package: ServerPackage, recipient: bytes, answered: bytes, newest_time_ms: int) -> bool:
        """Verify a signed answer; True when it brought certificates to store. Raise UntrustedAnswer otherwise.

        ``answered`` is SHA-256 of the signed bytes of the package that was sent; ``newest_time_ms`` the newest signed
        server time known before, so that an expired key cannot turn the clock back for itself.
        """
        try:
            fresh = self.learn(package.certificates)
        except UntrustedCertificate as error:
            raise UntrustedAnswer(f"a certificate that came with the answer: {error}") from error
        version = package.header.server_key_version
        if version not in self._held:
            raise UntrustedAnswer(f"signed by server key {version}, of which no certificate is held")
        if version < self.minimum_version:
            raise UntrustedAnswer(f"signed by server key {version}, the minimum is {self.minimum_version}")
        _, certificate, key = self._held[version]
        signed = server_signed_bytes(recipient, answered, package.header_bytes, package.body)
        try:
            key.verify(package.signature, signed)
        except WrongSignature as error:
            raise UntrustedAnswer(str(error)) from error
        if max(newest_time_ms, package.header.server_time_ms) > certificate.until_ms:
            raise UntrustedAnswer(f"server key {version} has expired")
        return fresh
