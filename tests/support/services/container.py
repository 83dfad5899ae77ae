"""A server in a container of the local Docker engine, on fixed loopback ports so that a restart keeps them."""

import time
from collections.abc import Callable, Mapping
from typing import Any, cast


class ContainerFailed(Exception):
    """A container for tests did not answer in time; its last lines follow."""


class Container:
    """Start, stop and kill one container; its data lasts until it is closed."""

    def __init__(self, image: str, environment: Mapping[str, str], ports: Mapping[int, int]) -> None:
        # Loading it takes longer than most tests: nobody waits for it where no engine answers.
        from testcontainers.core.container import DockerContainer

        self._container = DockerContainer(image).with_envs(**environment)
        published = cast("dict[str, Any]", self._container.ports)
        published.update({f"{inside}/tcp": ("127.0.0.1", outside) for inside, outside in ports.items()})
        self._created = False

    def start(self, ready: Callable[[], bool], timeout_s: float = 120) -> None:
        """Run the container, or run it again with the data it had."""
        if self._created:
            self._wrapped.start()
        else:
            self._container.start()
            self._created = True
        deadline = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > deadline:
                raise ContainerFailed(b"\n".join(self._container.get_logs())[-3000:].decode(errors="replace"))
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask the server to end; its data stays."""
        self._wrapped.stop(timeout=30)

    def kill(self) -> None:
        """End the server at once; its data stays."""
        self._wrapped.kill()

    def run(self, *argv: str) -> str:
        """Run a program inside and return what it printed; raise ContainerFailed when it failed."""
        done = self._wrapped.exec_run(list(argv))
        output: str = done.output.decode(errors="replace")
        if done.exit_code != 0:
            raise ContainerFailed(output)
        return output

    def close(self) -> None:
        """Remove the container and its data."""
        if self._created:
            self._container.stop()

    @property
    def _wrapped(self) -> Any:
        return self._container.get_wrapped_container()
