"""A further bootstrap file for an agent that lives already: the word of who owns the machine is enough to come back."""

from ssl import PEM_cert_to_DER_cert

from agents.authorities import Authorities
from agents.bootstrap import Bootstrap, read_bootstrap
from agents.durable import write_durably
from agents.holdings import Holdings
from agents.home import AUTHORITIES, BOOTSTRAP, Home
from agents.shelf import DiskShelf
from wire import held
from wire.authorities import read_ca_set
from wire.codec import Codec


class AnotherDeployment(Exception):
    """The bootstrap file is of another deployment than the agent: its name or its root key differs."""


def take_bootstrap(home: Home, text: str, codec: Codec, *, replace_ca_set: bool = False) -> str:
    """Go by this bootstrap file from now on; the agent stays who it is. Returns what became of its CA set.

    A CA set in the file that the root key signed takes the place of an older one; with ``replace_ca_set`` the file
    counts whatever is held. Call only while holding the lock of ``home``. Raise AnotherDeployment, BadBootstrap or
    UntrustedAuthorities: then nothing was changed.
    """
    had, new = read_bootstrap((home.path / BOOTSTRAP).read_text(encoding="utf-8")), read_bootstrap(text)
    if (had.deployment, had.root.der) != (new.deployment, new.root.der):
        raise AnotherDeployment(
            f"{home.path} has an agent installed of another deployment: the name or the root key in the file differs"
        )
    offered = read_ca_set(codec, new.ca_set, new.root).version if new.ca_set else 0
    write_durably(home.path / BOOTSTRAP, text.encode())
    authorities = Authorities(codec, new.root, new.ca, home.path / AUTHORITIES)
    before = authorities.version
    if new.ca_set and offered > before:
        authorities.adopt(new.ca_set)
        return f"CA set {offered} of the bootstrap file is believed now" + (f", {before} no more" if before else "")
    if not before or _same(authorities, new):
        return ""
    if not replace_ca_set:
        return (
            f"CA set {before}, which the agent holds, stays: the bootstrap file has"
            f" {f'set {offered}' if offered else 'no signed set'}; --replace-ca-set believes the file all the same"
        )
    # What is held comes first: as long as it is there, the next start would believe its set again.
    Holdings(codec, DiskShelf(home.path)).forget(held.AUTHORITIES)
    authorities.replace(new.ca_set)
    return f"the CAs of the bootstrap file are believed now, CA set {before} no more"


def _same(authorities: Authorities, new: Bootstrap) -> bool:
    return {*map(PEM_cert_to_DER_cert, authorities.certificates)} == {*map(PEM_cert_to_DER_cert, new.ca)}
