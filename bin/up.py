"""``muster up``: a whole server in one process, for one machine."""

import argparse
import logging
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx

from bin.config import config_file
from bin.data_directory import AlreadyRunning, DataDirectory, Ports
from bin.key_directory import UnusableSecret
from bin.local_agents import LocalAgents, agent_id_of
from bin.logs import set_up_logging
from bin.reactor import the_reactor
from bin.settings import BadSettings, DeploymentSettings, load_settings

DEFAULT_DATA = Path("muster-data")
PENDING_RETRY_S = 5
"""A single machine can afford that agents which wait for a decision ask often."""
OURS = "MUSTER_DEPLOYMENT_"
"""Of the environment: what the people's command line reads there is not meant for a server."""
_log = logging.getLogger("muster.up")


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT; exit 1 naming what is wrong."""
    chosen = _parser().parse_args(arguments)
    set_up_logging(chosen.log_level)
    data = DataDirectory(chosen.data)
    try:
        settings = _deployment(chosen, environ)
        data.open()
        return _run(data, chosen, settings)
    except (AlreadyRunning, BadSettings, UnusableSecret, OSError) as error:
        print(f"muster up: {error}", file=sys.stderr)
        return 1


def _deployment(chosen: argparse.Namespace, environ: Mapping[str, str]) -> DeploymentSettings:
    """What the file and the environment say about the deployment; the options stand over both."""
    ours = {name: value for name, value in environ.items() if name.startswith(OURS)}
    settings = load_settings(config_file(chosen.config, environ), ours, {"pending_retry_s": PENDING_RETRY_S})
    if chosen.interval is not None:
        settings.deployment.interval_s = chosen.interval
    return settings.deployment


def _run(data: DataDirectory, chosen: argparse.Namespace, settings: DeploymentSettings) -> int:
    from bin.embedded import Embedded

    reactor = the_reactor()
    server = Embedded(data, reactor, host=chosen.host, settings=settings)
    server.start(Ports(chosen.agent_port, chosen.api_port))
    agents = LocalAgents(data.agents, data.bootstrap, chosen.agents)
    stopping = threading.Event()

    def in_background() -> None:
        server.wait_until_ready()
        api = f"http://127.0.0.1:{server.ports.api_port}"
        print(f"ready agent={chosen.host}:{server.ports.agent_port} api={api}", flush=True)
        if chosen.agents:
            _bring_in(agents, data, f"{api}/api/v1", stopping)
        if chosen.show:
            _show(data, chosen.agents)

    def shut_down() -> object:
        stopping.set()
        agents.stop()
        return server.stop()

    threading.Thread(target=in_background, name="muster-up", daemon=True).start()
    reactor.addSystemEventTrigger("before", "shutdown", shut_down)
    reactor.run()
    return 0


def _bring_in(agents: LocalAgents, data: DataDirectory, api: str, stopping: threading.Event) -> None:
    token = data.admin_token.read_text().strip()
    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        agents.start()
        allowed = agents.allow(client, stopping)
        agents.wait_for_call_ins(client, allowed, stopping)


def _show(data: DataDirectory, agents: int) -> None:
    """Print what a person would ask first."""
    from console.cli import main as people

    where = ["--data", str(data.path)]
    questions = [["registrations", "list"], ["agents", "list"]]
    for question in questions:
        people([*where, *question], {})
    if agents:
        home = data.agents / "agent-1"
        people([*where, "agents", "show", agent_id_of(home) or ""], {})
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="muster up",
        description="Run a whole Muster server in this process: SQLite, in-process broker, agents' port, API.",
        epilog="Example: muster up --data /var/lib/muster --agent-port 7443 --api-port 8443",
    )
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="all it keeps (muster-data)")
    parser.add_argument("--host", default="127.0.0.1", help="address agents connect to (127.0.0.1)")
    parser.add_argument("--agent-port", type=int, default=0, metavar="N", help="0: that of the first start, any free")
    parser.add_argument("--api-port", type=int, default=0, metavar="N", help="0: that of the first start, any free")
    parser.add_argument("--agents", type=int, default=0, metavar="N", help="also run N agents of this machine, allowed")
    parser.add_argument("--interval", type=int, metavar="SECONDS", help="call-in interval (3600)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with [deployment] (or MUSTER_CONFIG)")
    parser.add_argument("--show", action="store_true", help="print the reports once the agents have called in")
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    return parser
