"""What an agent says of its machine at one call-in."""

from typing import Any, NamedTuple


class Claims(NamedTuple):
    """What a registration request says besides the key. All of it is a claim, none of it a credential."""

    name: str
    domain: str
    os: str
    user: str
    addresses: list[str]
    resource_keys: dict[str, str]


class Machine(NamedTuple):
    """Claims and the full set of properties, collected before a handler is called."""

    claims: Claims
    properties: dict[str, Any]
