"""Whose a name of operators is: decisions carry the name alone, so one living token has it at a time."""

from eventsourcing.domain import Aggregate, event

from domain.errors import OrderRefused
from domain.ids import token_name_stream


class NameHeld(OrderRefused):
    """A living token has this name already: decisions carry the name alone."""

    code = "token_name_held"


class TokenName(Aggregate):
    """One name, whatever its case, and the token that was given it last."""

    class Taken(Aggregate.Created):
        """The first token of this name was made."""

        TOPIC = "TokenName.Taken"
        name: str
        token_id: str

    class TakenAnew(Aggregate.Event):
        """Another token has the name: the one before is good for nothing any more."""

        TOPIC = "TokenName.TakenAnew"
        token_id: str

    @event(Taken)
    def __init__(self, name: str, token_id: str) -> None:
        self.token_id = token_id

    @classmethod
    def take(cls, name: str, token_id: str) -> "TokenName":
        """The first of a name."""
        return cls._create(cls.Taken, id=token_name_stream(name), name=name, token_id=token_id)

    def take_anew(self, token_id: str) -> None:
        """Be the name of another token."""
        self._taken_anew(token_id=token_id)

    @event(TakenAnew)
    def _taken_anew(self, token_id: str) -> None:
        self.token_id = token_id
