"""Resource keys: what tells this machine from others, also after a reinstall. Claims, never credentials."""

import json
import socket
import uuid
from pathlib import Path

import psutil

from agents.properties import host

LONGEST = 128
MOST_MACS = 4
_NO_MACHINE = uuid.UUID(int=0)


class UnusableResourceKeys(Exception):
    """The file of resource keys is not a JSON object of at most 16 short texts."""


def real_resource_keys(root: Path = Path("/")) -> dict[str, str]:
    """Machine UUID, serial, MACs of the built-in cards and name.domain of this machine, as far as it tells them."""
    own = host(root)
    keys = {
        "machine_uuid": str(machine_uuid(root) or ""),
        "serial": _line(root / "sys/class/dmi/id/product_serial"),
        "name.domain": f"{own['name']}.{own['domain']}".rstrip(".").lower(),
    }
    for at, mac in enumerate(_macs(root)[:MOST_MACS], start=1):
        keys["mac" if at == 1 else f"mac.{at}"] = mac
    return {kind: value[:LONGEST] for kind, value in keys.items() if value}


def virtual_resource_keys(name: str, root: Path = Path("/")) -> dict[str, str]:
    """Those of a machine that exists only by ``name`` on this one: the same again at every install."""
    own = machine_uuid(root) or uuid.uuid5(_NO_MACHINE, socket.gethostname())
    return {"machine_uuid": str(uuid.uuid5(own, name)), "name.domain": name.lower()[:LONGEST]}


def read_resource_keys(path: Path) -> dict[str, str]:
    """The keys in a JSON file; raise UnusableResourceKeys."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableResourceKeys(f"{path}: {error}") from error
    if not isinstance(plain, dict) or len(plain) > 16:
        raise UnusableResourceKeys(f"{path}: an object of at most 16 keys is needed")
    for kind, value in plain.items():
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST or len(kind) > LONGEST:
            raise UnusableResourceKeys(f"{path}: {kind[:LONGEST]}: a text of 1 to {LONGEST} characters is needed")
    return plain


def machine_uuid(root: Path = Path("/")) -> uuid.UUID | None:
    """The firmware's UUID where it can be read (it outlives the disk), else /etc/machine-id, else None."""
    for place in ("sys/class/dmi/id/product_uuid", "etc/machine-id"):
        try:
            return uuid.UUID(_line(root / place))
        except ValueError:
            continue
    return None


def _macs(root: Path) -> list[str]:
    cards = [name for name in psutil.net_if_addrs() if (root / "sys/class/net" / name / "device").exists()]
    found = {
        address.address.lower()
        for name in cards
        for address in psutil.net_if_addrs()[name]
        if address.family == psutil.AF_LINK
    }
    return sorted(found)


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
