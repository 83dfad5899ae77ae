"""Where the broker of a test run comes from: given by URL, a container, or a private process."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from services.container import Container
from services.daemon import Daemon
from services.guard import Guard
from services.ports import free_port, listens

IMAGE = "rabbitmq:4-management"
_EPMD_PORT_ENV = "ERL_EPMD_PORT"


class NotOurs(Exception):
    """The tests stop and restart their broker and database; a server given by URL is not theirs to stop."""


class NodeAddress(NamedTuple):
    """Where the node listens (AMQP, HTTP API) and the administrator it was made with."""

    host: str
    port: int
    api: str
    user: str
    password: str


class RabbitNode(Protocol):
    """One broker node, whatever it runs in. `ready` says whether it serves."""

    address: NodeAddress

    def start(self, ready: Callable[[], bool]) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def control(self, *arguments: str) -> str: ...
    def close(self) -> None: ...


class GivenNode:
    """A broker that somebody else runs; it can be used, not stopped."""

    def __init__(self, url: str, api: str | None) -> None:
        parts = urlsplit(url)
        host = parts.hostname or "127.0.0.1"
        self.address = NodeAddress(
            host,
            parts.port or 5672,
            api or f"http://{host}:15672",
            unquote(parts.username or "guest"),
            unquote(parts.password or "guest"),
        )

    def start(self, ready: Callable[[], bool]) -> None:
        if not ready():
            raise NotOurs(f"nothing answers at {self.address.host}:{self.address.port} and {self.address.api}")

    def stop(self) -> None:
        raise NotOurs

    def kill(self) -> None:
        raise NotOurs

    def control(self, *arguments: str) -> str:
        raise NotOurs

    def close(self) -> None:
        return


class ContainerNode:
    """A broker of the newest supported release in a container."""

    def __init__(self, user: str, password: str) -> None:
        port, api_port = free_port(), free_port()
        self.address = NodeAddress("127.0.0.1", port, f"http://127.0.0.1:{api_port}", user, password)
        self._container = Container(
            IMAGE,
            {"RABBITMQ_DEFAULT_USER": user, "RABBITMQ_DEFAULT_PASS": password},
            {5672: port, 15672: api_port},
        )

    def start(self, ready: Callable[[], bool]) -> None:
        self._container.start(ready)

    def stop(self) -> None:
        self._container.stop()

    def kill(self) -> None:
        self._container.kill()

    def control(self, *arguments: str) -> str:
        return self._container.run("rabbitmqctl", *arguments)

    def close(self) -> None:
        self._container.close()


def find_server() -> Path | None:
    """Return the server script itself; Debian's wrapper in /usr/sbin would change the user and lose settings."""
    places = [Path("/usr/lib/rabbitmq/bin"), Path("/usr/local/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin")]
    found = [place / "rabbitmq-server" for place in places if (place / "rabbitmq-server").exists()]
    return found[0] if found else None


class PrivateNode:
    """A broker process with its own name service, cookie, ports and data, all bound to 127.0.0.1."""

    def __init__(self, server: Path, user: str, password: str) -> None:
        port, api_port = free_port(), free_port()
        self.address = NodeAddress("127.0.0.1", port, f"http://127.0.0.1:{api_port}", user, password)
        self._home = Path(tempfile.mkdtemp(prefix="muster-rabbitmq-"))
        self._guard = Guard()
        self._guard.remove(self._home)
        self._scripts = server.parent
        self._epmd_port = free_port()
        self._environment = self._settings(api_port)
        self._names = Daemon(
            [self._epmd(), "-port", str(self._epmd_port), "-address", "127.0.0.1"],
            environment=self._environment,
            log=self._home / "epmd.log",
            guard=self._guard,
        )
        self._server = Daemon(
            [str(server)], environment=self._environment, log=self._home / "server.log", guard=self._guard
        )

    def start(self, ready: Callable[[], bool]) -> None:
        # Started here and in the foreground, or the server would start one that outlives it.
        self._names.start(lambda: listens("127.0.0.1", self._epmd_port))
        self._server.start(ready)

    def stop(self) -> None:
        self._server.stop()
        self._names.kill()

    def kill(self) -> None:
        self._server.kill()
        self._names.kill()

    def control(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._scripts / "rabbitmqctl"), *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def close(self) -> None:
        # Nothing of this node is wanted any more: no reason to wait for an orderly shutdown.
        self.kill()
        self._guard.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _epmd(self) -> str:
        beside_erlang = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
        return shutil.which("epmd") or str(beside_erlang[-1])

    def _settings(self, api_port: int) -> dict[str, str]:
        home = self._home
        (home / "env.conf").touch()
        (home / "plugins").write_text("[rabbitmq_management].\n")
        (home / "rabbitmq.conf").write_text(
            f"default_user = {self.address.user}\n"
            f"default_pass = {self.address.password}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {api_port}\n"
            # Queue lengths are asked for directly; statistics would cost the benchmark's processor time.
            "management_agent.disable_metrics_collector = true\n"
            "disk_free_limit.absolute = 50MB\n"
            "log.file.level = warning\n"
        )
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "LC_ALL": "C.UTF-8",
            "HOME": str(home),  # the cookie lives there
            "RABBITMQ_CONF_ENV_FILE": str(home / "env.conf"),
            "RABBITMQ_NODENAME": f"muster-{self.address.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.address.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            _EPMD_PORT_ENV: str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
