"""The ``muster`` command: hands over to the agent, the swarm, the processes or the people's command line, lazily."""

import os
import sys
from collections.abc import Callable, Sequence

from bin.global_options import UnknownToCommand, with_data_behind

OURS = frozenset(
    {"agents", "bin", "broker", "console", "domain", "frontend", "handlers", "projections", "store", "wire"}
)
Main = Callable[[Sequence[str]], int]


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    try:
        arguments = with_data_behind(arguments, _OWN, _KNOW_DATA)
    except UnknownToCommand as unknown:
        print(f"muster {unknown.command}: {unknown}", file=sys.stderr)
        return 2
    first = arguments[0] if arguments else ""
    if first == "--version":
        return _version()
    try:
        return _chosen(first)(arguments)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] in OURS:
            raise
        needs = f"muster {first}: {missing.name} is not installed; this command needs the server"
        print(f"{needs}: pip install 'muster[server]'", file=sys.stderr)
        return 1


def _version() -> int:
    from agents.properties import agent_version

    print(f"muster {agent_version()}")
    return 0


def _chosen(first: str) -> Main:
    return _OWN.get(first, _people)


def _agent(arguments: Sequence[str]) -> int:
    from agents.main import main as agent

    return agent(list(arguments[1:]))


def _swarm(arguments: Sequence[str]) -> int:
    from agents.swarm import main as swarm

    return swarm(list(arguments[1:]))


def _up(arguments: Sequence[str]) -> int:
    from bin.up import main as up

    return up(list(arguments[1:]), os.environ)


def _serve(arguments: Sequence[str]) -> int:
    from bin.serve import main as serve

    return serve(list(arguments[1:]), os.environ)


def _setup(arguments: Sequence[str]) -> int:
    from bin.setup import main as setup

    return setup(list(arguments[1:]), os.environ)


def _config(arguments: Sequence[str]) -> int:
    from bin.config import main as config

    return config(list(arguments[1:]), os.environ)


def _root(arguments: Sequence[str]) -> int:
    from bin.root import main as root

    return root(list(arguments[1:]))


def _ca(arguments: Sequence[str]) -> int:
    from bin.ca import main as ca

    return ca(list(arguments[1:]))


def _store(arguments: Sequence[str]) -> int:
    from bin.store import main as store

    return store(list(arguments[1:]), os.environ)


def _people(arguments: Sequence[str]) -> int:
    from console.cli import main as people

    return people(list(arguments), os.environ)


_OWN: dict[str, Main] = {
    "agent": _agent,
    "swarm": _swarm,
    "up": _up,
    "serve": _serve,
    "setup": _setup,
    "config": _config,
    "root": _root,
    "ca": _ca,
    "store": _store,
}
"""Processes and tools with a command line of their own."""
_KNOW_DATA = frozenset({"up", "setup", "ca", "store"})
"""Those of them that take --data."""

if __name__ == "__main__":
    main()
