"""One run of `muster swarm` as a process of its own, watched while it runs."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from site_of_processes import MUSTER, bare_environment

VERIFIED_SHARE = "0.05"
"""Of the answers the swarm checks this share: it shares the cores with what it loads."""
_PROGRESS = re.compile(r"started (\d+)/(\d+), call-ins (\d+)/(\d+)")


class SwarmFailed(Exception):
    """The load generator ended without a result; the end of what it said follows."""


class Moment(NamedTuple):
    """How many call-ins were acknowledged when the swarm last said so, about once a second."""

    at_s: float
    acknowledged: int


Watch = Callable[[Moment], None]


def swarm(bootstrap: Path, home: Path, watch: Watch | None = None, **options: object) -> dict[str, Any]:
    """Run it with these options to its end; `watch` hears each moment of its call-ins. Returns what it measured."""
    given = [
        part
        for name, value in options.items()
        for part in ((f"--{name}",) if value is True else (f"--{name}", str(value)))
    ]
    place = ["--bootstrap", str(bootstrap), "--home", str(home)]
    process = subprocess.Popen(
        [*MUSTER, "swarm", *place, "--verify", VERIFIED_SHARE, "-o", "json", *given],
        env=bare_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = _watched(process, watch)
        out = process.stdout.read() if process.stdout else ""
    finally:
        process.kill()
        process.communicate()
    if not out.strip():
        raise SwarmFailed("\n".join(said[-20:]))
    result: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return result


def acknowledged_within(result: dict[str, Any], seconds: int) -> int:
    """Call-ins acknowledged before this second of the run."""
    series = result["call_ins"]["series"]
    return sum(int(each["acknowledged"]) for each in series if int(each["second"]) < seconds)


def _watched(process: subprocess.Popen[str], watch: Watch | None) -> list[str]:
    said: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        progress = _PROGRESS.match(line)
        if progress is None:
            said.append(line.rstrip())
        elif watch is not None and int(progress[4]):
            watch(Moment(time.monotonic(), int(progress[3])))
    return said
