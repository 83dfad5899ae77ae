"""The side tables of a worker's room beside what its log says."""

from typing import Any

from domain.resource_keys import SharedKeys
from handlers.derived import Derived, Difference
from handlers.derived_held import DerivedHeld
from handlers.derived_places import DerivedPlaces
from handlers.derived_resources import DerivedResources
from handlers.derived_tree_snapshot import DerivedTreeSnapshot
from handlers.side_table_check import SideTableCheck
from store.mapper import EventMapper
from store.side_tables import SideTables
from store.snapshots import Snapshots


def differences(log: Any, mapper: EventMapper, tables: SideTables, shared: SharedKeys) -> list[Difference]:
    """Those tables that are not as the log says."""
    vault = mapper.keyring.vault
    derived: list[Derived] = [
        DerivedPlaces(),
        DerivedResources(vault, shared),
        DerivedHeld(),
        DerivedTreeSnapshot(Snapshots(log, vault), mapper),
    ]
    found = SideTableCheck(log, mapper, derived, lambda _read, _head: None).differences(tables)
    return [each for each in found if not each.is_none]
