"""The CA set: which certificate authorities agents believe, version by version, each signed by the root key."""

from eventsourcing.domain import Aggregate, event

from domain.ca_set_refusals import AuthoritiesPublished, NothingProposed
from domain.ids import CA_SET_STREAM


class CaSet(Aggregate):
    """``published`` is the pair (statement, root signature) that agents get; a proposal waits for the root key."""

    class Proposed(Aggregate.Created):
        """The deployment's first set, to be signed."""

        TOPIC = "CaSet.Proposed"
        ca_version: int
        statement: bytes

    class ProposedAnew(Aggregate.Event):
        """Another set, to be signed; it takes the place of one that was not."""

        TOPIC = "CaSet.ProposedAnew"
        ca_version: int
        statement: bytes

    class Published(Aggregate.Event):
        """The root key vouched for what was proposed: agents are told."""

        TOPIC = "CaSet.Published"
        ca_version: int
        statement: bytes
        root_signature: bytes

    @event(Proposed)
    def __init__(self, ca_version: int, statement: bytes) -> None:
        self.published_version = 0
        self.published: tuple[bytes, bytes] | None = None
        self.proposed_version, self.proposed = ca_version, statement

    @classmethod
    def propose(cls, statement: bytes) -> "CaSet":
        """The first set; its version is 1."""
        return cls._create(cls.Proposed, id=CA_SET_STREAM, ca_version=1, statement=statement)

    @property
    def next_version(self) -> int:
        """What the next proposal is numbered: a number that agents may have seen is never used for another set."""
        return self.published_version + 1

    def propose_anew(self, ca_version: int, statement: bytes) -> bool:
        """Propose another set; False when this very one waits for its signature."""
        if statement == self.proposed:
            return False
        self._proposed_anew(ca_version=ca_version, statement=statement)
        return True

    def publish(self, statement: bytes, root_signature: bytes) -> bool:
        """Tell agents; ``root_signature`` was checked. False when it is published already."""
        if self.published is not None and statement == self.published[0]:
            return False
        if not self.proposed:
            raise NothingProposed
        if statement != self.proposed:
            raise AuthoritiesPublished
        self._published(ca_version=self.proposed_version, statement=statement, root_signature=root_signature)
        return True

    @event(ProposedAnew)
    def _proposed_anew(self, ca_version: int, statement: bytes) -> None:
        self.proposed_version, self.proposed = ca_version, statement

    @event(Published)
    def _published(self, ca_version: int, statement: bytes, root_signature: bytes) -> None:
        self.published_version, self.published = ca_version, (statement, root_signature)
        self.proposed_version, self.proposed = 0, b""
