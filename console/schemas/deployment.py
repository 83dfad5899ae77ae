"""The shapes of what the API says of the deployment itself: reports, handlers, tokens."""

from pydantic import Field

from console.schemas.shape import Shape


class Rebuild(Shape):
    """A projection that is being built anew."""

    position: int
    percent: float
    started_at: str | None


class Projection(Shape):
    """A report that is built from the log, and how far it has got."""

    name: str
    version: int
    position: int
    head: int = Field(description="Position of the newest event in the log.")
    lag_events: int
    lag_s: float
    parked: int = Field(description="Events it could not take, and later ones of the same agents.")
    rebuilding: Rebuild | None


class AgentHandler(Shape):
    """A process that agents talk to."""

    handler: str
    started_at: str | None
    announced: str | None
    starts: int


class Token(Shape):
    """A bearer token of an operator; the secret is nowhere."""

    token_id: str
    name: str
    role: str
    issued_at: str | None
    issued_by: str | None
    expires_at: str | None
    last_used_at: str | None = Field(description="Noted once a day.")
    revoked: bool
    revoked_at: str | None


class Identity(Shape):
    """The token that asks."""

    token_id: str
    name: str
    role: str
    expires_at: str | None
