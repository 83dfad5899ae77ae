"""Lists that a person writes: read whole or refused with every fault; CA sets are numbered, published once signed."""

from typing import Any

import pytest

from domain.ca_set import CaSet
from domain.ca_set_refusals import AuthoritiesPublished, NothingProposed
from domain.listed import BadList
from domain.repository_list import RepositoryList, read_repositories
from domain.server_list import ServerList, read_servers

SERVER: dict[str, Any] = {"name": "site-a", "host": "a.example", "port": 7443, "priority": 2}
REPOSITORY: dict[str, Any] = {"name": "hq", "kind": "server", "url": "https://hq.example:8444/content"}


def test_a_server_without_priority_is_of_the_first() -> None:
    (server,) = read_servers({"servers": [{"name": "a", "host": "192.0.2.1", "port": 1}], "version": 7})

    assert server.priority == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a b"}, "name"),
        ({"host": "a b"}, "host"),
        ({"host": 7}, "host"),
        ({"port": 0}, "port"),
        ({"port": True}, "port"),
        ({"port": "7443"}, "port"),
        ({"priority": -1}, "priority"),
        ({"host": None}, "host"),
        ({"weight": 1}, "weight"),
    ],
)
def test_a_fault_in_a_server_is_told_with_its_entry_and_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadList) as refused:
        read_servers({"servers": [SERVER, SERVER | {"name": "b"} | change]})

    assert (refused.value.faults[0].entry, refused.value.faults[0].field) == (1, field)


@pytest.mark.parametrize("plain", [None, [], {}, {"servers": {}}, {"servers": [7]}, {"servers": [], "other": 1}])
def test_what_is_no_list_of_servers_is_refused(plain: object) -> None:
    with pytest.raises(BadList):
        read_servers(plain)


def test_a_name_stands_once_in_a_list() -> None:
    with pytest.raises(BadList, match="stands twice"):
        read_servers({"servers": [SERVER, SERVER]})


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://hq.example"},
        {"url": "https://"},
        {"url": "https://user@hq.example"},
        {"url": "https://hq.example:99999"},
        {"url": "https://hq.example/?q"},
        {"kind": "cache"},
        {"kind": []},
        {"fingerprint": "abc"},
        {"priority": "1"},
    ],
)
def test_a_repository_is_reached_by_https_and_known_by_its_key(change: dict[str, Any]) -> None:
    with pytest.raises(BadList):
        read_repositories({"repositories": [REPOSITORY | change]})


def test_the_same_list_again_changes_nothing() -> None:
    servers, repositories = read_servers({"servers": [SERVER]}), read_repositories({"repositories": [REPOSITORY]})
    list_of_servers, list_of_repositories = ServerList.adopt(servers), RepositoryList.adopt(repositories)

    assert not list_of_servers.replace(servers)
    assert not list_of_repositories.replace(repositories)
    assert list_of_servers.replace(())
    assert list_of_servers.servers == ()


def test_a_ca_set_is_published_once_its_very_statement_is_signed() -> None:
    ca_set = CaSet.propose(b"first")
    with pytest.raises(AuthoritiesPublished):
        ca_set.publish(b"other", b"signature")

    assert ca_set.publish(b"first", b"signature")
    assert not ca_set.publish(b"first", b"signature")
    assert (ca_set.published_version, ca_set.published, ca_set.next_version) == (1, (b"first", b"signature"), 2)
    with pytest.raises(NothingProposed):
        ca_set.publish(b"second", b"signature")


def test_a_proposal_that_was_not_signed_gives_way_to_another_of_the_same_number() -> None:
    ca_set = CaSet.propose(b"first")

    assert not ca_set.propose_anew(1, b"first")
    assert ca_set.propose_anew(1, b"better")
    assert ca_set.publish(b"better", b"signature")
    assert ca_set.published_version == 1
