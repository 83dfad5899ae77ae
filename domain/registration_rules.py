"""Rules of the registration policy: masks over what a machine claims; any value within a kind, all kinds of a rule."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Any, NamedTuple

MAX_RULES = 1_000
MAX_VALUES = 1_000
MAX_TEXT = 255
ACTIONS = ("allow", "block")
KINDS = ("host_name", "domain", "address", "mac", "user", "os")
"""What a rule may look at. All but the address are the machine's own claims; the address is the frontend's."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_MAC_SIGNS = re.compile(r"[^0-9a-f*?]")


class Fault(NamedTuple):
    """What is wrong in a list of rules: which rule (from 0, None for the list itself), which field, why."""

    rule: int | None
    field: str
    problem: str


class BadRules(Exception):
    """The registration policy has faults; nothing of it was taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(_told(fault) for fault in faults))
        self.faults = list(faults)


class Applicant(NamedTuple):
    """What is known of a machine at its first request: claims, and the address the frontend saw."""

    host_name: str
    domain: str
    address: str
    macs: tuple[str, ...]
    user: str
    os: str

    @classmethod
    def of(cls, claims: Mapping[str, Any], address: str) -> "Applicant":
        """From the claims of a registration request."""
        keys: Mapping[str, str] = claims.get("resource_keys", {})
        macs = tuple(value for kind, value in keys.items() if kind.split(".")[0] == "mac")
        texts = [str(claims.get(name, "")) for name in ("name", "domain", "user", "os")]
        return cls(texts[0], texts[1], address, macs, texts[2], texts[3])


class Rule(NamedTuple):
    """One rule: ``kinds`` maps each kind it looks at to the masks of which one must match."""

    name: str
    action: str
    kinds: Mapping[str, tuple[str, ...]]

    def matches(self, applicant: Applicant) -> bool:
        """True when every kind has a mask that matches."""
        return all(any(_matches(kind, mask, applicant) for mask in masks) for kind, masks in self.kinds.items())


def first_match(rules: Iterable[Rule], applicant: Applicant) -> Rule | None:
    """The first rule that matches; None when the policy's last word stands."""
    return next((rule for rule in rules if rule.matches(applicant)), None)


def read_rules(plain: object) -> tuple[Rule, ...]:
    """Rules from plain values, as they stand in a file and in the event; raise BadRules naming every fault."""
    if not isinstance(plain, list):
        raise BadRules([Fault(None, "rules", "is a list of rules")])
    if len(plain) > MAX_RULES:
        raise BadRules([Fault(None, "rules", f"has {len(plain)} rules, at most {MAX_RULES}")])
    faults: list[Fault] = []
    rules = [_read_rule(number, each, faults) for number, each in enumerate(plain)]
    names = [rule.name for rule in rules]
    faults += [
        Fault(number, "name", f"is the name of an earlier rule: {name!r}")
        for number, name in enumerate(names)
        if name and name in names[:number]
    ]
    if faults:
        raise BadRules(faults)
    return tuple(rules)


def plain_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The rules as they are stored and shown."""
    return [
        {"name": rule.name, "action": rule.action, **{kind: list(masks) for kind, masks in rule.kinds.items()}}
        for rule in rules
    ]


def _read_rule(number: int, plain: object, faults: list[Fault]) -> Rule:
    if not isinstance(plain, dict):
        faults.append(Fault(number, "", "a rule is an object"))
        return Rule("", "", {})
    for field in sorted(set(plain) - {"name", "action", *KINDS}):
        faults.append(
            Fault(number, str(field), f"is not a field of a rule; there are name, action, {', '.join(KINDS)}")
        )
    name, action = plain.get("name"), plain.get("action")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_TEXT:
        faults.append(Fault(number, "name", f"is a text of 1 to {MAX_TEXT} characters"))
    if action not in ACTIONS:
        faults.append(Fault(number, "action", f"is allow or block, not {action!r}"))
    kinds = {kind: _read_masks(number, kind, plain[kind], faults) for kind in KINDS if kind in plain}
    if not kinds:
        faults.append(Fault(number, "", f"looks at nothing; give one of {', '.join(KINDS)}"))
    return Rule(str(name), str(action), kinds)


def _read_masks(number: int, kind: str, plain: object, faults: list[Fault]) -> tuple[str, ...]:
    masks = [plain] if isinstance(plain, str) else plain
    if not isinstance(masks, list) or not masks or len(masks) > MAX_VALUES:
        faults.append(Fault(number, kind, f"is a text or a list of 1 to {MAX_VALUES} texts"))
        return ()
    for mask in masks:
        if problem := _problem(kind, mask):
            faults.append(Fault(number, kind, problem))
    return tuple(str(mask) for mask in masks)


def _problem(kind: str, mask: object) -> str:
    if not isinstance(mask, str) or not mask or len(mask) > MAX_TEXT:
        return f"each value is a text of 1 to {MAX_TEXT} characters"
    if kind == "address":
        try:
            _range(mask)
        except ValueError as error:
            return f"{mask!r} is no network (10.0.0.0/8), range (10.0.0.1-10.0.0.9) or address: {error}"
    if kind == "mac" and not 1 <= len(_mac(mask)) <= 12:
        return f"{mask!r} is no MAC address or mask of one, as 00:50:56:*"
    return ""


def _matches(kind: str, mask: str, applicant: Applicant) -> bool:
    if kind == "address":
        return _within(mask, applicant.address)
    if kind == "mac":
        return any(_like(_mac(mac), _mac(mask)) for mac in applicant.macs)
    return _like(getattr(applicant, kind).casefold(), mask.casefold())


def _like(text: str, mask: str) -> bool:
    return _pattern(mask).match(text) is not None


@lru_cache(maxsize=16_384)
def _pattern(mask: str) -> re.Pattern[str]:
    # Kept for all masks of the largest policy: the standard library's own cache holds 256.
    return re.compile(translate(mask))


def _within(mask: str, address: str) -> bool:
    try:
        seen = ipaddress.ip_address(address)
    except ValueError:
        return False
    low, high = _range(mask)
    return low.version == seen.version and int(low) <= int(seen) <= int(high)


@lru_cache(maxsize=16_384)
def _range(mask: str) -> tuple[Address, Address]:
    if "-" in mask:
        low, high = (ipaddress.ip_address(part.strip()) for part in mask.split("-", 1))
        if low.version != high.version or int(low) > int(high):
            raise ValueError("the range is empty")
        return low, high
    network = ipaddress.ip_network(mask.strip())
    return network[0], network[-1]


def _mac(text: str) -> str:
    """Without separators, in lower case: 00-50-56-AB and 0050.56ab are the same."""
    return _MAC_SIGNS.sub("", text.lower())


def _told(fault: Fault) -> str:
    where = "the policy" if fault.rule is None else f"rule {fault.rule + 1}"
    return f"{where}, {fault.field}: {fault.problem}" if fault.field else f"{where}: {fault.problem}"
