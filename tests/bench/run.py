"""`make bench`: figures beside their targets and the floors of the same run; at the end one JSON line."""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from tests.bench import (
    call_ins,
    committer,
    desired_state,
    machine,
    pushed,
    registrations,
    registrations_report,
    restart,
    rotation,
    server_cpu,
    stored_log,
    tree_takeover,
    wire_bytes,
)
from tests.bench.figure import Figure
from tests.bench.ground import Ground
from tests.bench.processor_time import tree_s
from tests.bench.scale import FULL, QUICK

PARTS: dict[str, Callable[[Ground], list[Figure]]] = {
    "committer": committer.measure,
    "stored": stored_log.measure,
    "registrations": registrations.measure,
    "report": registrations_report.measure,
    "desired": desired_state.measure,
    "takeover": tree_takeover.measure,
    "wire": wire_bytes.measure,
    "cpu": server_cpu.measure,
    "callins": call_ins.measure,
    "pushed": pushed.measure,
    "rotation": rotation.measure,
    "restart": restart.measure,
}
NOISE = (
    "One machine runs the server and what loads it. Others may run on it too: their share is printed with each part; "
    "beyond a few per cent compare only with the floors, which were taken in the same minutes."
)


def main() -> int:
    """Exit code 0 when everything could be measured, whatever the figures."""
    chosen = _arguments()
    about = machine.described()
    print(f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}, commit {about['commit']}\n{NOISE}")
    found: dict[str, Any] = {}
    others: dict[str, float] = {}
    failed = 0
    with Ground(QUICK if chosen.quick else FULL) as ground:
        for name in chosen.only or PARTS:
            print(f"\n{name}", flush=True)
            try:
                found[name], others[name] = _measured(PARTS[name], ground)
            except Exception:
                failed += 1
                traceback.print_exc()
    print()
    print(json.dumps({"machine": about, "quick": chosen.quick, "figures": found, "others": others}))
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look in about a minute, not figures to quote")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part; may be given again")
    return parser.parse_args()


def _measured(measure: Callable[[Ground], list[Figure]], ground: Ground) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    with _others() as others:
        figures = measure(ground)
    for figure in figures:
        print(figure.line())
    print(f"  ({time.monotonic() - began:.0f} s; others took {others[0]:.0%} of the machine)", flush=True)
    return {figure.name: figure.document() for figure in figures}, round(others[0], 3)


@contextmanager
def _others() -> Iterator[list[float]]:
    """What part of all cores' time went to processes that are not ours."""
    share = [0.0]
    before, ours = psutil.cpu_times(), tree_s(os.getpid())
    yield share
    after, ours = psutil.cpu_times(), tree_s(os.getpid()) - ours
    spent = {name: getattr(after, name) - getattr(before, name) for name in after._fields if "guest" not in name}
    total = sum(spent.values())
    busy = total - spent["idle"] - spent.get("iowait", 0.0)
    share[0] = max(0.0, (busy - ours) / total) if total else 0.0


if __name__ == "__main__":
    sys.exit(main())
