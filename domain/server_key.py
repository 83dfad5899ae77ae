"""One generation of the server key, certified by the deployment's root key."""

from eventsourcing.domain import Aggregate, event

from domain.ids import server_key_stream


class ServerKey(Aggregate):
    """A server key that agents may be answered with."""

    class Certified(Aggregate.Created):
        """The root key vouched for this server key."""

        TOPIC = "ServerKey.Certified"
        key_version: int
        algorithm: str
        public_key: bytes
        statement: bytes
        root_signature: bytes

    @event(Certified)
    def __init__(
        self, key_version: int, algorithm: str, public_key: bytes, statement: bytes, root_signature: bytes
    ) -> None:
        self.key_version = key_version
        self.algorithm = algorithm
        self.public_key = public_key
        self.certificate = (statement, root_signature)

    @classmethod
    def certify(
        cls, key_version: int, algorithm: str, public_key: bytes, certificate: tuple[bytes, bytes]
    ) -> "ServerKey":
        """A new generation with its root-signed certificate."""
        return cls._create(
            cls.Certified,
            id=server_key_stream(key_version),
            key_version=key_version,
            algorithm=algorithm,
            public_key=public_key,
            statement=certificate[0],
            root_signature=certificate[1],
        )
