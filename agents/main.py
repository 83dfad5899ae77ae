"""`muster agent`: the reference agent on the command line."""

import argparse
import sys
from collections.abc import Callable

from agents import commands
from agents.bootstrap import BadBootstrap
from agents.commands import path_to
from agents.control import NobodyListens
from agents.events import UnusableEvent
from agents.home import ForeignFolder, Home, HomeLocked, NotInstalled
from agents.identity import SUPPORTED, UnusableIdentity
from agents.install import AlreadyInstalled, UnreadableFile, UnusableAllowance
from agents.mode import Mode
from agents.new_bootstrap import AnotherDeployment
from agents.property_file import UnusableProperties
from agents.report import escaped
from agents.resource_keys import UnusableResourceKeys
from agents.settings import UnusableSettings
from agents.state import DamagedState
from agents.ticket import UnusableTicket
from wire.authorities import UntrustedAuthorities
from wire.keys import P256

_FAILURE, _NOT_FOUND, _CONFLICT = 1, 3, 4
_FAILURES = (
    BadBootstrap,
    NobodyListens,
    DamagedState,
    ForeignFolder,
    UnreadableFile,
    UnusableAllowance,
    UnusableEvent,
    UnusableIdentity,
    UnusableProperties,
    UnusableResourceKeys,
    UnusableSettings,
    UnusableTicket,
    UntrustedAuthorities,
    OSError,
)


def main(argv: list[str]) -> int:
    """Run one command of the agent; ``argv`` is what follows `muster agent`. Returns the exit code."""
    try:
        said = parser().parse_args(argv)
    except SystemExit as end:  # argparse has printed what is wrong, or the help
        return end.code if isinstance(end.code, int) else 2
    command: Callable[[Home, argparse.Namespace], int] = said.command
    try:
        return command(Home(said.home), said)
    except NotInstalled as error:
        return _failed(error, _NOT_FOUND)
    except (AlreadyInstalled, AnotherDeployment, HomeLocked) as error:
        return _failed(error, _CONFLICT)
    except _FAILURES as error:
        return _failed(error, _FAILURE)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="muster agent", description="The reference agent of Muster.")
    top.add_argument("--home", type=path_to, required=True, metavar="DIR", help="where this agent lives")
    verbs = top.add_subparsers(required=True, metavar="COMMAND")
    _install(verbs.add_parser("install", help="make an agent in the home"))
    _bootstrap(verbs.add_parser("bootstrap", help="take another bootstrap file of the same deployment"))
    _call_in(verbs.add_parser("call-in", help="call in now, the whole way"))
    _run(verbs.add_parser("run", help="stay and call in at every interval"))
    _enforce(verbs.add_parser("enforce", help="bring about the policies that are held, now"))
    _run_task(verbs.add_parser("run-task", help="have the running agent start a task, now"))
    _rekey(verbs.add_parser("rekey", help="replace the key of this agent"))
    _status(verbs.add_parser("status", help="tell what the agent knows of itself"))
    _event(verbs.add_parser("event", help="queue an event for the next call-in"))
    return top


def _install(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.install_agent)
    verb.add_argument("--bootstrap", type=path_to, required=True, metavar="FILE", help="from the server")
    verb.add_argument("--name", default="", help="live as a virtual machine of this name")
    verb.add_argument("--properties", type=path_to, metavar="FILE.json", help="report these, read at every call-in")
    verb.add_argument("--resource-keys", type=path_to, metavar="FILE", help="JSON object of kind and value")
    verb.add_argument("--ticket", type=path_to, metavar="FILE", help="install ticket: lets this agent in, once")
    verb.add_argument("--key-type", choices=SUPPORTED, default=P256)
    verb.add_argument(
        "--allow-path", action="append", default=[], metavar="PATH", help="folder or file that policies may manage"
    )
    verb.add_argument(
        "--allow-command", action="append", default=[], metavar="PATH", help="program that tasks may run (none may)"
    )
    _replace_ca_set(verb)


def _bootstrap(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.bootstrap)
    verb.add_argument("file", type=path_to, metavar="FILE", help="from the server")
    _replace_ca_set(verb)


def _replace_ca_set(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--replace-ca-set",
        action="store_true",
        help="believe the CAs of the file although an agent that is there holds a newer CA set",
    )


def _call_in(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.call_in)
    verb.add_argument("--full", action="store_true", help="send all properties")
    _output(verb)


def _run(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.run)
    verb.add_argument("--exit-with-parent", action="store_true", help="end when stdin reaches its end")
    verb.add_argument(
        "--first-within", type=float, default=10.0, metavar="SECONDS", help="first call-in at random within (10)"
    )
    verb.add_argument(
        "--mode", choices=[str(mode) for mode in Mode], default=str(Mode.PULL), help="until a policy says it (pull)"
    )


def _enforce(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.enforce)
    _output(verb)


def _run_task(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.run_task)
    verb.add_argument("name", help="of a task that `status` tells")


def _rekey(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.rekey, full=False)
    verb.add_argument("--key-type", choices=SUPPORTED, default=P256, help="of the new key (p256)")
    _output(verb)


def _status(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.status)
    _output(verb)


def _event(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(command=commands.event)
    verb.add_argument("type", help="what happened, e.g. DiskReplaced")
    verb.add_argument("--data", default="{}", metavar="JSON", help="an object")


def _output(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("-o", dest="output", choices=("text", "json"), default="text")


def _failed(error: Exception, code: int) -> int:
    print(f"muster agent: {escaped(str(error))}", file=sys.stderr)
    return code
