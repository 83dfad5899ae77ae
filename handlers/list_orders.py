"""Orders about what every agent is told alike: server list, repository list, CA set."""

from typing import TypeVar

from domain import errors, orders
from domain.ca_set import CaSet
from domain.ca_set_refusals import AuthoritiesRefused, NothingProposed
from domain.desired_orders import ApplyDocument
from domain.ids import CA_SET_STREAM, REPOSITORY_LIST_STREAM, SERVER_LIST_STREAM
from domain.listed import BadList
from domain.repository_list import RepositoryList, read_repositories
from domain.server_key_refusals import RootKeyUnknown
from domain.server_list import ServerList, read_servers
from handlers.batch import Batch, Cause
from handlers.draft_lists import move_revision
from wire import authorities
from wire.authorities import UntrustedAuthorities
from wire.msgspec_codec import MsgspecCodec

ORDERS = frozenset(
    {
        orders.SetServerList,
        orders.SetRepositoryList,
        orders.ProposeAuthorities,
        orders.PublishAuthorities,
        ApplyDocument,
    }
)
"""After one of these is committed the worker reads the lists anew."""
Decided = tuple[bool, int]
_A = TypeVar("_A", ServerList, RepositoryList, CaSet)
_codec = MsgspecCodec()


def set_server_list(order: orders.Order, batch: Batch) -> Decided:
    """Put another server list in place."""
    command = order.command
    assert isinstance(command, orders.SetServerList)
    try:
        servers = read_servers({"servers": command.servers})
    except BadList as bad:
        raise errors.MalformedOrder(f"The server list has faults: {bad}") from bad
    found = _seen(order, batch.perhaps(SERVER_LIST_STREAM, batch.records.server_list))
    if found is None:
        return _staged(order, batch, ServerList.adopt(servers), True)
    return _staged(order, batch, found, found.replace(servers))


def set_repository_list(order: orders.Order, batch: Batch) -> Decided:
    """Put another repository list in place."""
    command = order.command
    assert isinstance(command, orders.SetRepositoryList)
    try:
        repositories = read_repositories({"repositories": command.repositories})
    except BadList as bad:
        raise errors.MalformedOrder(f"The repository list has faults: {bad}") from bad
    found = _seen(order, batch.perhaps(REPOSITORY_LIST_STREAM, batch.records.repository_list))
    if found is None:
        return _staged(order, batch, RepositoryList.adopt(repositories), True)
    return _staged(order, batch, found, found.replace(repositories))


def propose_authorities(order: orders.Order, batch: Batch) -> Decided:
    """Number a CA set; where the root key is at hand it is signed and published at once."""
    command = order.command
    assert isinstance(command, orders.ProposeAuthorities)
    found = _seen(order, batch.perhaps(CA_SET_STREAM, batch.records.ca_set))
    version = found.next_version if found else 1
    certificates = tuple(dict.fromkeys(command.certificates))
    if found is not None and found.published is not None:
        present = authorities.read_statement(_codec, found.published[0])
        if present.certificates == certificates:
            return False, found.version
    statement = authorities.statement_of(_codec, authorities.CaSet(version, certificates))
    try:
        authorities.read_statement(_codec, statement)
    except UntrustedAuthorities as error:
        raise AuthoritiesRefused(f"{AuthoritiesRefused.__doc__} ({error})") from error
    changed = found.propose_anew(version, statement) if found else True
    found = found or CaSet.propose(statement)
    if (sign := batch.deployment.root_sign) is None:
        batch.stage(found, _by(order))
        return changed, found.version
    changed = found.publish(statement, sign(authorities.root_signed_bytes(statement))) or changed
    return _staged(order, batch, found, changed)


def publish_authorities(order: orders.Order, batch: Batch) -> Decided:
    """Install what the root key signed elsewhere."""
    command = order.command
    assert isinstance(command, orders.PublishAuthorities)
    found = batch.perhaps(CA_SET_STREAM, batch.records.ca_set)
    if found is None:
        raise NothingProposed
    if batch.deployment.root is None:
        raise RootKeyUnknown
    try:
        authorities.read_ca_set(_codec, (command.statement, command.root_signature), batch.deployment.root)
    except UntrustedAuthorities as error:
        raise AuthoritiesRefused(f"{AuthoritiesRefused.__doc__} ({error})") from error
    return _staged(order, batch, found, found.publish(command.statement, command.root_signature))


def _seen(order: orders.Order, found: _A | None) -> _A | None:
    if order.if_match is not None and order.if_match != (found.version if found else 0):
        raise errors.VersionMoved
    return found


def _staged(
    order: orders.Order, batch: Batch, aggregate: ServerList | RepositoryList | CaSet, changed: bool
) -> Decided:
    """Every agent is assigned it: those that hold a connection are told at once."""
    batch.stage(aggregate, _by(order))
    if changed and not isinstance(aggregate, CaSet):
        move_revision(batch, _by(order))
    if changed:
        batch.wakes.assigned_anew()
    return changed, aggregate.version


def _by(order: orders.Order) -> Cause:
    return Cause(who=f"operator:{order.operator}", cause=order.command_id)
