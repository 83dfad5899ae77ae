"""What one run of the command line was given: environment, way to the server, form of output."""

import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.server_address import find_server

if TYPE_CHECKING:
    import httpx

    from console.api_client import ApiClient


class Form(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Session:
    """The context of a command; options of the command itself win over those before it."""

    def __init__(
        self,
        environ: Mapping[str, str],
        transport: "httpx.BaseTransport | None" = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.environ = environ
        self.sleep = sleep
        self.form = Form.TABLE
        self._data: Path | None = None
        self._transport = transport

    def take(self, data: Path | None, output: Form | None) -> None:
        """Use what these options say, where they say something."""
        self._data = data or self._data
        self.form = output or self.form

    def api(self) -> "ApiClient":
        """The API of the server that is meant."""
        # Loaded when needed: help and usage errors come at once.
        from console.api_client import ApiClient

        return ApiClient(find_server(self.environ, self._data), self._transport)


def session_of(context: typer.Context, data: Path | None, output: Form | None) -> Session:
    """The session of this run, with the options given to the command."""
    session: Session = context.obj
    session.take(data, output)
    return session


_PANEL = "Everywhere"
DataDir = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data directory of `muster up`.", rich_help_panel=_PANEL),
]
Output = Annotated[
    Form | None, typer.Option("--output", "-o", help="Form of the result (table).", rich_help_panel=_PANEL)
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")]
Every = Annotated[bool, typer.Option("--all", help="Every page, not only the first.")]
Cursor = Annotated[
    str | None, typer.Option("--cursor", metavar="CURSOR", help="Go on where a list ended (its `next`).")
]
