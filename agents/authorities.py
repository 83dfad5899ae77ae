"""The CAs this agent believes: those of the root-signed set it holds, those of its bootstrap before the first."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from agents.durable import remove_durably, write_durably
from wire.authorities import CaSet, Pair, UntrustedAuthorities, content_pair, content_plain, read_ca_set
from wire.codec import Codec, MalformedBody
from wire.keys import PublicKey


class Authorities:
    """``path`` None keeps the set in memory. ``version`` is 0 while the bootstrap's are believed."""

    def __init__(self, codec: Codec, root: PublicKey, bootstrap: Sequence[str], path: Path | None = None) -> None:
        self._codec = codec
        self._root = root
        self._path = path
        self._bootstrap = list(bootstrap)
        self._held: CaSet | None = None
        self._load()

    @property
    def version(self) -> int:
        """Of the set believed in."""
        return self._held.version if self._held else 0

    @property
    def certificates(self) -> list[str]:
        """The CA certificates, PEM."""
        if self._held is None:
            return self._bootstrap
        return [ssl.DER_cert_to_PEM_cert(each) for each in self._held.certificates]

    def adopt(self, pair: Pair) -> bool:
        """Believe a further set, durably; False when it is the present one. Raise UntrustedAuthorities.

        The root key alone speaks here: a server key that was stolen must not open the way to false handlers.
        """
        found = read_ca_set(self._codec, pair, self._root)
        if found == self._held:
            return False
        if found.version <= self.version:
            raise UntrustedAuthorities(f"CA set {found.version} is offered, {self.version} is held")
        self._keep(pair)
        self._held = found
        return True

    def replace(self, pair: Pair | None) -> None:
        """Believe this set although a newer one is held; None: the bootstrap's CAs. Raise UntrustedAuthorities.

        Nobody but who owns this machine may ask for it: it opens the way to CAs that were given up.
        """
        found = read_ca_set(self._codec, pair, self._root) if pair else None
        self._keep(pair)
        self._held = found

    def _keep(self, pair: Pair | None) -> None:
        if self._path is None:
            return
        if pair is None:
            remove_durably(self._path)
        else:
            write_durably(self._path, self._codec.encode(content_plain(pair)))

    def _load(self) -> None:
        if self._path is None or not self._path.exists():
            return
        try:
            pair = content_pair(self._codec.decode(self._path.read_bytes()))
            self._held = read_ca_set(self._codec, pair, self._root)
        except (MalformedBody, UntrustedAuthorities):
            return  # Damaged: the item of the held manifest brings it back, or the bootstrap's still open the way.
