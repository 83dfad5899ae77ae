"""The shapes of the lists that every agent is told alike."""

from typing import Any

from pydantic import Field

from console.schemas.shape import Shape


class ServerList(Shape):
    """Which agent handlers agents go to."""

    servers: list[dict[str, Any]] = Field(description="name, host, port, priority; lower priorities first.")
    version: int = Field(description="The ETag; 0 while agents have their bootstrap's alone.")
    decided_at: str | None
    decided_by: str | None


class RepositoryList(Shape):
    """Where agents get content."""

    repositories: list[dict[str, Any]] = Field(description="name, kind, url, priority, fingerprint.")
    version: int = Field(description="The ETag; 0 when none was set yet.")
    decided_at: str | None
    decided_by: str | None


class Authorities(Shape):
    """Whose TLS certificates agents believe."""

    ca_version: int = Field(description="Of the set; 0 while agents have their bootstrap's.")
    version: int = Field(description="The ETag.")
    certificates: list[dict[str, Any]] = Field(description="name, until, serial of each CA.")
    published_at: str | None
    published_by: str | None
    signed: dict[str, str] | None = Field(
        description="The published set as the root key signed it, hexadecimal statement and signature; or null."
    )
    request: str | None = Field(description="What the root key is to sign; null when nothing waits.")
    agents: int = Field(description="Allowed agents that hold this set by their own signed word.")
    agents_in_all: int = Field(description="Allowed agents.")
