"""Resource keys: what tells machines apart, in one spelling; and those that many machines share and so tell nothing."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

SHARED_VALUES: tuple[str, ...] = (
    "To Be Filled By O.E.M.",
    "03000200-0400-0500-0006-000700080009",
    "None",
    "Default string",
    "System Serial Number",
    "Not Specified",
    "Not Applicable",
    "Unknown",
    "localhost",
    "localhost.localdomain",
)
"""Values that firmware and fresh systems give to many machines."""

SHARED_MAC_PREFIXES: tuple[str, ...] = ("00:0e:c6", "00:24:9b", "00:50:b6", "00:e0:4c", "8c:ae:4c")
"""Makers of the network cards in docking stations and USB adapters (ASIX, Action Star, Good Way, Realtek, Plugable),
by the IEEE's register of MAC prefixes: these travel from machine to machine."""

_UUID, _MAC = _HEX_KINDS = ("machine_uuid", "mac")
"""Kinds of which only the digits tell something."""

_NOT_HEX = re.compile(r"[^0-9a-f]")
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"\.\d+$")
_NOTHING = re.compile(r"[0\W]*|[f\W]*")
"""Empty, all zeros or all Fs, however they are cut."""


class ResourceKey(NamedTuple):
    """A resource key in the one spelling in which equal ones meet."""

    kind: str
    value: str


def normalised(kind: str, value: str) -> ResourceKey:
    """Case and separators tell nothing; nor does which of its network cards a machine counts first."""
    plain_kind = _NUMBER.sub("", kind.strip().casefold())
    text = _SPACE.sub(" ", value.strip().casefold())
    digits = _NOT_HEX.sub("", text)
    is_uuid = plain_kind == _UUID and len(digits) == 32 == len(re.sub(r"[-{}\s:]", "", text))
    if is_uuid or plain_kind == _MAC:
        return ResourceKey(plain_kind, digits)
    return ResourceKey(plain_kind, text.rstrip("."))


# Every registration asks for each of its keys; a deployment has one list.
@lru_cache(maxsize=16)
def _spelled(values: tuple[str, ...], kind: str) -> frozenset[str]:
    return frozenset(normalised(kind, each).value for each in values if each.strip())


@lru_cache(maxsize=4)
def _prefixes(addresses: tuple[str, ...]) -> tuple[str, ...]:
    found = (_NOT_HEX.sub("", each.casefold()) for each in addresses)
    return tuple(each for each in found if each)


class SharedKeys(NamedTuple):
    """Keys known to be shared by many machines: they are ignored when looking for duplicates."""

    values: tuple[str, ...] = SHARED_VALUES
    mac_prefixes: tuple[str, ...] = SHARED_MAC_PREFIXES
    """Beginnings of the MAC addresses of docking stations and other cards that travel from machine to machine."""

    def ignores(self, kind: str, value: str) -> bool:
        """True for a key that tells nothing about which machine this is."""
        key = normalised(kind, value)
        if _NOTHING.fullmatch(key.value) or self._names(key):
            return True
        return key.kind == _MAC and key.value.startswith(_prefixes(self.mac_prefixes))

    def _names(self, key: ResourceKey) -> bool:
        """True when its value is listed. Kinds are text of agents: all but two spell their values alike."""
        return key.value in _spelled(self.values, key.kind if key.kind in _HEX_KINDS else "")

    def ignored(self, keys: Mapping[str, str]) -> list[str]:
        """The kinds of those keys that are ignored."""
        return [kind for kind, value in sorted(keys.items()) if self.ignores(kind, value)]
