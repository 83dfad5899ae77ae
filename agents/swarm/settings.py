"""What a swarm is told on its command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """How agents reach their handler for a call-in."""

    OPEN = "open"
    PUSH = "push"
    """Like open; whose connection breaks comes back as an agent in push mode does."""
    RESUMED = "resumed"
    NEW = "new"


@dataclass(frozen=True)
class Settings:
    """Times in seconds; ``interval_s`` is each agent's, so that agents / interval is the rate of all."""

    bootstrap: Path
    agents: int
    interval_s: float
    duration_s: float
    ramp_s: float
    seed: int
    mode: Mode
    lose_reply: float
    drop: float
    verify: float
    timeout_s: float
    rekey: bool
    weak: int
    home: Path | None
    acknowledged: Path | None
    json: bool


def parse(argv: Sequence[str]) -> Settings:
    """Read the arguments; argparse ends the process with 2 when they make no sense."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.agents < 1:
        parser.error("--agents: at least 1")
    interval_s = given.agents / given.rate if given.rate else given.interval
    return Settings(
        bootstrap=given.bootstrap,
        agents=given.agents,
        interval_s=interval_s,
        duration_s=given.duration,
        ramp_s=given.ramp,
        seed=given.seed,
        mode=Mode(given.mode),
        lose_reply=given.lose_reply,
        drop=given.drop,
        verify=given.verify,
        timeout_s=given.timeout,
        rekey=given.rekey,
        weak=given.weak,
        home=given.home,
        acknowledged=given.acknowledged,
        json=given.output == "json",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster swarm",
        description="Registers N agents, then lets them call in, open loop: each call-in has its time whether or not "
        "the last was answered, and its latency counts from that time. The registration policy must be allow-all.",
    )
    add = parser.add_argument
    add("--bootstrap", type=Path, required=True, metavar="FILE", help="the deployment's bootstrap file")
    add("--agents", type=int, required=True, metavar="N")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--rate", type=_positive, metavar="R", help="call-ins per second of all agents together")
    pace.add_argument("--interval", type=_positive, default=60.0, metavar="S", help="of each agent (default 60)")
    add("--duration", type=_seconds, default=30.0, metavar="S", help="of the call-ins; 0: register only (default 30)")
    add("--ramp", type=_seconds, default=1.0, metavar="S", help="over which the agents start (default 1)")
    add("--seed", type=int, default=1, help="decides times, properties and faults; keys are fresh (default 1)")
    add("--mode", choices=[str(mode) for mode in Mode], default=str(Mode.OPEN), help="TLS connection of a call-in")
    add("--lose-reply", type=_share, default=0.0, metavar="P", help="of the answers are lost after they came")
    add("--drop", type=_share, default=0.0, metavar="P", help="of the packages are followed by a broken connection")
    add("--verify", type=_share, default=1.0, metavar="P", help="of the answers' signatures are checked (default 1)")
    add("--timeout", type=_positive, default=30.0, metavar="S", help="for one answer (default 30)")
    add("--rekey", action="store_true", help="each agent replaces its key, once, when the call-ins begin")
    add("--weak", type=int, default=0, metavar="N", help="so many of the new agents begin with an RSA-2048 key")
    add("--home", type=Path, metavar="DIR", help="keep the agents' keys and numbers there for the next run")
    add("--acknowledged", type=Path, metavar="FILE", help="one line 'fingerprint number' per acknowledged call-in")
    add("-o", "--output", choices=["text", "json"], default="text", help="what is printed at the end")
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number
