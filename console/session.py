"""What one run of the command line was given: environment, way to the server, form of output."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer

from console.api_client import ApiClient
from console.server_address import find_server


class Form(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Session:
    """The context of a command; options of the command itself win over those before it."""

    def __init__(self, environ: Mapping[str, str], transport: httpx.BaseTransport | None = None) -> None:
        self.environ = environ
        self.form = Form.TABLE
        self._data: Path | None = None
        self._transport = transport

    def take(self, data: Path | None, output: Form | None) -> None:
        """Use what these options say, where they say something."""
        self._data = data or self._data
        self.form = output or self.form

    def api(self) -> ApiClient:
        """The API of the server that is meant."""
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
