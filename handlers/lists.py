"""What every agent is assigned alike: the CA set, the server list, the repository list, as they are committed."""

from typing import Any
from uuid import UUID

from domain.ca_set import CaSet
from domain.errors import NothingKnown
from domain.ids import CA_SET_STREAM, REPOSITORY_LIST_STREAM, SERVER_LIST_STREAM
from domain.repository_list import plain_repositories
from domain.server_list import plain_servers
from handlers.batch import Batch
from handlers.known_key import KnownKey
from handlers.part import Part, Told
from handlers.records import Records
from wire.authorities import content_plain
from wire.held import AUTHORITIES, REPOSITORIES, SERVERS, Item, digest_of
from wire.msgspec_codec import MsgspecCodec

_codec = MsgspecCodec()


def lists(known: KnownKey, batch: Batch) -> Told:
    """The source of lists: the same parts for every agent."""
    return batch.memory.shared("lists", lambda: _read(batch.records))


def _read(records: Records) -> Told:
    parts = (*_authorities(records), *_servers(records), *_repositories(records))
    return Told(max((part.position for part in parts), default=0), parts)


def _authorities(records: Records) -> list[Part]:
    published = [each for each in records.log.stream(CA_SET_STREAM) if each.topic == CaSet.Published.TOPIC]
    if not published:
        return []
    found, newest = records.ca_set(), published[-1].originator_version
    assert found.published is not None
    (part,) = [_part(records, AUTHORITIES, CA_SET_STREAM, newest, content_plain(found.published))]
    return [part._replace(item=part.item._replace(version=found.published_version))]


def _servers(records: Records) -> list[Part]:
    try:
        found = records.server_list()
    except NothingKnown:
        return []
    content = {SERVERS: plain_servers(found.servers)}
    return [_part(records, SERVERS, SERVER_LIST_STREAM, found.version, content)]


def _repositories(records: Records) -> list[Part]:
    try:
        found = records.repository_list()
    except NothingKnown:
        return []
    content = {REPOSITORIES: plain_repositories(found.repositories)}
    return [_part(records, REPOSITORIES, REPOSITORY_LIST_STREAM, found.version, content)]


def _part(records: Records, kind: str, stream: UUID, version: int, plain: dict[str, Any]) -> Part:
    content = _codec.encode(plain)
    item = Item(stream.bytes, kind, "", kind, version, digest_of(content))
    return Part(records.log.position_of(stream, version), item, content)
