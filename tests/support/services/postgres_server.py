"""Where the database server of a test run comes from: given by DSN, a container, or a private process."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from services.container import Container
from services.daemon import Daemon
from services.guard import Guard
from services.ports import free_port
from services.rabbit_node import NotOurs

IMAGE = "postgres:17"


class ServerAddress(NamedTuple):
    """Where the server listens and its superuser."""

    host: str
    port: int
    user: str
    password: str


class PostgresServer(Protocol):
    """One database server, whatever it runs in. `ready` says whether it serves."""

    address: ServerAddress

    def start(self, ready: Callable[[], bool]) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class GivenServer:
    """A server that somebody else runs; it can be used, not stopped."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self.address = ServerAddress(
            parts.hostname or "127.0.0.1",
            parts.port or 5432,
            unquote(parts.username or "postgres"),
            unquote(parts.password or ""),
        )

    def start(self, ready: Callable[[], bool]) -> None:
        if not ready():
            raise NotOurs(f"nothing answers at {self.address.host}:{self.address.port}")

    def stop(self) -> None:
        raise NotOurs

    def kill(self) -> None:
        raise NotOurs

    def close(self) -> None:
        return


class ContainerServer:
    """A server of the newest supported release in a container."""

    def __init__(self, password: str) -> None:
        self.address = ServerAddress("127.0.0.1", free_port(), "postgres", password)
        self._container = Container(IMAGE, {"POSTGRES_PASSWORD": password}, {5432: self.address.port})

    def start(self, ready: Callable[[], bool]) -> None:
        self._container.start(ready)

    def stop(self) -> None:
        self._container.stop()

    def kill(self) -> None:
        self._container.kill()

    def close(self) -> None:
        self._container.close()


def find_programs() -> Path | None:
    """Return the folder of the newest installed server's programs."""
    versions = [place.parent for place in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    if versions:
        return max(versions, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))])
    return Path(on_path).parent if on_path else None


class PrivateServer:
    """A server process with its own data and port, on TCP at 127.0.0.1 only.

    `durable` keeps fsync on, which a benchmark must; tests only lose data when the machine itself fails.
    """

    def __init__(self, programs: Path, password: str, *, durable: bool) -> None:
        self.address = ServerAddress("127.0.0.1", free_port(), "postgres", password)
        self._user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        self._home = Path(tempfile.mkdtemp(prefix="muster-postgres-"))
        self._guard = Guard()
        self._guard.remove(self._home)
        self._environment = {"PATH": f"{programs}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self._home)}
        self._prepare(programs, password, durable=durable)
        self._server = Daemon(
            [str(programs / "postgres"), "-D", str(self._home / "data")],
            environment=self._environment,
            log=self._home / "server.log",
            guard=self._guard,
            user=self._user,
        )

    def start(self, ready: Callable[[], bool]) -> None:
        self._server.start(ready)

    def stop(self) -> None:
        self._server.stop(signal.SIGINT)  # "fast": open transactions are rolled back

    def kill(self) -> None:
        self._server.kill()

    def close(self) -> None:
        self._server.stop(signal.SIGQUIT)  # "immediate", which also frees its shared memory
        self._guard.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _prepare(self, programs: Path, password: str, *, durable: bool) -> None:
        data, secret = self._home / "data", self._home / "password"
        secret.write_text(password)
        if self._user is not None:
            shutil.chown(self._home, self._user, self._user)
            shutil.chown(secret, self._user, self._user)
        subprocess.run(
            [
                *(str(programs / "initdb"), "--pgdata", str(data), "--username", "postgres"),
                *("--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8"),
                *("--locale", "C.UTF-8", "--no-sync"),
            ],
            env=self._environment,
            cwd="/",
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(
                "listen_addresses = '127.0.0.1'\n"
                f"port = {self.address.port}\n"
                "unix_socket_directories = ''\n"
                "max_connections = 200\n"
                f"fsync = {'on' if durable else 'off'}\n"
            )
