"""The six machines of the story: each a folder, with an agent that runs in a process of its own."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from running_agent import RunningAgent

FILES = "/proc/self/cwd/etc"
"""All six are one machine: an agent's managed files are below the folder it was started in, its own."""
PROGRAM = "/usr/bin/uname"


class Machine(NamedTuple):
    """What it is called, what it tells of itself, whether its administrator lets tasks run a program."""

    name: str
    properties: dict[str, Any]
    programs: bool = False


WEB, DATA, DESK, LOBBY = ({"role": role} for role in ("web", "data", "desk", "lobby"))
MACHINES = (
    Machine("web-01", WEB, programs=True),
    Machine("web-02", WEB, programs=True),
    Machine("db-01", DATA),
    Machine("pc-01", DESK),
    Machine("pc-02", DESK),
    Machine("kiosk-01", LOBBY),
)
NAMES = tuple(machine.name for machine in MACHINES)


class Cast:
    """The machines below one folder; their agents end with the context."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        for machine in MACHINES:
            (folder / machine.name / "etc").mkdir(parents=True)
            (folder / machine.name / "properties.json").write_text(json.dumps(machine.properties))

    def start(self, name: str) -> None:
        """Run the agent that was installed there."""
        self._running.enter_context(RunningAgent(self._folder / name / "agent"))

    def close(self) -> None:
        """End them all."""
        self._running.close()


def install_command(machine: Machine, ticket: str = "") -> str:
    """How the agent of a machine is installed, said in the story's folder."""
    options = f" --allow-path {FILES}" + (f" --allow-command {PROGRAM}" if machine.programs else "")
    options += f" --ticket {ticket}" if ticket else ""
    at = f"machines/{machine.name}"
    told = f"--name {machine.name} --properties {at}/properties.json"
    return f"muster agent --home {at}/agent install --bootstrap deployment/bootstrap.json {told}{options}"
