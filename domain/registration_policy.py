"""The registration policy: what happens to a first request that nobody decided yet."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from eventsourcing.domain import Aggregate, event

from domain.ids import REGISTRATION_POLICY_STREAM
from domain.registration_rules import Applicant, BadRules, Fault, Rule, first_match, plain_rules, read_rules


class Otherwise(StrEnum):
    """What the policy says when no rule matches."""

    PENDING = "pending"
    ALLOW_ALL = "allow-all"
    BLOCK_ALL = "block-all"


class Duplicates(StrEnum):
    """What becomes of a machine whose resource keys another one named, when the policy would allow it."""

    PENDING = "pending"
    ALLOW = "allow"


class Decided(NamedTuple):
    """What a policy says about one applicant: ``action`` is allow, block or pending; ``rule`` is "" without one."""

    action: str
    rule: str = ""
    rested_on: tuple[str, ...] = ()


SHOWN = frozenset({"version", "decided_at", "decided_by", "position", "stale"})
"""What `policy show` says besides the policy; ignored when it is fed back."""
_FIELDS = frozenset({"otherwise", "duplicates", "rules"})
_RESERVED = frozenset(each.value for each in Otherwise)


class Terms(NamedTuple):
    """What a policy says, apart from who put it in place when."""

    otherwise: Otherwise
    rules: tuple[Rule, ...] = ()
    duplicates: Duplicates = Duplicates.PENDING

    @classmethod
    def read(cls, plain: object) -> "Terms":
        """From plain values, as they stand in a file; raise BadRules naming every fault."""
        if not isinstance(plain, dict):
            raise BadRules([Fault(None, "", "is an object with otherwise and rules")])
        faults = [
            Fault(None, str(field), f"is not a field of a policy; there are {', '.join(sorted(_FIELDS))}")
            for field in sorted(set(plain) - _FIELDS - SHOWN)
        ]
        otherwise = _word(Otherwise, plain, "otherwise", None, faults)
        duplicates = _word(Duplicates, plain, "duplicates", Duplicates.PENDING, faults)
        rules: tuple[Rule, ...] = ()
        try:
            rules = read_rules(plain.get("rules", []))
        except BadRules as bad:
            faults += bad.faults
        faults += [
            Fault(number, "name", f"{rule.name!r} is what the policy's last word is called")
            for number, rule in enumerate(rules)
            if rule.name in _RESERVED
        ]
        if faults:
            raise BadRules(faults)
        return cls(Otherwise(otherwise), rules, Duplicates(duplicates))

    def judge(self, applicant: Applicant, *, duplicate: bool) -> Decided:
        """The first rule that matches decides, else the last word; neither allows a duplicate unless told to."""
        rule = first_match(self.rules, applicant)
        action = rule.action if rule else _LAST_WORD[self.otherwise]
        if action == "pending" or (action == "allow" and duplicate and self.duplicates is not Duplicates.ALLOW):
            return Decided("pending")
        return Decided(action, rule.name, tuple(rule.kinds)) if rule else Decided(action, self.otherwise.value)


_LAST_WORD = {Otherwise.PENDING: "pending", Otherwise.ALLOW_ALL: "allow", Otherwise.BLOCK_ALL: "block"}


class RegistrationPolicy(Aggregate):
    """An ordered list of rules and what to do otherwise; rules decide first requests only."""

    class Adopted(Aggregate.Created):
        """The deployment's first policy."""

        TOPIC = "RegistrationPolicy.Adopted"
        rules: list[dict[str, Any]]
        otherwise: str
        duplicates: str = "pending"

    class Replaced(Aggregate.Event):
        """An operator put another policy in its place."""

        TOPIC = "RegistrationPolicy.Replaced"
        rules: list[dict[str, Any]]
        otherwise: str
        duplicates: str = "pending"

    @event(Adopted)
    def __init__(self, rules: list[dict[str, Any]], otherwise: str, duplicates: str = "pending") -> None:
        self.terms = _stored(rules, otherwise, duplicates)

    @classmethod
    def adopt(cls, otherwise: Otherwise) -> "RegistrationPolicy":
        """The policy a deployment begins with."""
        return cls._create(
            cls.Adopted,
            id=REGISTRATION_POLICY_STREAM,
            rules=[],
            otherwise=otherwise.value,
            duplicates=Duplicates.PENDING.value,
        )

    def replace(self, terms: Terms) -> bool:
        """Put another policy in place; False when it is the same."""
        if terms == self.terms:
            return False
        self._replaced(plain_rules(terms.rules), terms.otherwise.value, terms.duplicates.value)
        return True

    @event(Replaced)
    def _replaced(self, rules: list[dict[str, Any]], otherwise: str, duplicates: str = "pending") -> None:
        self.terms = _stored(rules, otherwise, duplicates)


def _stored(rules: list[dict[str, Any]], otherwise: str, duplicates: str) -> Terms:
    return Terms(Otherwise(otherwise), read_rules(list(rules)), Duplicates(duplicates))


def _word(
    words: type[StrEnum], plain: dict[str, Any], field: str, default: StrEnum | None, faults: list[Fault]
) -> StrEnum:
    value = plain.get(field, default)
    known: Sequence[StrEnum] = list(words)
    if isinstance(value, str) and value in known:
        return words(value)
    faults.append(Fault(None, field, f"is one of {', '.join(known)}, not {value!r}"))
    return known[0]
