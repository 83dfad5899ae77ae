"""Reference agents that ``muster up --agents N`` starts on this machine and lets in."""

import json
import logging
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx

REASON = "started by muster up"
FIRST_WITHIN_S = 2
_log = logging.getLogger("muster.up")


class LocalAgents:
    """N agents as child processes: the first is this machine, the others virtual machines on it."""

    def __init__(self, homes: Path, bootstrap: Path, count: int) -> None:
        self._homes = homes
        self._bootstrap = bootstrap
        self._names = [""] + [f"{socket.gethostname()}-{number}" for number in range(2, count + 1)]
        self._names = self._names[:count]
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Install what is not installed, then run all; a child ends when this process does."""
        for number, name in enumerate(self._names, start=1):
            home = self._homes / f"agent-{number}"
            if not home.exists():
                named = ["--name", name] if name else []
                install = [*_agent(home), "install", "--bootstrap", str(self._bootstrap), *named]
                subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
            run = [*_agent(home), "run", "--exit-with-parent", "--first-within", str(FIRST_WITHIN_S)]
            child = subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self._children.append(child)

    def allow(self, api: httpx.Client, stopping: threading.Event) -> list[str]:
        """Let each agent in that is Pending, through the API; return the ids of all agents once they have asked."""
        waiting = {self._homes / f"agent-{number}" for number in range(1, len(self._names) + 1)}
        asked: list[str] = []
        while waiting and not stopping.wait(0.2):
            for home in sorted(waiting):
                if (agent_id := agent_id_of(home)) is not None and _allowed(api, agent_id):
                    waiting.discard(home)
                    asked.append(agent_id)
        return asked

    def wait_for_call_ins(self, api: httpx.Client, agent_ids: list[str], stopping: threading.Event) -> None:
        """Return when every allowed agent has reported its properties."""
        missing = set(agent_ids)
        while missing and not stopping.wait(0.2):
            missing = {each for each in missing if not _has_called_in(api, each)}

    def stop(self) -> None:
        """Ask all children to end, then wait for them."""
        for child in self._children:
            child.terminate()
        for child in self._children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children.clear()


def _agent(home: Path) -> list[str]:
    return [sys.executable, "-m", "bin.muster", "agent", "--home", str(home)]


def agent_id_of(home: Path) -> str | None:
    """The agent id that the agent in ``home`` was given; None before its first registration request."""
    told = subprocess.run([*_agent(home), "status", "-o", "json"], capture_output=True, check=False)
    try:
        agent_id = json.loads(told.stdout).get("agent_id")
    except ValueError:
        return None
    return str(agent_id) if agent_id else None


def _allowed(api: httpx.Client, agent_id: str) -> bool:
    """Allow a Pending registration; what a person has decided before stays as it is."""
    found = api.get(f"/registrations/{agent_id}")
    if found.status_code != httpx.codes.OK:
        return False
    if found.json()["status"] != "Pending":
        return True
    answer = api.post(
        f"/registrations/{agent_id}/allow", json={"reason": REASON}, headers={"If-Match": found.headers["ETag"]}
    )
    if answer.is_error:
        _log.warning("agent %s was not allowed: %s", agent_id, answer.text)
    return answer.is_success


def _has_called_in(api: httpx.Client, agent_id: str) -> bool:
    found = api.get(f"/agents/{agent_id}")
    return found.is_success and (found.json()["status"] != "Allowed" or bool(found.json().get("properties")))
