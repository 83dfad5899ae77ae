"""The shapes of what the API answers to an order."""

from pydantic import Field

from console.schemas import (
    Authorities,
    KeyPolicy,
    MigrationWindow,
    Policy,
    Registration,
    RepositoryList,
    ServerKey,
    ServerList,
    Shape,
)


class Decided(Shape):
    """An order was carried out, or found nothing to change."""

    outcome: str = Field(description="done or unchanged.")
    detail: str
    position: int = Field(description="Position of its event in the log; the reports have reached it, unless stale.")
    stale: bool = Field(False, description="Present and true when the reports do not show it yet.")


class RegistrationDecided(Decided):
    """A decision about a registration."""

    registration: Registration | None = Field(description="As the reports show it now; null when they cannot.")


class PolicyDecided(Decided):
    """A decision about the policy."""

    policy: Policy | None = Field(description="As the reports show it now; null when they cannot.")


class ServerKeyDecided(Decided):
    """An order about a server key."""

    server_key: ServerKey | None = Field(description="As the reports show it now; null when they cannot.")


class ServerListDecided(Decided):
    """A decision about the server list."""

    server_list: ServerList | None = Field(description="As the reports show it now; null when they cannot.")
    warning: str | None = Field(description="Which handlers of it nobody has heard of.")


class RepositoryListDecided(Decided):
    """A decision about the repository list."""

    repository_list: RepositoryList | None = Field(description="As the reports show it now; null when they cannot.")


class AuthoritiesDecided(Decided):
    """An order about the CA set."""

    authorities: Authorities | None = Field(description="As the reports show it now; null when they cannot.")


class KeyPolicyDecided(Decided):
    """A decision about the strength of agents' keys."""

    policy: KeyPolicy | None = Field(description="As the reports show it now; null when they cannot.")


class WokenAgent(Shape):
    """What became of the hint to one agent."""

    agent_id: str
    name: str
    result: str = Field(
        description="told (it holds a connection by its own word); not connected (it calls in by itself alone); "
        "not told (no agent handler is there, or its key is not trusted yet); or why it cannot be woken."
    )


class WakeUpDecided(Decided):
    """Hints were sent to agents; that one woke up is what its next call-in says, with why `wake-up`."""

    agents: int = Field(description="How many were meant; one that is not Allowed has nothing to come for.")
    told: int = Field(
        description="To how many of them a hint went out. Only one that holds a connection (push mode) hears it."
    )
    holding: int = Field(description="How many of them said at their last call-in that they are in push mode.")
    who: list[WokenAgent] = Field(description="Each agent that was meant, once.")


class WindowDecided(Decided):
    """A decision about the migration window."""

    window: MigrationWindow | None = Field(description="As the reports show it now; null when they cannot.")


class TokenIssued(Decided):
    """A token was made; this is the only time its secret is told."""

    token_id: str
    name: str
    role: str
    expires_at: str | None
    token: str = Field(description="The secret.")


class NewTicket(Shape):
    """An install ticket; this is the only time its seed is told."""

    ticket_id: str
    ticket: str = Field(description="The seed, base64: the content of a ticket file.")


class TicketsIssued(Decided):
    """Install tickets were made."""

    expires_at: str
    tickets: list[NewTicket]
