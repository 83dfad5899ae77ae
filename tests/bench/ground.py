"""What benchmarks stand on: services and a deployment, each started when the first of them asks for it."""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from services.postgres import Postgres, running_postgres
from services.rabbitmq import running_rabbitmq
from tests.bench.bench_site import BenchSite
from tests.bench.scale import Scale


class Ground:
    """Everything it started is gone when its context ends."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def directory(self) -> Path:
        """A new empty one."""
        return Path(self._opened.enter_context(TemporaryDirectory(prefix="muster-bench-")))

    @cached_property
    def postgres(self) -> Postgres:
        """A database server that waits for its disk, as in operation."""
        return self._opened.enter_context(running_postgres(durable=True))

    @cached_property
    def diskless_postgres(self) -> Postgres:
        """One that does not, where the disk would only hide what is measured."""
        return self._opened.enter_context(running_postgres())

    @cached_property
    def site(self) -> BenchSite:
        """A whole deployment, warm: its agents are registered and have called in."""
        rabbit = self._opened.enter_context(running_rabbitmq())
        site = BenchSite(self.directory(), rabbit, self.postgres)
        self._opened.callback(site.close)
        site.open(self.scale.agents)
        return site
