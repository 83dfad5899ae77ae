"""The commands of `muster agent`, one function each; all return the exit code."""

import json
import logging
import random
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from agents import report
from agents.agent_policy import AgentPolicy
from agents.codec import MsgpackCodec
from agents.control import ENFORCE, RUN_TASK, ask, ask_for, listen
from agents.either_way import either_way
from agents.enforced import EnforcedBook
from agents.events import DiskEvents, UnusableEvent, new_event
from agents.handler_trust import HandlerTrust
from agents.holdings import HeldByOther
from agents.home import Home
from agents.install import change_bootstrap, install, settings_from, with_allowances
from agents.keep import DiskKeep
from agents.key_ring import NEXT, make_next_key
from agents.mode import Mode
from agents.outcome import Result, Why
from agents.runner import Runner
from agents.schedule import Schedule
from agents.shelf import DiskShelf
from agents.tasks.board import STARTED_BY_HAND, TaskBoard
from agents.tasks.book import Book, Record
from agents.waiting import Sources, end_signals, nudging
from agents.wiring import (
    Installed,
    agent_policy_of,
    authorities_of,
    bootstrap_of,
    load,
    now_ms,
    settings_of,
    task_board,
)
from wire.held import TASK, Manifest

STARTED = "AgentStarted"
_log = logging.getLogger("muster.agent")


def install_agent(home: Home, said: Namespace) -> int:
    """Make an agent in the home."""
    settings = settings_from(said.name, said.properties, said.resource_keys, said.key_type, MsgpackCodec())
    settings = with_allowances(settings, said.allow_path, said.allow_command)
    done = install(home, said.bootstrap, settings, said.ticket, replace_ca_set=said.replace_ca_set)
    print(f"{'installed' if done.fresh else 'already installed'} in {report.escaped(str(home.path))}")
    if done.ca_set:
        print(done.ca_set)
    if said.ticket and not done.fresh:
        print("the ticket was not taken: this agent has a key already, a ticket comes with a new one", file=sys.stderr)
    return 0


def bootstrap(home: Home, said: Namespace) -> int:
    """Take another bootstrap file of the same deployment: the way back for who was away too long."""
    ca_set = change_bootstrap(home, said.file, replace_ca_set=said.replace_ca_set)
    print(f"the bootstrap file was taken in {report.escaped(str(home.path))}; key, id and what waits to be told stay")
    if ca_set:
        print(ca_set)
    return 0


def call_in(home: Home, said: Namespace) -> int:
    """Call in now: here, or through the agent that runs in this home."""
    home.must_be_installed()
    result = either_way(
        home, lambda: load(home).caller.call_in(Why.MANUAL, full=said.full), lambda: ask(home.path, full=said.full)
    )
    print(report.result_json(result) if said.output == "json" else report.result_text(result))
    return report.EXIT_CODES[result.outcome]


def run(home: Home, said: Namespace) -> int:
    """Stay and call in until told to end."""
    home.must_be_installed()
    with home.locked(), end_signals() as signals, listen(home.path) as listener, nudging() as (nudges, nudge):
        tasks, policy = task_board(home, nudge), partial(agent_policy_of, home)
        agent = load(home, tasks, mode=lambda: Mode(policy().mode or said.mode))
        state = agent.member.keep.state
        agent.member.rhythm = lambda: (policy().interval_s or state.interval_s, policy().mode or said.mode)
        agent.events.add(new_event(STARTED, {}, now_ms()))
        parent = sys.stdin.buffer if said.exit_with_parent else None
        sources = Sources(listener, signals, parent, agent.held, nudges)
        _log_to_stderr()
        _bring_about(agent, tasks)
        runner = Runner(
            agent.caller,
            Schedule(random.SystemRandom(), lambda: policy().jitter),
            sources,
            listener,
            time.monotonic,
            lambda: policy().interval_s or state.interval_s,
            partial(_ended, policy),
            agent.held,
            tasks,
            {ENFORCE: partial(_enforced, agent), RUN_TASK: tasks.run_by_hand},
        )
        _follow_log_level(policy())
        runner.run(said.first_within)
        tasks.stop()
        agent.held.drop()
        sources.close()
    return 0


def rekey(home: Home, said: Namespace) -> int:
    """Replace this agent's key: make the new one, then call in, here or in the running agent, and go over to it."""
    home.must_be_installed()
    made = make_next_key(home.path, said.key_type)
    told = partial(print, file=sys.stderr)  # standard output is the call-in alone
    told("a new key is made" if made else "a new key was made before; it is offered again")
    offered = (home.path / NEXT).read_bytes()
    code = call_in(home, said)
    if (home.path / "key.pem").read_bytes() == offered:
        told("the new key is in use")
    elif (home.path / NEXT).exists():
        told("the new key is not in use yet, the old one stays good: it is offered again at the next call-in")
    else:
        told("the new key was not taken; the old one stays")
    return code


def enforce(home: Home, said: Namespace) -> int:
    """Bring about what is held, here or in the running agent, and tell what is in force; 1 when something failed."""
    home.must_be_installed()
    either_way(home, lambda: _enforced(load(home), ""), lambda: ask_for(home.path, ENFORCE))
    policies = report.policies_plain(EnforcedBook(home.path, MsgpackCodec()).all())
    lines = [report.policy_text(each) for each in policies] or ["no policy is in force"]
    print(json.dumps(policies) if said.output == "json" else "\n".join(map(report.escaped, lines)))
    return int(any(each["outcome"] == "failed" for each in policies))


def run_task(home: Home, said: Namespace) -> int:
    """Start a task of the running agent now."""
    home.must_be_installed()
    told = ask_for(home.path, RUN_TASK, said.name)
    print(told)
    return 0 if told == STARTED_BY_HAND else 1


def status(home: Home, said: Namespace) -> int:
    """Tell what the agent knows of itself; reads only, also while it runs."""
    home.must_be_installed()
    codec = MsgpackCodec()
    bootstrap, held = bootstrap_of(home), HeldByOther(codec, DiskShelf(home.path))
    authorities = authorities_of(home, bootstrap, codec)
    handlers = [each._asdict() for each in HandlerTrust(codec, bootstrap, held, authorities).handlers()]
    undelivered = len(DiskEvents(home.path, codec).ids())
    state, settings = DiskKeep(home.path, codec).state, settings_of(home)
    plain = report.status_plain(state, settings.name, handlers, undelivered)
    plain["interval_s"] = agent_policy_of(home).interval_s or state.interval_s
    plain["policies"] = report.policies_plain(EnforcedBook(home.path, codec).all())
    plain["tasks"] = report.tasks_plain(_held_tasks(held.manifest, Book(home.path, codec)))
    plain["held"] = report.held_plain(held.manifest, held.items(), authorities.version, codec)
    print(json.dumps(plain) if said.output == "json" else report.status_text(plain))
    return 0


def event(home: Home, said: Namespace) -> int:
    """Put an event into the queue; also while the agent runs."""
    home.must_be_installed()
    DiskEvents(home.path, MsgpackCodec()).add(new_event(said.type, _event_data(said.data), now_ms()))
    print("queued")
    return 0


def _held_tasks(manifest: Manifest | None, book: Book) -> list[Record]:
    """Of those that are assigned still."""
    held = {item.id for item in manifest.items if item.kind == TASK} if manifest else set()
    return [record for key, record in book.all().items() if key in held]


def _ended(policy: Callable[[], AgentPolicy], result: Result) -> None:
    _follow_log_level(policy())
    _say(result)


def _enforced(agent: Installed, _: str) -> str:
    agent.member.enforcement.enforce()
    return "enforced"


def _bring_about(agent: Installed, tasks: TaskBoard) -> None:
    """What is held, whether or not a server can be reached; a full disk keeps nobody from calling in."""
    try:
        tasks.begin()
        agent.member.enforcement.enforce()
    except OSError as error:
        _log.error("what is held is not enforced: %s", error)


def _log_to_stderr() -> None:
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")


def _follow_log_level(policy: AgentPolicy) -> None:
    _log.setLevel(policy.log_level)


def _say(result: Result) -> None:
    with suppress(OSError):  # nobody reads what is printed: no reason to stop calling in
        print(report.result_text(result, apart=" - "), flush=True)


def _event_data(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableEvent(f"--data is no JSON: {error}") from error
    if not isinstance(data, dict):
        raise UnusableEvent("--data is no JSON object")
    return data


def path_to(text: str) -> Path:
    """A path argument."""
    return Path(text).expanduser()
