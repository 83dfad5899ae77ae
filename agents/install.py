"""Installs an agent into a home: key, salt and what it was told; the last file written says that all are there."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agents.authorities import Authorities
from agents.bootstrap import read_bootstrap
from agents.codec import MsgpackCodec
from agents.durable import write_durably
from agents.home import AUTHORITIES, BOOTSTRAP, SETTINGS, Home
from agents.identity import new_identity, store_identity
from agents.new_bootstrap import take_bootstrap
from agents.property_file import read_properties
from agents.resource_keys import read_resource_keys
from agents.settings import Settings, read_settings
from agents.ticket import TICKET, read_ticket_file
from wire.codec import Codec


class AlreadyInstalled(Exception):
    """Another agent lives in this home; a second install must say the same as the first."""


class UnreadableFile(Exception):
    """A file that was named at install cannot be read."""


class UnusableAllowance(Exception):
    """An allowed path or command is not an absolute path without . and .. steps."""


class Installation(NamedTuple):
    """``fresh``: a new agent was made. ``ca_set`` tells what became of the CAs that an old one believed."""

    fresh: bool
    ca_set: str = ""


def settings_from(
    name: str, properties: Path | None, resource_keys: Path | None, key_type: str, codec: Codec
) -> Settings:
    """Check what was said; raise UnusableProperties or UnusableResourceKeys."""
    if properties is not None:
        properties = properties.absolute()
        read_properties(properties, codec)
        name = name or properties.stem
    keys = read_resource_keys(resource_keys) if resource_keys else None
    return Settings(name, str(properties or ""), keys, key_type)


def with_allowances(settings: Settings, paths: Sequence[str], commands: Sequence[str]) -> Settings:
    """``settings`` with what policies may manage and tasks may run here; raise UnusableAllowance."""
    for path in (*paths, *commands):
        if not path.startswith("/") or {".", ".."} & set(path.split("/")) or "\0" in path:
            raise UnusableAllowance(f"{path}: an absolute path without . and .. is needed")
    return settings._replace(allow_paths=tuple(paths), allow_commands=tuple(commands))


def install(
    home: Home, bootstrap: Path, settings: Settings, ticket: Path | None = None, *, replace_ca_set: bool = False
) -> Installation:
    """Make the agent; where the same one was there it takes the allowances and this bootstrap file.

    Raise BadBootstrap, UnusableTicket, AlreadyInstalled, ForeignFolder, or what `take_bootstrap` raises.
    """
    text = _text_of(bootstrap)
    new = read_bootstrap(text)
    seed = None if ticket is None else read_ticket_file(ticket)
    home.make()
    with home.locked():
        if home.installed:
            _must_be_the_same(home, settings)
            ca_set = take_bootstrap(home, text, MsgpackCodec(), replace_ca_set=replace_ca_set)
            write_durably(home.path / SETTINGS, settings.to_json().encode())
            return Installation(False, ca_set)
        if new.ca_set is not None:
            Authorities(MsgpackCodec(), new.root, new.ca, home.path / AUTHORITIES).replace(new.ca_set)
        store_identity(new_identity(settings.key_type), home.path)
        if seed is not None:
            write_durably(home.path / TICKET, base64.b64encode(seed))
        write_durably(home.path / BOOTSTRAP, text.encode())
        write_durably(home.path / SETTINGS, settings.to_json().encode())
    return Installation(True)


def change_bootstrap(home: Home, bootstrap: Path, *, replace_ca_set: bool = False) -> str:
    """Have the agent that is installed take this bootstrap file, and nothing else; see `take_bootstrap`."""
    text = _text_of(bootstrap)
    home.must_be_installed()
    with home.locked():
        return take_bootstrap(home, text, MsgpackCodec(), replace_ca_set=replace_ca_set)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {error}") from error


def _must_be_the_same(home: Home, settings: Settings) -> None:
    known = read_settings(home.path / SETTINGS)
    if known != settings._replace(allow_paths=known.allow_paths, allow_commands=known.allow_commands):
        raise AlreadyInstalled(
            f"{home.path} has an agent installed with other settings;"
            " to give it a new bootstrap file and nothing else: muster agent bootstrap FILE"
        )
