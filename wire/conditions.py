"""Where an item applies: networks and properties as plain data, judged alike by the agent and by the server's reports.

    {"network": ["10.0.0.0/8", "10.1.0.1-10.1.0.9"], "property": {"os.family": ["Linux", "Win*"]}}

All kinds must match, and every property named; within a list any value will do. None is always.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Any, NamedTuple

MAX_VALUES = 256
"""Networks of one condition, and masks of one property."""
MAX_PROPERTIES = 32
MAX_TEXT = 255
MAX_STEPS = 16
"""Maps within maps that the path of a property may go down."""
LOOKED_AT = 1_024
"""Addresses of a machine, values of one property and characters of a value: what is beyond cannot match."""

KINDS = ("network", "property")


class Fault(NamedTuple):
    """What is wrong in a condition: the field as a path, and why."""

    field: str
    problem: str


class BadCondition(Exception):
    """The condition has faults; ``faults`` names each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.problem}" for fault in faults))
        self.faults = list(faults)


class Range(NamedTuple):
    """Addresses of one version, both ends included."""

    version: int
    low: int
    high: int


class PropertyIs(NamedTuple):
    """A property, by the keys that lead to it, and the masks of which one must match."""

    path: tuple[str, ...]
    masks: tuple[re.Pattern[str], ...]


class Condition(NamedTuple):
    """A condition that was read; the empty one always holds. Reading costs more than judging: keep it."""

    networks: tuple[Range, ...] = ()
    properties: tuple[PropertyIs, ...] = ()


ALWAYS = Condition()


def read(plain: object) -> Condition:
    """The condition in plain data; raise BadCondition naming every fault."""
    if plain is None:
        return ALWAYS
    if not isinstance(plain, Mapping):
        raise BadCondition([Fault("when", "is a map of network and property")])
    faults = [
        Fault(_shown(kind), f"is no kind of condition; there are {', '.join(KINDS)}")
        for kind in list(plain)[:MAX_VALUES]
        if kind not in KINDS
    ]
    if not plain:
        faults.append(Fault("when", "looks at nothing; leave it out to mean always"))
    networks = _networks(plain["network"], faults) if "network" in plain else ()
    properties = _properties(plain["property"], faults) if "property" in plain else ()
    if faults:
        raise BadCondition(faults)
    return Condition(networks, properties)


def holds(condition: Condition, addresses: Iterable[str], properties: Mapping[str, Any]) -> bool:
    """True when a machine with these addresses and properties is meant."""
    if condition.networks and not _within(condition.networks, addresses):
        return False
    return all(_is(wanted, properties) for wanted in condition.properties)


def _networks(plain: object, faults: list[Fault]) -> tuple[Range, ...]:
    found = []
    for at, text in enumerate(_texts("network", plain, faults)):
        try:
            found.append(_range(text))
        except ValueError as error:
            problem = f"is no network (10.0.0.0/8), range (10.0.0.1-10.0.0.9) or address: {error}"
            faults.append(Fault(f"network[{at}]", problem))
    return tuple(found)


def _properties(plain: object, faults: list[Fault]) -> tuple[PropertyIs, ...]:
    if not isinstance(plain, Mapping) or not 1 <= len(plain) <= MAX_PROPERTIES:
        faults.append(Fault("property", f"is a map of 1 to {MAX_PROPERTIES} properties and their masks"))
        return ()
    return tuple(_property(path, masks, faults) for path, masks in plain.items())


def _property(path: object, plain: object, faults: list[Fault]) -> PropertyIs:
    field = f"property.{_shown(path)}"
    steps = tuple(path.split(".")) if isinstance(path, str) and len(path) <= MAX_TEXT else ()
    if not 1 <= len(steps) <= MAX_STEPS or not all(steps):
        faults.append(Fault(field, f"names a property as os.name, with 1 to {MAX_STEPS} steps"))
    masks = _texts(field, plain, faults)
    return PropertyIs(steps, tuple(_pattern(mask.casefold()) for mask in masks))


def _texts(field: str, plain: object, faults: list[Fault]) -> list[str]:
    values = [plain] if isinstance(plain, str) else plain
    if not isinstance(values, list | tuple) or not 1 <= len(values) <= MAX_VALUES:
        faults.append(Fault(field, f"is a text or a list of 1 to {MAX_VALUES} texts"))
        return []
    for at, value in enumerate(values):
        if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT:
            faults.append(Fault(f"{field}[{at}]", f"is a text of 1 to {MAX_TEXT} characters"))
            return []
    return list(values)


def _range(text: str) -> Range:
    if "-" in text:
        low, high = (ipaddress.ip_address(part.strip()) for part in text.split("-", 1))
        if low.version != high.version or int(low) > int(high):
            raise ValueError("the range is empty")
        return Range(low.version, int(low), int(high))
    network = ipaddress.ip_network(text.strip())
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


def _within(networks: Sequence[Range], addresses: Iterable[str]) -> bool:
    for address, _ in zip(addresses, range(LOOKED_AT), strict=False):
        seen = _address(address)
        if seen and any(each.version == seen[0] and each.low <= seen[1] <= each.high for each in networks):
            return True
    return False


@lru_cache(maxsize=16_384)
def _address(text: str) -> tuple[int, int] | None:
    try:
        seen = ipaddress.ip_address(text[:MAX_TEXT].partition("%")[0])
    except (ValueError, TypeError, AttributeError):  # a machine may say anything
        return None
    # A listener for both versions shows IPv4 peers in this form.
    if isinstance(seen, ipaddress.IPv6Address) and seen.ipv4_mapped:
        seen = seen.ipv4_mapped
    return seen.version, int(seen)


@lru_cache(maxsize=4_096)
def _pattern(mask: str) -> re.Pattern[str]:
    return re.compile(translate(mask))


def _is(wanted: PropertyIs, properties: Mapping[str, Any]) -> bool:
    value: Any = properties
    for step in wanted.path:
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return any(mask.match(text) for text in _values(value) for mask in wanted.masks)


def _values(value: Any) -> Iterator[str]:
    """The texts that stand for a property: its own, or one for each plain value in its list."""
    for each in value[:LOOKED_AT] if isinstance(value, list | tuple) else [value]:
        if isinstance(each, bool):
            yield "true" if each else "false"
        elif isinstance(each, str | int | float) and len(text := str(each)) <= LOOKED_AT:
            yield text.casefold()


def _shown(name: object) -> str:
    return str(name)[:MAX_TEXT] if isinstance(name, str) else f"a {type(name).__name__}"
