"""What an agent holds: one whole manifest or none, whatever happens between two writes; its version never goes back."""

from pathlib import Path

import pytest

from agents.codec import MsgpackCodec
from agents.holdings import Holdings, OlderManifest
from agents.shelf import DiskShelf, MemoryShelf, Shelf
from wire.held import NO_LISTS, NOTHING, Item, Manifest, digest_of

CODEC = MsgpackCodec()
OLD = [b"old policy", b"old servers"]
NEW = [b"new policy", b"old servers", b"new task"]


class PowerCut(Exception):
    """The machine went dark before this write."""


class FailingShelf(MemoryShelf):
    """Lets so many writes through."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 10**6

    def write_index(self, data: bytes) -> None:
        self._write()
        super().write_index(data)

    def put(self, digest: bytes, content: bytes) -> None:
        self._write()
        super().put(digest, content)

    def drop(self, digest: bytes) -> None:
        self._write()
        super().drop(digest)

    def _write(self) -> None:
        if self.left == 0:
            raise PowerCut
        self.left -= 1


def manifest(position: int, contents: list[bytes], epoch: int = 1) -> Manifest:
    items = (Item(digest_of(each)[:16], _kind(each), "c", each.decode(), 1, digest_of(each)) for each in contents)
    return Manifest(epoch, position, tuple(items))


def _kind(content: bytes) -> str:
    return content.decode().split()[-1]


def holding(shelf: Shelf, contents: list[bytes] = OLD, position: int = 10) -> Holdings:
    holdings = Holdings(CODEC, shelf)
    assert holdings.take(manifest(position, contents), contents) == []
    return holdings


def test_a_new_agent_holds_nothing_and_says_so_by_zeros() -> None:
    holdings = Holdings(CODEC, MemoryShelf())

    assert (holdings.manifest, holdings.items(), holdings.hash()) == (None, [], NO_LISTS)
    assert holdings.statement().version == NOTHING


def test_a_whole_manifest_survives_the_process_with_its_contents_in_order(tmp_path: Path) -> None:
    before = holding(DiskShelf(tmp_path))

    after = Holdings(CODEC, DiskShelf(tmp_path))

    assert after.manifest == before.manifest == manifest(10, OLD)
    assert [content for _, content in after.items()] == OLD
    assert after.hash() == before.hash() != NO_LISTS


def test_a_manifest_is_held_only_once_all_its_contents_are_there() -> None:
    holdings = holding(MemoryShelf())

    missing = holdings.take(manifest(11, NEW), [b"new policy"])
    meanwhile = holdings.manifest
    said = holdings.statement()
    rest = holdings.take(manifest(11, NEW), [b"new task"])

    assert (missing, rest) == ([digest_of(b"new task")], [])
    assert meanwhile == manifest(10, OLD)
    assert said.version == (1, 10)
    assert set(said.items) == {digest_of(each)[:16] for each in [*OLD, b"new policy"]}
    assert [content for _, content in holdings.items()] == NEW


@pytest.mark.parametrize("writes", range(12))
def test_a_power_cut_before_any_write_leaves_the_old_manifest_or_the_new_one_whole(writes: int) -> None:
    shelf = FailingShelf()
    holdings = holding(shelf)
    shelf.left = writes
    try:
        holdings.take(manifest(11, NEW), [b"new policy"])
        holdings.take(manifest(11, NEW), [b"new task"])
    except PowerCut:
        pass
    shelf.left = 10**6

    after = Holdings(CODEC, shelf)

    held = [content for _, content in after.items()]
    assert (after.manifest, held) in [(manifest(10, OLD), OLD), (manifest(11, NEW), NEW)]
    assert after.take(manifest(11, NEW), NEW) == []
    assert shelf.digests() == {digest_of(each) for each in NEW}


def test_an_older_manifest_is_refused_and_nothing_of_it_is_kept() -> None:
    shelf = MemoryShelf()
    holdings = holding(shelf, position=10)

    for older in (manifest(9, NEW), manifest(99, NEW, epoch=0)):
        with pytest.raises(OlderManifest):
            holdings.take(older, NEW)

    assert holdings.manifest == manifest(10, OLD)
    assert shelf.digests() == {digest_of(each) for each in OLD}


def test_a_later_epoch_is_newer_whatever_its_position() -> None:
    holdings = holding(MemoryShelf(), position=10)

    assert holdings.take(manifest(3, NEW, epoch=2), NEW) == []


def test_contents_that_the_manifest_does_not_name_are_left_aside(tmp_path: Path) -> None:
    shelf = DiskShelf(tmp_path)

    Holdings(CODEC, shelf).take(manifest(1, OLD), [*OLD, b"a stranger"])

    assert shelf.digests() == {digest_of(each) for each in OLD}


def test_a_damaged_content_is_not_handed_out_but_fetched_again(tmp_path: Path) -> None:
    holding(DiskShelf(tmp_path))
    (tmp_path / "held" / digest_of(OLD[0]).hex()).write_bytes(b"rotten")

    after = Holdings(CODEC, DiskShelf(tmp_path))

    assert (after.manifest, after.items(), after.hash()) == (None, [], NO_LISTS)
    assert after.statement().items == {digest_of(OLD[1])[:16]: 1}
    assert after.take(manifest(10, OLD), [OLD[0]]) == []


@pytest.mark.parametrize("index", [b"", b"\xc1", b"\x80", CODEC.encode({"newest": [1]})])
def test_a_damaged_index_is_as_good_as_none(tmp_path: Path, index: bytes) -> None:
    holding(DiskShelf(tmp_path))
    (tmp_path / "held" / "index").write_bytes(index)

    after = Holdings(CODEC, DiskShelf(tmp_path))

    assert after.manifest is None
    assert after.take(manifest(10, OLD), OLD) == []


def test_a_revoked_agent_keeps_the_way_back_alone_and_takes_nothing_older_later(tmp_path: Path) -> None:
    holdings = holding(DiskShelf(tmp_path))
    before = holdings.hash()

    holdings.clear()

    after = Holdings(CODEC, DiskShelf(tmp_path))
    assert [content for _, content in after.items()] == [b"old servers"]
    assert after.hash() not in (before, NO_LISTS)
    assert after.statement().version == NOTHING
    with pytest.raises(OlderManifest):
        after.take(manifest(9, OLD), OLD)
    assert after.take(manifest(10, OLD), OLD) == []
