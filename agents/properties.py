"""Properties of the machine this agent runs on; what wobbles is rounded, so that an idle machine stays the same."""

import platform
import pwd
import socket
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import distro
import psutil

from agents.software import count_packages

FREE_STEP = 5
"""Percent: free space is told in steps of this."""

BOOT_STEP_S = 60
"""The kernel computes the boot time from two clocks, so it wobbles by seconds."""

_FIRST_PERSON = 1000
_NOBODY = 65534
_UNTOLD = ("veth", "lo")
"""Interfaces that come and go with containers, or that every machine has."""


def real_properties() -> dict[str, Any]:
    """Everything, collected now. Each part is independent: what a machine does not tell is empty."""
    return {
        "agent": {"version": agent_version(), "python": platform.python_version()},
        "host": host(),
        "os": operating_system(),
        "cpu": cpu(),
        "memory": {"total_bytes": psutil.virtual_memory().total, "swap_bytes": psutil.swap_memory().total},
        "disks": disks(),
        "network": network(),
        "users": users(),
        "software": count_packages(Path("/")),
        "booted_at": booted_at(psutil.boot_time()),
    }


def agent_version() -> str:
    """Of the installed distribution."""
    try:
        return version("muster")
    except PackageNotFoundError:
        return "0"


def host(root: Path = Path("/")) -> dict[str, str]:
    """Name and domain as the machine itself has them; no name server is asked, for it may let us wait."""
    name, _, domain = socket.gethostname().partition(".")
    return {"name": name, "domain": domain or _kernel_domain(root) or _resolver_domain(root)}


def operating_system() -> dict[str, str]:
    """Name, version, kernel, architecture."""
    return {
        "name": distro.name() or platform.system(),
        "version": distro.version(best=True),
        "id": distro.id(),
        "codename": distro.codename(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
    }


def cpu() -> dict[str, Any]:
    """Model and counts."""
    return {
        "model": _cpu_model(),
        "cores": psutil.cpu_count(logical=False) or 0,
        "threads": psutil.cpu_count() or 0,
    }


def disks() -> dict[str, dict[str, Any]]:
    """Local file systems by mount point; free space in steps."""
    found: dict[str, dict[str, Any]] = {}
    for part in sorted(psutil.disk_partitions(), key=lambda part: part.mountpoint):
        try:
            usage = psutil.disk_usage(part.mountpoint)
        except OSError:
            continue
        free = rounded_percent(usage.free, usage.total)
        found[part.mountpoint] = {
            "device": part.device,
            "type": part.fstype,
            "total_bytes": usage.total,
            "free_percent": free,
        }
    return found


def network() -> dict[str, dict[str, Any]]:
    """Interfaces by name: MAC and addresses, without the scope that only the machine itself understands."""
    found: dict[str, dict[str, Any]] = {}
    for name, addresses in sorted(psutil.net_if_addrs().items()):
        if name.startswith(_UNTOLD):
            continue
        macs = [entry.address.lower() for entry in addresses if entry.family == psutil.AF_LINK]
        ips = {entry.address.partition("%")[0] for entry in addresses if entry.family != psutil.AF_LINK}
        found[name] = {"mac": macs[0] if macs else "", "addresses": sorted(ips)}
    return found


def addresses() -> list[str]:
    """Every address of the machine, for its registration request."""
    return sorted({address for card in network().values() for address in card["addresses"]})


def users() -> dict[str, list[str]]:
    """Who is logged in, and the accounts of people."""
    people = {entry.pw_name for entry in pwd.getpwall() if _FIRST_PERSON <= entry.pw_uid < _NOBODY}
    return {"logged_in": sorted({user.name for user in psutil.users()}), "accounts": sorted(people)}


def rounded_percent(part: float, whole: float) -> int:
    """``part`` of ``whole`` in percent, in steps."""
    return int(part * 100 / whole / FREE_STEP) * FREE_STEP if whole else 0


def booted_at(boot_s: float) -> str:
    """ISO 8601, UTC, to the minute. Uptime would change with every call-in."""
    rounded = round(boot_s / BOOT_STEP_S) * BOOT_STEP_S
    return datetime.fromtimestamp(rounded, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kernel_domain(root: Path) -> str:
    domain = "".join(_lines(root / "proc/sys/kernel/domainname"))
    return "" if domain == "(none)" else domain


def _resolver_domain(root: Path) -> str:
    words = [line.split() for line in _lines(root / "etc/resolv.conf")]
    named = [line[1] for line in words if len(line) > 1 and line[0] in ("domain", "search")]
    return named[-1].strip(".") if named else ""


def _cpu_model() -> str:
    models = [line.partition(":")[2] for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return models[0].strip() if models else platform.processor()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
