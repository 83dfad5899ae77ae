"""Server list and repository list: what every agent is told alike at its next call-in."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from console import answers, schemas
from console.access import ListSetter, Reader
from console.etag import etag_of, version_in
from console.listing import AsciiJson
from console.order_desk import DeskOf, IfMatch
from console.parts import ReportsOf
from console.problems import Problem
from domain.listed import BadList
from domain.orders import SetRepositoryList, SetServerList
from domain.repository_list import plain_repositories, read_repositories
from domain.server_list import plain_servers, read_servers

router = APIRouter(tags=["lists"])


class NewServerList(BaseModel):
    """A server list: what `GET` answers may be sent back, what says who decided is ignored. Every fault is told."""

    model_config = ConfigDict(extra="allow")
    servers: Any = Field(description="A list of name, host, port, priority; empty: agents go to their bootstrap's.")


class NewRepositoryList(BaseModel):
    """A repository list: what `GET` answers may be sent back. Every fault is told."""

    model_config = ConfigDict(extra="allow")
    repositories: Any = Field(description="A list of name, kind, url, priority, fingerprint.")


@router.get("/server-list", response_model=schemas.ServerList)
def show_server_list(reports: ReportsOf, _: Reader) -> Response:
    """The server list, with its ETag."""
    found = reports.server_list()
    return AsciiJson(found, headers={"ETag": etag_of(found["version"])})


@router.put("/server-list", response_model=answers.ServerListDecided)
def set_server_list(desk: DeskOf, caller: ListSetter, new: NewServerList, if_match: IfMatch = None) -> Response:
    """Put another server list in place. Needs If-Match like a decision."""
    servers = _read(read_servers, new)
    carried = desk.give(SetServerList(plain_servers(servers)), caller, version_in(if_match))
    shown = {"server_list": desk.read_back(desk.reports.server_list), "warning": _strangers(desk, new.servers)}
    document = carried.document() | shown
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})


@router.get("/repository-list", response_model=schemas.RepositoryList)
def show_repository_list(reports: ReportsOf, _: Reader) -> Response:
    """The repository list, with its ETag."""
    found = reports.repository_list()
    return AsciiJson(found, headers={"ETag": etag_of(found["version"])})


@router.put("/repository-list", response_model=answers.RepositoryListDecided)
def set_repository_list(desk: DeskOf, caller: ListSetter, new: NewRepositoryList, if_match: IfMatch = None) -> Response:
    """Put another repository list in place. Needs If-Match like a decision."""
    repositories = _read(read_repositories, new)
    carried = desk.give(SetRepositoryList(plain_repositories(repositories)), caller, version_in(if_match))
    document = carried.document() | {"repository_list": desk.read_back(desk.reports.repository_list)}
    return AsciiJson(document, headers={"ETag": etag_of(carried.outcome.version)})


def _strangers(desk: DeskOf, servers: list[dict[str, Any]]) -> str | None:
    """Which of these agents would look for in vain, as far as is known."""
    handlers = desk.read_back(desk.reports.agent_handlers)
    known = {each["handler"] for each in handlers.items} if handlers else set()
    strange = [each["name"] for each in servers if each["name"] not in known]
    if handlers is None or not strange:
        return None
    return f"no agent handler ever announced itself as {', '.join(strange)}; agents may be sent where nobody answers"


def _read(read: Callable[[object], Any], new: BaseModel) -> Any:
    try:
        return read(new.model_dump())
    except BadList as bad:
        faults = [each._asdict() for each in bad.faults]
        raise Problem(422, "bad_list", f"Nothing was changed: {bad}", faults=faults) from bad
