"""What a simulated agent says of itself when it asks to be let in."""

from collections.abc import Mapping
from typing import Any

from wire.keys import P256, RSA2048


def request(der: bytes, fingerprint: bytes, name: str, fork_of: Mapping[str, bytes]) -> dict[str, Any]:
    """The content of a RegistrationRequest; ``fork_of`` is empty unless another key vouches for this one."""
    return {
        "key": der,
        "algorithms": [P256, RSA2048],
        "name": name,
        "domain": "swarm.example",
        "os": "Linux",
        "user": "swarm",
        "addresses": ["192.0.2.1"],
        "resource_keys": {"machine_uuid": fingerprint.hex()},
        **({"fork_of": fork_of} if fork_of else {}),
    }
