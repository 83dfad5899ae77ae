"""Which servers, repositories and certificate authorities are all agents told?"""

from domain.ca_set import CaSet
from domain.repository_list import RepositoryList
from domain.server_list import ServerList
from projections.claims import json_text
from projections.projection import Projection
from projections.rows import Rows
from store.mapper import Recorded

LISTS = Projection("lists", version=2)


@LISTS.when(ServerList.Adopted, ServerList.Replaced)
def servers_decided(event: Recorded, rows: Rows) -> None:
    """Another server list is in force."""
    rows.new("server_list", event.stream.bytes).update(
        servers=json_text(event.facts["servers"]),
        version=event.version,
        decided_at_ms=event.meta.recorded_at_ms,
        decided_by=event.meta.who,
    )


@LISTS.when(RepositoryList.Adopted, RepositoryList.Replaced)
def repositories_decided(event: Recorded, rows: Rows) -> None:
    """Another repository list is in force."""
    rows.new("repository_list", event.stream.bytes).update(
        repositories=json_text(event.facts["repositories"]),
        version=event.version,
        decided_at_ms=event.meta.recorded_at_ms,
        decided_by=event.meta.who,
    )


@LISTS.when(CaSet.Proposed, CaSet.ProposedAnew)
def authorities_proposed(event: Recorded, rows: Rows) -> None:
    """A CA set waits for the root key."""
    rows.update("ca_set", event.stream.bytes, version=event.version, proposed=event.facts["statement"])


@LISTS.when(CaSet.Published)
def authorities_published(event: Recorded, rows: Rows) -> None:
    """The root key vouched for a CA set."""
    rows.update(
        "ca_set",
        event.stream.bytes,
        version=event.version,
        ca_version=event.facts["ca_version"],
        statement=event.facts["statement"],
        root_signature=event.facts["root_signature"],
        published_at_ms=event.meta.recorded_at_ms,
        published_by=event.meta.who,
        proposed=None,
    )
