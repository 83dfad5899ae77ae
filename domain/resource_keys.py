"""Resource keys: what tells machines apart, in one spelling; and those that many machines share and so tell nothing."""

import re
from collections.abc import Mapping
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
    is_uuid = plain_kind == "machine_uuid" and len(digits) == 32 == len(re.sub(r"[-{}\s:]", "", text))
    if is_uuid or plain_kind == "mac":
        return ResourceKey(plain_kind, digits)
    return ResourceKey(plain_kind, text.rstrip("."))


class SharedKeys(NamedTuple):
    """Keys known to be shared by many machines: they are ignored when looking for duplicates."""

    values: tuple[str, ...] = SHARED_VALUES
    mac_prefixes: tuple[str, ...] = SHARED_MAC_PREFIXES
    """Beginnings of the MAC addresses of docking stations and other cards that travel from machine to machine."""

    def ignores(self, kind: str, value: str) -> bool:
        """True for a key that tells nothing about which machine this is."""
        key = normalised(kind, value)
        if _NOTHING.fullmatch(key.value):
            return True
        if any(normalised(kind, each).value == key.value for each in self.values if each.strip()):
            return True
        prefixes = (_NOT_HEX.sub("", each.casefold()) for each in self.mac_prefixes)
        return key.kind == "mac" and any(prefix and key.value.startswith(prefix) for prefix in prefixes)

    def ignored(self, keys: Mapping[str, str]) -> list[str]:
        """The kinds of those keys that are ignored."""
        return [kind for kind, value in sorted(keys.items()) if self.ignores(kind, value)]
