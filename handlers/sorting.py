"""New agents go where the sorting rules say: at their first request, or when they told what a rule looks at."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from domain.ids import ROOT_GROUP
from domain.placement import Placement
from domain.sorting_rules import SortingRule
from handlers.batch import Batch, Cause
from wire.conditions import LOOKED_AT, Condition, holds, read

CLAIMED = frozenset({("host", "name"), ("host", "domain")})
"""Properties that a registration request tells as well."""
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder().decode


def sort_by_claims(agent_id: UUID, claims: Mapping[str, Any], address: str, batch: Batch, cause: Cause) -> None:
    """Place a machine at its first request, if no rule before the one that holds looks at more than it has told."""
    properties = {"host": {"name": claims.get("name", ""), "domain": claims.get("domain", "")}}
    addresses = [address, *claims.get("addresses", ())]
    for rule in batch.memory.desired.rules():
        condition = condition_of(rule)
        if any(each.path not in CLAIMED for each in condition.properties):
            return
        if holds(condition, addresses, properties):
            _place(agent_id, rule, batch, cause)
            return


def sort_by_properties(agent_id: UUID, properties: Mapping[str, Any], address: str, batch: Batch, cause: Cause) -> bool:
    """Place an agent that was never placed, now that it told all its properties; False when there is nothing to do.

    Where no rule holds it is placed above all, so that it is sorted once and not again.
    """
    rules = batch.memory.desired.rules()
    if not rules or batch.memory.desired.place(agent_id).group_id or batch.placement(agent_id) is not None:
        return False
    addresses = [address, *addresses_in(properties)]
    found = next((rule for rule in rules if holds(condition_of(rule), addresses, properties)), None)
    _place(agent_id, found, batch, cause)
    return True


def addresses_in(properties: Mapping[str, Any]) -> list[str]:
    """The addresses of a machine's interfaces, as it reports them; whatever else stands there is no address."""
    network = properties.get("network")
    cards: Iterable[Any] = network.values() if isinstance(network, dict) else ()
    found = [card.get("addresses") for card in cards if isinstance(card, dict)]
    told = [each for some in found if isinstance(some, list) for each in some if isinstance(each, str)]
    return told[:LOOKED_AT]


def condition_of(rule: SortingRule) -> Condition:
    """What a rule asks for, read once."""
    return _read(_encode(rule.when))


@lru_cache(maxsize=4_096)
def _read(plain: bytes) -> Condition:
    return read(_decode(plain))


def _place(agent_id: UUID, rule: SortingRule | None, batch: Batch, cause: Cause) -> None:
    group = ROOT_GROUP if rule is None else UUID(bytes=rule.group_id)
    name = "" if rule is None else rule.name
    placement = Placement.begin(agent_id, group, name)
    batch.stage(placement, cause._replace(who=f"rule:{name}" if name else "maintenance"))
