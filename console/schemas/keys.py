"""The shapes of what the API says of server keys and of how strong agents' keys are."""

from pydantic import Field

from console.schemas.shape import Shape


class ServerKey(Shape):
    """One generation of the server key."""

    version: int
    algorithm: str
    state: str = Field(description="created, imported (neither can answer yet), current, live, retired or deleted.")
    agents: int = Field(description="Allowed agents that held none newer at their last call-in: they rely on it.")
    created_at: str | None
    created_by: str | None
    activated_at: str | None
    retired_at: str | None
    until: str | None = Field(description="As its certificate says, or is to say.")
    minimum_version: int | None = Field(description="Agents that hold its certificate believe no older version.")
    fingerprint: str
    origin: str = Field(description="founded, created or imported.")
    request: str | None = Field(description="What the root key is to sign, in hex; null once it has.")
    reason: str | None = Field(description="Why it was retired.")


class KeyPolicy(Shape):
    """How strong agents' keys must be."""

    minimum: str
    version: int
    decided_at: str | None
    decided_by: str | None
    below: int = Field(description="Allowed registrations with a weaker key.")
    below_by_algorithm: dict[str, int]
    position: int


class MigrationWindow(Shape):
    """While it is open, an RSA-1024 key may hand over to a strong one, once."""

    until: str | None = Field(description="Null when it is closed or never was open; it closes by itself.")
    reason: str | None
    version: int
    decided_at: str | None
    decided_by: str | None
    position: int
