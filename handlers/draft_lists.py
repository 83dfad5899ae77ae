"""The server list and the repository list as part of the desired state."""

from typing import Any

from domain.ids import REPOSITORY_LIST_STREAM, SERVER_LIST_STREAM
from domain.repository_list import RepositoryList, plain_repositories, read_repositories
from domain.server_list import ServerList, plain_servers, read_servers
from domain.system_tree import LISTS
from handlers.batch import Batch, Cause
from handlers.draft import Draft


def lists_of(draft: Draft, batch: Batch) -> dict[str, list[dict[str, Any]]]:
    """Both lists as they are, by the tables of a document."""
    servers = draft.get(SERVER_LIST_STREAM, batch.records.server_list)
    repositories = draft.get(REPOSITORY_LIST_STREAM, batch.records.repository_list)
    return {
        "server": plain_servers(servers.servers) if servers else [],
        "repository": plain_repositories(repositories.repositories) if repositories else [],
    }


def list_servers(plain: list[dict[str, Any]], draft: Draft, batch: Batch) -> None:
    """Tell all agents these servers; the entries were judged before."""
    wanted, found = read_servers({"servers": plain}), draft.get(SERVER_LIST_STREAM, batch.records.server_list)
    if found is None:
        draft.add(ServerList.adopt(wanted))
    elif not found.replace(wanted):
        return
    draft.tree.revise(LISTS)


def list_repositories(plain: list[dict[str, Any]], draft: Draft, batch: Batch) -> None:
    """Tell all agents these repositories; the entries were judged before."""
    wanted = read_repositories({"repositories": plain})
    found = draft.get(REPOSITORY_LIST_STREAM, batch.records.repository_list)
    if found is None:
        draft.add(RepositoryList.adopt(wanted))
    elif not found.replace(wanted):
        return
    draft.tree.revise(LISTS)


def move_revision(batch: Batch, cause: Cause) -> None:
    """One of the lists was changed by an order of its own."""
    draft = Draft(batch)
    draft.tree.revise(LISTS)
    draft.stage(cause)
