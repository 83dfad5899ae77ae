"""What a refusal means to the people at the machine, and what to do about it: one sentence or two for each reason."""

from agents.outcome import BUSY, NOT_DELIVERED, UNEXPECTED_ANSWER
from wire.refusals import Reason

_WHO = "NAME"
_KEEPS = "Nothing is lost: what waits to be told is kept"
_TICKET = "The agent goes on without it; ask the server's administrators for a new one, or to allow this machine"
_KEY_STAYS = "The key in use stays good"
_DROPPED = "The agent has set it aside and goes on"
_BUG = "this is a fault of the agent or of what is between it and the server; tell who maintains them"

MEANINGS: dict[str, str] = {
    Reason.PENDING: "The machine waits for a decision. On the server: muster registrations allow NAME",
    Reason.BLOCKED: "An administrator keeps this machine out. On the server: muster registrations show NAME tells why",
    Reason.REVOKED: "An administrator has withdrawn this machine's trust, and what it was given is removed."
    " On the server: muster registrations show NAME tells why",
    Reason.TRUST_NOT_GRANTED: "The machine is allowed from its next registration request on, which it makes by itself",
    Reason.FORK: "Another machine used the same key: this one is a copy of it, or it of this one. The agent has made a"
    " key of its own and asks anew; on the server: muster registrations list",
    Reason.NUMBER_USED: "The server has another package under this number, as after a restored backup."
    f" {_KEEPS}, and sent under the next number",
    Reason.GAP: f"The server waits for an earlier number. {_KEEPS}, and sent under that number",
    Reason.NUMBER_NOT_ALLOWED: f"The server cannot place what was sent: {_BUG}",
    Reason.KEY_UPDATE_REQUIRED: "The server's present key did not reach this agent. Call in again; if it stays so, the"
    " bootstrap file is of another deployment or the server's root key was changed",
    Reason.AGENT_TOO_OLD: "The deployment asks for stronger keys than this agent can make: update the agent",
    Reason.TICKET_FORGED: f"The install ticket was not signed for this machine's key. {_TICKET}",
    Reason.TICKET_UNKNOWN: f"The server has made no such install ticket; it may be another deployment's. {_TICKET}",
    Reason.TICKET_USED: f"The install ticket has let another machine in already; each is good once. {_TICKET}",
    Reason.TICKET_EXPIRED: f"The install ticket's time is over. {_TICKET}",
    Reason.TICKET_REVOKED: f"The install ticket was revoked on the server. {_TICKET}",
    Reason.KEY_REPLACED: "Another key has taken the place of this one for good, and this home does not hold it: was it"
    " restored from a backup? Install the agent in an empty home",
    Reason.KEY_TAKEN: f"The server knows the offered key already. {_KEY_STAYS}; offer another: muster agent rekey",
    Reason.KEY_TOO_WEAK: "The key is weaker than the deployment asks for. A new agent: install it in an empty home with"
    f" a stronger --key-type. An offered key: {_KEY_STAYS.lower()}; muster agent rekey --key-type p256",
    Reason.WRONG_PROOF: f"The offered key did not prove itself. {_KEY_STAYS}; offer another: muster agent rekey",
    Reason.KEY_UPDATE_UNUSABLE: f"The server could not read the offered key. {_KEY_STAYS}; try muster agent rekey",
    Reason.KEY_OFFERED_TOO_OFTEN: f"A further key is taken one hour after the last. {_KEY_STAYS}; it is offered again",
    Reason.MIGRATION_CLOSED: "This old key may be replaced only while an administrator allows it (on the server: muster"
    f" keys migration open). {_KEY_STAYS}; the new one is offered again at the next call-in",
    Reason.MIGRATION_USED: f"This old key has been replaced once already, which is all it may. {_KEY_STAYS}; on the"
    " server: muster registrations list shows the other key's machine",
    Reason.FORK_UNPROVED: "The server does not accept which machine this one was copied from; the agent asks again as a"
    " new one. On the server: muster registrations allow NAME",
    Reason.MALFORMED: f"The server could not read a package of this agent. {_DROPPED}; it is kept in the home",
    Reason.TOO_LARGE: f"A package was larger than the server takes. {_DROPPED}; it is kept in the home",
    Reason.UNSUPPORTED_TYPE: f"The server is too old for a package of this agent. {_DROPPED}; it is kept in the home",
    Reason.UNPROCESSABLE: f"The server failed twice on a package. {_DROPPED}; the server's log tells why",
    Reason.WRONG_SIGNATURE: f"A signature did not fit: {_BUG}",
    Reason.UNKNOWN_KEY: "The server does not know this machine's key, as after a restored backup or at another"
    f" deployment's server. {_KEEPS}; the agent asks for registration at its next call-in",
    Reason.MALFORMED_FRAME: f"The server could not read what was sent: {_BUG}",
    Reason.WRONG_OFFER: f"Server and agent have no version of the protocol in common, or it was tampered with: {_BUG}",
    BUSY: f"The server has too much to do, or its worker cannot be reached. {_KEEPS}; the agent calls in again soon",
    UNEXPECTED_ANSWER: f"The server answered with what this agent does not understand: update the agent. {_KEEPS}",
    NOT_DELIVERED: f"The server took the call-in but not the package. {_KEEPS} and sent again at the next one",
}
_UNKNOWN = "The server gives a reason that this agent does not know: update the agent. Nothing is lost"


def meaning_of(outcome: str, reason: str, agent_id: str | None = None) -> str:
    """For people: what ``reason`` of a refused or waiting call-in means; empty for other call-ins.

    Those that reached nobody, or failed on this machine, have a sentence for their reason already. A command for the
    server names the agent by its id, where it has one.
    """
    if outcome not in ("pending", "refused"):
        return ""
    return MEANINGS.get(reason, _UNKNOWN).replace(_WHO, agent_id or _WHO)
