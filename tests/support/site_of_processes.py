"""A whole deployment as its operators run it: set up, then one process per role, on real RabbitMQ and PostgreSQL."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx

from broker.topology import CONSOLE_RIGHTS, WORKER_RIGHTS, Rights, frontend_rights
from services.daemon import Daemon
from services.guard import Guard
from services.ports import free_port, listens
from services.postgres import Postgres, database_name
from services.rabbitmq import Rabbit

T = TypeVar("T")
LOOPBACK = "127.0.0.1"
MUSTER = [sys.executable, "-m", "bin.muster"]


class Site:
    """Set up at once; roles are started by name, each a process of its own."""

    def __init__(
        self,
        directory: Path,
        rabbit: Rabbit,
        postgres: Postgres,
        handlers: Sequence[str] = ("site-a",),
        user_prefix: str | None = None,
    ) -> None:
        """`user_prefix` tells this site's broker users from others' on the same broker; without it, one of its own."""
        self.directory = directory
        self.data = directory / "deployment"
        self.vhost = rabbit.new_vhost()
        self.owner_dsn = postgres.new_database()
        self.agent_ports = {name: free_port() for name in handlers}
        self.api_port = free_port()
        self.processes: dict[str, Daemon] = {}
        self._rabbit, self._postgres = rabbit, postgres
        self._guard = Guard()
        self._database = database_name(self.owner_dsn)
        self._prefix = f"{self._database}-" if user_prefix is None else user_prefix
        self._secrets = directory / "secrets"
        self._secrets.mkdir(parents=True)
        self._users = {name: self._user(name, frontend_rights(self._prefix + name)) for name in handlers}
        self._users |= {"worker": self._user("worker", WORKER_RIGHTS), "console": self._user("console", CONSOLE_RIGHTS)}
        self._dsns = {role: self._role(role) for role in ("worker", "projector", "reader")}
        self._set_up()

    @property
    def bootstrap(self) -> Path:
        return self.data / "bootstrap.json"

    @property
    def api(self) -> httpx.Client:
        """The API as the first administrator."""
        token = (self.data / "admin-token").read_text().strip()
        url = f"http://{LOOPBACK}:{self.api_port}/api/v1"
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)

    def broker_url_file(self, name: str) -> str:
        """The file with the broker URL of a frontend's user, with the password: what a thief of it would have."""
        return self._users[name]

    def start(self) -> "Site":
        """One of each role, and every frontend."""
        self.start_worker("worker-1")
        self.start_projector()
        self.start_console()
        for name in self.agent_ports:
            self.start_frontend(name)
        return self

    def start_frontend(self, name: str) -> Daemon:
        port = self.agent_ports[name]
        environment = {
            "MUSTER_FRONTEND_NAME": name,
            "MUSTER_FRONTEND_HOST": LOOPBACK,
            "MUSTER_FRONTEND_PORT": str(port),
            "MUSTER_FRONTEND_CERTIFICATE_FILE": str(self.data / "keys" / f"handler-{name}.pem"),
            "MUSTER_FRONTEND_KEY_FILE": str(self.data / "keys" / f"handler-{name}.key"),
            "MUSTER_FRONTEND_ACCEPTS_PER_S": "5000",
            "MUSTER_FRONTEND_CONNECTIONS_PER_ADDRESS": "20000",
            "MUSTER_BROKER_URL_FILE": self._users[name],
        }
        return self._serve(name, "frontend", environment, lambda: listens(LOOPBACK, port))

    def start_worker(self, name: str) -> Daemon:
        health = free_port()
        environment = {
            "MUSTER_BROKER_URL_FILE": self._users["worker"],
            "MUSTER_STORE_DSN_FILE": self._dsns["worker"],
            "MUSTER_HEALTH_PORT": str(health),
            "MUSTER_DEPLOYMENT_PENDING_RETRY_S": "1",
            "MUSTER_DEPLOYMENT_ROOT_KEY_FILE": str(self.data / "keys" / "root.pub"),
        }
        return self._serve(name, "worker", environment | self._key_files(), lambda: listens(LOOPBACK, health))

    def start_projector(self, name: str = "projector") -> Daemon:
        health = free_port()
        environment = {
            "MUSTER_STORE_DSN_FILE": self._dsns["reader"],
            "MUSTER_STORE_REPORTS_DSN_FILE": self._dsns["projector"],
            "MUSTER_STORE_READER_ROLE": f"{self._database}_reader",
            "MUSTER_HEALTH_PORT": str(health),
        }
        return self._serve(name, "projector", environment | self._key_files(), lambda: listens(LOOPBACK, health))

    def start_console(self) -> Daemon:
        environment = {
            "MUSTER_BROKER_URL_FILE": self._users["console"],
            "MUSTER_STORE_DSN_FILE": self._dsns["reader"],
            "MUSTER_STORE_REPORTS_DSN_FILE": self._dsns["reader"],
            "MUSTER_API_HOST": LOOPBACK,
            "MUSTER_API_PORT": str(self.api_port),
        }
        return self._serve(
            "console", "console", environment | self._key_files(), lambda: listens(LOOPBACK, self.api_port)
        )

    def people(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line of people, as the first administrator."""
        environment = {
            "MUSTER_API": f"http://{LOOPBACK}:{self.api_port}",
            "MUSTER_TOKEN_FILE": str(self.data / "admin-token"),
        }
        return muster(*arguments, environment=environment)

    def people_json(self, *arguments: str) -> Any:
        done = self.people(*arguments, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def agent(self, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return muster("agent", "--home", str(home), *arguments)

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
        self._guard.close()
        self._rabbit.drop_vhost(self.vhost)

    def _serve(self, name: str, role: str, environment: Mapping[str, str], ready: Any) -> Daemon:
        process = Daemon(
            [*MUSTER, "serve", role],
            environment=bare_environment() | dict(environment),
            log=self.directory / f"{name}.log",
            guard=self._guard,
        )
        process.start(ready, 30)
        self.processes[name] = process
        return process

    def _set_up(self) -> None:
        handlers = [f"--handler={name}={LOOPBACK}:{port}" for name, port in self.agent_ports.items()]
        roles = [f"--{role}-role={self._database}_{role}" for role in ("worker", "projector", "reader")]
        owner = self._secret("owner", self.owner_dsn)
        done = muster("setup", "--data", str(self.data), "--owner-dsn-file", owner, *handlers, *roles)
        assert done.returncode == 0, done.stderr

    def _key_files(self) -> dict[str, str]:
        names = ("wrapping", "order", "reply")
        return {f"MUSTER_KEYS_{name.upper()}_FILE": str(self.data / "keys" / f"{name}.key") for name in names}

    def _user(self, name: str, rights: Rights) -> str:
        """Make a broker user of this site with just these rights; the file with its URL."""
        user, password = self._prefix + name, secrets.token_hex(16)
        self._rabbit.add_user(self.vhost, user, password, *rights)
        return self._secret(f"amqp-{name}", self._rabbit.amqp_url(user, password, self.vhost))

    def _role(self, name: str) -> str:
        role, password = f"{self._database}_{name}", secrets.token_hex(16)
        self._postgres.new_role(role, password)
        return self._secret(f"dsn-{name}", self._postgres.dsn(self._database, role, password))

    def _secret(self, name: str, text: str) -> str:
        path = self._secrets / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)


def muster(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run one `muster` command to its end."""
    return subprocess.run(
        [*MUSTER, *arguments],
        env=bare_environment() | dict(environment or {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def wait_for(look: Callable[[], T], timeout_s: float = 60) -> T:
    """Look again and again until there is something; fail loudly when there never is."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


def bare_environment() -> dict[str, str]:
    """An environment without anything of the one who runs the tests; the house is found by its path."""
    house = str(Path(__file__).parents[2])
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": house, "LANG": "C.UTF-8"}
