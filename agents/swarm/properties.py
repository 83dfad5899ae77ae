"""Small seeded property sets: what a machine might say, some 300 bytes of it."""

from typing import Any

from agents.swarm.seeded import seeded

_SYSTEMS = (("Debian", "12"), ("Ubuntu", "24.04"), ("Fedora", "41"), ("Windows", "11 23H2"))
_MEMORY = (4, 8, 16, 32)


def property_set(seed: int, number: int) -> dict[str, Any]:
    """The properties of agent ``number`` of the swarm with that seed: the same every time."""
    random = seeded(seed, f"properties/{number}")
    system, version = random.choice(_SYSTEMS)
    return {
        "name": f"swarm-{number:05d}",
        "os": {"name": system, "version": version, "kernel": f"6.{random.randrange(1, 13)}.{random.randrange(100)}"},
        "cpu": {"model": "Example 9000", "cores": random.choice((2, 4, 8, 16))},
        "memory_mib": random.choice(_MEMORY) * 1024,
        "disks": [{"mount": "/", "gib": random.randrange(32, 2048), "free_gib": random.randrange(8, 32)}],
        "software_count": random.randrange(200, 3000),
        "uptime_s": random.randrange(10_000_000),
    }
