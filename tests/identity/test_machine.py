"""Random lives of a fleet: requests, tickets, decisions, merges, keys, misfortunes; the worker and the model agree."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from domain.orders import (
    AllowRegistration,
    BlockRegistration,
    MergeRegistration,
    RevokeRegistration,
    SetRegistrationPolicy,
    SplitRegistration,
)
from tests.identity import people
from tests.identity.life import HOUR_MS, MOST_KEYS, ONE, Life, claims
from tests.identity.model import NOTHING, Came

OFFICE = {"name": "office", "host_name": ["office-*"]}
DECISIONS = {
    "allow": (AllowRegistration, people.allow),
    "block": (BlockRegistration, people.block),
    "revoke": (RevokeRegistration, people.revoke),
}
ROOM_FOR_KEYS = precondition(lambda self: self.made < MOST_KEYS)
TIME_IS_RIGHT = precondition(lambda self: self.fleet.clock_ms == self.model.now_ms)
"""Who takes over knows of time what was recorded: not how far a clock had got that was put back since."""
TICKETS = st.sampled_from(["t1", "t2"])


class AgentsAct(Life):
    """What machines do."""

    @initialize(said=claims())
    def the_first_machine_asks(self, said: dict[str, Any]) -> None:
        self._asks(self.new_key(), said)

    @ROOM_FOR_KEYS
    @rule(said=claims())
    def a_machine_asks(self, said: dict[str, Any]) -> None:
        self._asks(self.new_key(), said)

    @ROOM_FOR_KEYS
    @rule(said=claims(), ticket=TICKETS)
    def a_machine_asks_with_a_ticket(self, said: dict[str, Any], ticket: str) -> None:
        self._asks(self.new_key(), said, ticket)

    @ROOM_FOR_KEYS
    @rule(said=claims(), other=ONE)
    def a_machine_asks_in_one_batch_with_another(self, said: dict[str, Any], other: int) -> None:
        asking = [(self.key(other), said), (self.new_key(), said)]
        self.forward(4 * HOUR_MS)
        assert self.fleet.ask_together(asking) == [self.model.ask(*each) for each in asking]

    @rule(one=ONE, ticket=st.sampled_from([None, None, "t1"]))
    def it_asks_again(self, one: int, ticket: str | None) -> None:
        self._asks(self.key(one), dict(self.claims_of(self.key(one))), ticket)

    @rule(one=ONE, said=claims())
    def it_asks_with_other_claims(self, one: int, said: dict[str, Any]) -> None:
        self.forward(4 * HOUR_MS)
        self._asks(self.key(one), said)

    @rule(one=ONE)
    def it_calls_in(self, one: int) -> None:
        assert self.fleet.call_in(self.key(one)) == self.model.call_in(self.key(one))

    @rule(one=ONE)
    def its_answer_was_lost_and_it_says_it_again(self, one: int) -> None:
        key = self.key(one)
        if number := self.fleet.has_delivered(key):
            forgotten = key in self.model.keys and number >= self.model.keys[key]["next"]
            trusted = self.model.verdict(key) == "taken"
            answer, events = self.fleet.repeat(key)
            assert answer == self.model.repeat(key, number)
            assert events == 0 or forgotten or not trusted

    @rule(one=ONE, behind=st.sampled_from([False, False, True]))
    def a_copy_of_it_calls_in(self, one: int, behind: bool) -> None:
        key = self.key(one)
        known = self.model.keys.get(key)
        if known and known["next"] > 1 and not known["gap"]:
            answer = self.fleet.clone_calls_in(key, known["next"] - 1, clock_is_behind=behind)
            assert answer == self.model.clone_calls_in(key, clock_is_behind=behind)

    @ROOM_FOR_KEYS
    @rule(one=ONE, said=claims(), ticket=st.sampled_from([None, "t1"]))
    def it_makes_a_new_key_since_its_own_is_lost(self, one: int, said: dict[str, Any], ticket: str | None) -> None:
        self._asks(self.new_key(), said, ticket, Came("fork", self.key(one)))

    @rule(one=ONE, old=ONE)
    def it_asks_with_the_handover_of_an_older_key(self, one: int, old: int) -> None:
        if one % len(self.fleet.agents) != old % len(self.fleet.agents):
            key = self.key(one)
            self._asks(key, dict(self.claims_of(key)), None, Came("handover", self.key(old)))

    @ROOM_FOR_KEYS
    @rule(one=ONE)
    def it_offers_a_new_key(self, one: int) -> None:
        self._offers(self.key(one), self.new_key())

    @rule(one=ONE, other=ONE)
    def it_offers_a_key_that_was_named_before(self, one: int, other: int) -> None:
        if one != other:
            self._offers(self.key(one), self.key(other))

    def _offers(self, old: str, new: str) -> None:
        assert self.fleet.offer(old, new) == self.model.offer(old, new)

    def _asks(self, key: str, said: dict[str, Any], ticket: str | None = None, came: Came = NOTHING) -> None:
        assert self.fleet.ask(key, said, ticket, came) == self.model.ask(key, said, ticket, came)


class PeopleAct(Life):
    """What people do, and see."""

    @rule(one=ONE, decision=st.sampled_from(["allow", "allow", "block", "revoke"]))
    def a_person_decides(self, one: int, decision: str) -> None:
        order, decide = DECISIONS[decision]
        assert self.fleet.order(order(self.fingerprint(one), "so be it")) == decide(self.model, self.key(one))

    @rule(decision=st.sampled_from(["allow", "block", "revoke"]))
    def a_person_decides_in_bulk(self, decision: str) -> None:
        order, decide = DECISIONS[decision]
        self.shown.catch_up()
        for key, version, actions in self.shown.versions():
            if decision in actions:
                given = order(self.fleet.agents[key].fingerprint, "all of them")
                assert self.fleet.order(given, if_match=version) == decide(self.model, key)

    @rule(one=ONE, into=ONE)
    def a_person_merges(self, one: int, into: int) -> None:
        order = MergeRegistration(self.fingerprint(one), self.fingerprint(into), "reinstalled")
        assert self.fleet.order(order) == people.merge(self.model, self.key(one), self.key(into))

    @rule(one=ONE)
    def a_person_splits(self, one: int) -> None:
        order = SplitRegistration(self.fingerprint(one), "two machines")
        assert self.fleet.order(order) == people.split(self.model, self.key(one))

    @rule(ticket=TICKETS, bound_to=st.none() | ONE)
    def a_person_makes_a_ticket(self, ticket: str, bound_to: int | None) -> None:
        if ticket not in self.model.tickets:
            key = None if bound_to is None else self.key(bound_to)
            until_ms = self.fleet.clock_ms + 24 * HOUR_MS
            assert self.fleet.issue(ticket, key, until_ms) == people.issue(self.model, ticket, key, until_ms)

    @rule(ticket=TICKETS)
    def a_person_revokes_a_ticket(self, ticket: str) -> None:
        assert self.fleet.revoke_ticket(ticket) == people.revoke_ticket(self.model, ticket)

    @rule(
        otherwise=st.sampled_from(["pending", "allow-all", "allow-all", "block-all"]),
        duplicates=st.sampled_from(["pending", "pending", "allow"]),
        office=st.sampled_from(["", "allow", "block"]),
    )
    def a_person_sets_the_policy(self, otherwise: str, duplicates: str, office: str) -> None:
        rules = [OFFICE | {"action": office}] if office else []
        assert self.fleet.order(SetRegistrationPolicy(otherwise, rules, duplicates)) in ("done", "unchanged")
        self.model.policy = {"otherwise": otherwise, "duplicates": duplicates, "office": office}

    @rule()
    def a_person_looks(self) -> None:
        self.compare(self.shown)


class MisfortunesHappen(Life):
    """What befalls the server."""

    @TIME_IS_RIGHT
    @rule()
    def another_worker_takes_over(self) -> None:
        self.fleet.restart()

    @rule(fails=st.sampled_from(["refused", "made"]))
    def the_store_fails_at_the_next_commit(self, fails: str) -> None:
        self.fleet.next_commit(fails)

    @rule(ms=st.sampled_from([1, 61_000, HOUR_MS, 25 * HOUR_MS, 100 * 24 * HOUR_MS]))
    def time_passes(self, ms: int) -> None:
        self.forward(ms)

    @TIME_IS_RIGHT
    @rule()
    def the_clock_is_put_back(self) -> None:
        self.forward(-HOUR_MS)

    @rule()
    def a_backup_is_made(self) -> None:
        self.back_up()

    @TIME_IS_RIGHT
    @rule()
    def the_server_is_restored_from_its_backup(self) -> None:
        self.restore()


class IdentityMachine(AgentsAct, PeopleAct, MisfortunesHappen):
    """Each rule does one thing to the worker and to the model, and compares what both say about it."""


SOAK = int(os.environ.get("MUSTER_SOAK_EXAMPLES", "0"))


def lives(number: int) -> settings:
    """So many, the same at every run, or as many new ones as the environment wants."""
    return settings(
        max_examples=SOAK or number,
        stateful_step_count=60 if SOAK else 30,
        deadline=None,
        derandomize=not SOAK,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


class OneOfMany(IdentityMachine):
    """The same, where there is time for more of it."""


TestIdentity = IdentityMachine.TestCase
TestIdentity.settings = lives(10)
TestIdentityAtLength = pytest.mark.services(OneOfMany.TestCase)
TestIdentityAtLength.settings = lives(50)
