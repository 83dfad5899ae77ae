"""What becomes of machines that ask: the rules of registration and keys in plain words over plain dicts.

Nothing here calls the product. An agent has the name of the key it came with; whose a key is now is never stored: it is
found by following the merges.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

PENDING, ALLOWED, BLOCKED, REVOKED, FORKED = "Pending", "Allowed", "Blocked", "Revoked", "Forked"
SHARED = "To Be Filled By O.E.M."
"""A serial number that many machines have: it tells nothing."""
HOUR_MS = 3_600_000
REFUSED = {PENDING: "pending", BLOCKED: "blocked", REVOKED: "revoked", ALLOWED: "registration_needed"}

Claims = Mapping[str, Any]
"""``name`` of the machine, and ``resources``: kind to value."""


class Came(NamedTuple):
    """What a new key proves about an older one: `handover` by it, or `fork` of it."""

    how: str
    by: str


NOTHING = Came("", "")


def told(claims: Claims) -> set[tuple[str, str]]:
    """The resource keys that tell one machine from another."""
    return {(kind, value) for kind, value in claims["resources"].items() if value != SHARED}


class Model:
    """What the server must know, and what it must answer."""

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {}
        self.agents: dict[str, dict[str, Any]] = {}
        self.tickets: dict[str, dict[str, Any]] = {}
        self.policy = {"otherwise": "pending", "duplicates": "pending", "office": ""}
        self.clock_ms = 0
        self.now_ms = 0

    def tick(self, clock_ms: int) -> None:
        """Recorded time never runs backwards, whatever the clock does."""
        self.clock_ms, self.now_ms = clock_ms, max(self.now_ms, clock_ms)

    # Whose is what.

    def end_of(self, agent: str) -> str:
        """The agent itself, or the one it was merged into, at the end of the chain."""
        while self.agents[agent]["merged_into"]:
            agent = self.agents[agent]["merged_into"]
        return agent

    def owner(self, key: str) -> str:
        """The agent that a key belongs to now."""
        return self.end_of(self.keys[key]["home"])

    def keys_of(self, agent: str) -> list[str]:
        """All keys of an agent, in the order in which they were first seen."""
        return [key for key in self.keys if self.owner(key) == agent]

    def all_in(self, agent: str) -> list[dict[str, Any]]:
        return [self.agents[each] for each in self.agents if self.end_of(each) == agent]

    # What a key is answered.

    def verdict(self, key: str) -> str:
        """The answer to the key's next package that is no registration request."""
        if key not in self.keys:
            return "unknown_key"
        if self.keys[key]["replaced_by"]:
            return "key_replaced"
        if self.keys[key]["forked"]:
            return "fork"
        agent = self.agents[self.owner(key)]
        return "taken" if agent["trusted"] else REFUSED[agent["status"]]

    def call_in(self, key: str) -> str:
        """A package under the key's next number; the first of an offered key retires the one before."""
        if (verdict := self.verdict(key)) == "taken":
            self.keys[key]["next"] += 1
            self.keys[key]["gap"] = False
            self._use(key)
        return verdict

    def _use(self, key: str) -> None:
        for old in self.keys.values():
            if old["offer"] == key:
                old["offer"], old["replaced_by"] = None, key

    def repeat(self, key: str, number: int) -> str:
        """A package that was taken before comes again: nothing happens, unless the server has forgotten it."""
        if (verdict := self.verdict(key)) != "taken" or number < self.keys[key]["next"]:
            return verdict
        if number == self.keys[key]["next"]:
            return self.call_in(key)
        self.keys[key]["gap"] = True
        return "gap"

    def clone_calls_in(self, key: str, *, clock_is_behind: bool) -> str:
        """A copy of the machine says something else under the last number: neither can use the key any more.

        What was signed before the recorded package is none of a copy's: somebody held it back.
        """
        if (verdict := self.verdict(key)) != "taken":
            return verdict
        if clock_is_behind:
            return "number_used"
        known, owner = self.keys[key], self.owner(key)
        for lost in filter(None, (key, known["offer"])):
            self.keys[lost]["forked"] = True
        if not self.live(self.keys_of(owner)):
            self.agents[owner]["status"], self.agents[owner]["trusted"] = FORKED, False
        return "fork"

    def live(self, keys: list[str]) -> list[str]:
        """Those that are neither replaced nor forked."""
        return [key for key in keys if not self.keys[key]["replaced_by"] and not self.keys[key]["forked"]]

    def offer(self, old: str, new: str) -> str:
        """A trusted key names its successor: both are good until that is used. Another offer replaces the first."""
        if (verdict := self.verdict(old)) != "taken":
            return verdict
        if self.keys[old]["offer"] == new:
            return "allowed"
        if new in self.keys:
            replaced = self.keys[new]["replaced_by"] and self.owner(new) == self.owner(old)
            return "key_replaced" if replaced else "key_taken"
        agent = self.agents[self.owner(old)]
        if agent["offers"] >= 3 and self.now_ms < agent["offered_ms"] + HOUR_MS:
            return "key_offered_too_often"
        agent["offers"], agent["offered_ms"] = agent["offers"] + 1, self.now_ms
        self._use(old)
        if withdrawn := self.keys[old]["offer"]:
            self.keys[withdrawn]["replaced_by"] = new
        self.keys[old]["offer"] = new
        before = self.keys[old]
        self._know(new, before["home"], before["claims"], list(before["duplicate_of"]), replaces=old)
        return "allowed"

    # Requests.

    def ask(self, key: str, claims: Claims, ticket: str | None = None, came: Came = NOTHING) -> str:
        """A registration request: the status it is answered, or what is wrong with its ticket."""
        if (verdict := self.verdict(key)) in ("key_replaced", "fork"):
            return verdict
        # The server was restored from before this key was offered: the handover counts now.
        hands_over = key not in self.keys and came.by in self.keys and came.how == "handover"
        if hands_over and self.offer(came.by, key) == "allowed":
            return "allowed"
        wrong = self._wrong_with(ticket, key) if ticket else None
        good = ticket if ticket and not wrong else None
        if key not in self.keys:
            self._introduce(key, claims, good, came.by if came.how == "fork" and came.by in self.keys else "")
        else:
            self._ask_again(key, claims, good)
        return wrong or str(self.agents[self.owner(key)]["status"]).lower()

    def _introduce(self, key: str, claims: Claims, ticket: str | None, fork: str) -> None:
        """A new machine is decided by its ticket, else by the policy, else waits for a person; a fork always waits."""
        older = [each for each in self.keys if self.keys[each]["named"] & told(claims)]
        self._know(key, key, claims, older, replaces=None)
        agent: dict[str, Any] = {
            "status": PENDING,
            "trusted": False,
            "merged_into": None,
            "fork_of": self.owner(fork) if fork else None,
            "apart": bool(fork),
            "let_in_as": set(),
            "decided_by": None,
            "decided_ms": 0,
            "was_revoked": False,
            "offers": 0,
            "offered_ms": 0,
        }
        self.agents[key] = agent
        if fork:
            return
        if ticket and self._redeem(ticket, key):
            return
        action, rule = self._policy_says(claims)
        if action == "block":
            self.decide(agent, BLOCKED, f"rule:{rule}")
        if action == "allow" and (not older or self._duplicates_may_be_let_in(older)):
            self.decide(agent, ALLOWED, f"rule:{rule}")
            agent["let_in_as"] |= set(older)
            self.merge_by_itself(key)

    def _ask_again(self, key: str, claims: Claims, ticket: str | None) -> None:
        """Other claims may make a duplicate. Who was allowed after a block or a revocation is trusted from now on."""
        mine = self.keys[key]
        named = {each for known in self.keys.values() if known["home"] == mine["home"] for each in known["named"]}
        fresh = told(claims) - named
        older = [each for each in self.keys if self.keys[each]["named"] & fresh]
        mine["duplicate_of"] += [each for each in older if each not in mine["duplicate_of"]]
        mine["claims"], mine["asked_ms"] = claims, self.now_ms
        mine["named"] |= told(claims)
        agent = self.agents[self.owner(key)]
        if agent["status"] == ALLOWED and not agent["trusted"]:
            agent["trusted"] = True
            self.merge_by_itself(key)
        if ticket and not self.agents[mine["home"]]["fork_of"]:
            self._redeem(ticket, key)

    def _know(self, key: str, home: str, claims: Claims, duplicate_of: list[str], replaces: str | None) -> None:
        self.keys[key] = {
            "home": home,
            "claims": claims,
            "named": told(claims),
            "duplicate_of": duplicate_of,
            "replaces": replaces,
            "offer": None,
            "replaced_by": None,
            "forked": False,
            "gap": False,
            "next": 1,
            "asked_ms": self.now_ms,
        }

    def _policy_says(self, claims: Claims) -> tuple[str, str]:
        """A rule about offices, if there is one, then the last word."""
        if self.policy["office"] and claims["name"].startswith("office"):
            return self.policy["office"], "office"
        return {"allow-all": "allow", "block-all": "block"}.get(self.policy["otherwise"], ""), self.policy["otherwise"]

    def _duplicates_may_be_let_in(self, older: list[str]) -> bool:
        """By a setting; never when the machine it says it is, is kept out: only a person changes that."""
        kept_out = any(self.agents[self.owner(each)]["status"] in (BLOCKED, REVOKED, FORKED) for each in older)
        return self.policy["duplicates"] == "allow" and not kept_out

    # Tickets.

    def _wrong_with(self, ticket: str, key: str) -> str | None:
        if ticket not in self.tickets:
            return "ticket_unknown"
        known = self.tickets[ticket]
        if known["used_by"]:
            return None if known["used_by"] == key else "ticket_used"
        if known["revoked"]:
            return "ticket_revoked"
        return "ticket_expired" if known["until_ms"] <= self.clock_ms else None

    def _redeem(self, ticket: str, key: str) -> bool:
        """It lets in one Pending machine; a duplicate only as the machine that the ticket was made for."""
        known, agent = self.tickets[ticket], self.agents[self.owner(key)]
        resource = self.owner(known["bound_to"]) if known["bound_to"] else None
        if known["used_by"] or agent["status"] != PENDING or (self.keys[key]["duplicate_of"] and not resource):
            return False
        if resource and self.agents[resource]["status"] != ALLOWED:
            return False
        known["used_by"] = key
        self.decide(agent, ALLOWED, f"ticket:{ticket}")
        if resource and resource != self.owner(key):
            agent["merged_into"] = resource
        return True

    def decide(self, agent: dict[str, Any], status: str, who: str) -> None:
        agent["trusted"] = status == ALLOWED and agent["status"] == PENDING
        agent["status"], agent["decided_by"], agent["decided_ms"] = status, who, self.now_ms

    def merge_by_itself(self, key: str) -> None:
        """Both are Allowed and name the same resources: one machine, the one allowed first.

        Somebody must have let one in as a duplicate of the other: a machine that copies the keys of another after it
        was let in is not merged with it. Whom a person has set apart stays apart.
        """
        agent = self.owner(key)
        if self.agents[agent]["apart"]:
            return
        for other in self.keys:
            alike = (
                self.keys[other]["named"] & told(self.keys[key]["claims"]) or other in self.keys[key]["duplicate_of"]
            )
            resource = self.owner(other)
            stands = self.agents[resource]["status"] == ALLOWED and not self.agents[resource]["apart"]
            if resource != agent and alike and stands and self._knowingly(agent, resource):
                self.agents[agent]["merged_into"] = resource
                return

    def _knowingly(self, one: str, other: str) -> bool:
        return any(
            set(self.keys_of(b)) & each["let_in_as"] for a, b in ((one, other), (other, one)) for each in self.all_in(a)
        )
