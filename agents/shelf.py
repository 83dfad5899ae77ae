"""Where contents of held items lie: one index and a content by digest, each written whole or not at all."""

from pathlib import Path
from typing import Protocol

from agents.durable import make_private_folder, sync_folder, write_durably

INDEX = "index"
_DIGEST_CHARACTERS = 64


class Shelf(Protocol):
    """Durable on return, each verb by itself."""

    def index(self) -> bytes:
        """The index as it was written last; empty when there is none."""
        ...

    def write_index(self, data: bytes) -> None:
        """Replace the index."""
        ...

    def digests(self) -> set[bytes]:
        """Of all contents that are there."""
        ...

    def content(self, digest: bytes) -> bytes | None:
        """The content that was put under this digest; None when there is none. It may have been damaged since."""
        ...

    def put(self, digest: bytes, content: bytes) -> None:
        """Keep a content."""
        ...

    def drop(self, digest: bytes) -> None:
        """Keep it no more; one that is not there is no error."""
        ...


class MemoryShelf:
    """Forgets with the process."""

    def __init__(self) -> None:
        self._index = b""
        self._contents: dict[bytes, bytes] = {}

    def index(self) -> bytes:
        """The index as it was written last."""
        return self._index

    def write_index(self, data: bytes) -> None:
        """Replace the index."""
        self._index = data

    def digests(self) -> set[bytes]:
        """Of all contents that are there."""
        return set(self._contents)

    def content(self, digest: bytes) -> bytes | None:
        """The content that was put under this digest."""
        return self._contents.get(digest)

    def put(self, digest: bytes, content: bytes) -> None:
        """Keep a content."""
        self._contents[digest] = content

    def drop(self, digest: bytes) -> None:
        """Keep it no more."""
        self._contents.pop(digest, None)


class DiskShelf:
    """In ``held/`` of the agent's home: the file ``index``, and a file per content named by its digest."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "held"

    def index(self) -> bytes:
        """The index as it was written last; empty when there is none."""
        try:
            return (self._folder / INDEX).read_bytes()
        except FileNotFoundError:
            return b""

    def write_index(self, data: bytes) -> None:
        """Replace the index."""
        make_private_folder(self._folder)
        write_durably(self._folder / INDEX, data)

    def digests(self) -> set[bytes]:
        """Of all contents that are there."""
        if not self._folder.is_dir():
            return set()
        names = [each.name for each in self._folder.iterdir() if len(each.name) == _DIGEST_CHARACTERS]
        return {bytes.fromhex(name) for name in names if all(sign in "0123456789abcdef" for sign in name)}

    def content(self, digest: bytes) -> bytes | None:
        """The content that was put under this digest; None when there is none."""
        try:
            return (self._folder / digest.hex()).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, digest: bytes, content: bytes) -> None:
        """Keep a content."""
        make_private_folder(self._folder)
        write_durably(self._folder / digest.hex(), content)

    def drop(self, digest: bytes) -> None:
        """Keep it no more; one that is not there is no error."""
        (self._folder / digest.hex()).unlink(missing_ok=True)
        sync_folder(self._folder)
