"""`muster lists`: what every agent is told alike: where to call in, where to get content."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.results import remark, show_one, show_outcome
from console.session import DataDir, Output, Session, session_of
from console.written_file import Fault, read_written
from domain.listed import BadList
from domain.repository_list import read_repositories
from domain.server_list import read_servers

app = typer.Typer(help="What every agent is told alike at its next call-in.", no_args_is_help=True)
servers = typer.Typer(help="Which agent handlers agents go to, in which order.", no_args_is_help=True)
repositories = typer.Typer(help="Where agents get content, in which order.", no_args_is_help=True)
app.add_typer(servers, name="servers")
app.add_typer(repositories, name="repositories")
_SERVERS, _REPOSITORIES = "/server-list", "/repository-list"
ListFile = Annotated[Path, typer.Argument(metavar="FILE", help="The list as JSON, as `show -o json` prints it.")]


@servers.command("show", epilog="Example: muster lists servers show -o json")
def show_servers(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the server list in force."""
    _show(session_of(context, data, output), _SERVERS)


@servers.command("set", epilog="Example: muster lists servers set servers.json")
def set_servers(context: typer.Context, file: ListFile, data: DataDir = None, output: Output = None) -> None:
    """Put another server list in place.

    Agents learn of it at their next call-in.
    """

    def faults(plain: object) -> list[Fault]:
        try:
            read_servers(plain)
        except BadList as bad:
            return [(each.entry, each.field, each.problem) for each in bad.faults]
        return []

    plain = read_written(file, "server list", "servers", "server", faults)
    _set(
        session_of(context, data, output),
        _SERVERS,
        plain,
        f"server list: {_count(plain['servers'], 'server', 'servers')}",
    )


@repositories.command("show", epilog="Example: muster lists repositories show -o json")
def show_repositories(context: typer.Context, data: DataDir = None, output: Output = None) -> None:
    """Show the repository list in force."""
    _show(session_of(context, data, output), _REPOSITORIES)


@repositories.command("set", epilog="Example: muster lists repositories set repositories.json")
def set_repositories(context: typer.Context, file: ListFile, data: DataDir = None, output: Output = None) -> None:
    """Put another repository list in place.

    Agents learn of it at their next call-in.
    """

    def faults(plain: object) -> list[Fault]:
        try:
            read_repositories(plain)
        except BadList as bad:
            return [(each.entry, each.field, each.problem) for each in bad.faults]
        return []

    plain = read_written(file, "repository list", "repositories", "repository", faults)
    told = f"repository list: {_count(plain['repositories'], 'repository', 'repositories')}"
    _set(session_of(context, data, output), _REPOSITORIES, plain, told)


def _count(entries: list[Any], one: str, many: str) -> str:
    return f"{len(entries)} {one if len(entries) == 1 else many}"


def _show(session: Session, path: str) -> None:
    with session.api() as api:
        show_one(session, api.get(path))


def _set(session: Session, path: str, plain: dict[str, Any], told: str) -> None:
    with session.api() as api:
        document = api.order("PUT", path, plain, api.get(path).headers["ETag"])
    known = "Nothing changed; " if document["outcome"] == "unchanged" else ""
    show_outcome(session, document, f"{known}{told}."[:1].upper() + f"{known}{told}."[1:])
    if document.get("warning"):
        remark(f"WARNING: {document['warning']}.")
