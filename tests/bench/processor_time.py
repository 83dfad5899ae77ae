"""Processor time of process trees, as the kernel accounts it."""

import os
from collections.abc import Mapping

import psutil

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def listener_on(port: int) -> psutil.Process | None:
    """The process that listens on a port of this machine; None when it hides in a container."""
    for found in psutil.net_connections("tcp"):
        if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port and found.pid:
            return psutil.Process(found.pid)
    return None


def tree_s(root: int) -> float:
    """User and system seconds of a process, its living descendants and all that these have reaped."""
    total = 0.0
    process = psutil.Process(root)
    for each in [process, *process.children(recursive=True)]:
        total += _own_s(each.pid)
    return total


def all_s(roots: Mapping[str, int]) -> dict[str, float]:
    """The same for each of several trees."""
    return {name: tree_s(root) for name, root in roots.items()}


def _own_s(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123
            fields = stat.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) * TICK_S
