"""Collects what an agent says of its machine: the real one, a named one, or one described in a file."""

import os
import pwd
from pathlib import Path
from typing import Any

import distro
import psutil

from agents.machine import Claims
from agents.properties import addresses, host, real_properties
from agents.property_file import check_properties, read_properties
from agents.resource_keys import real_resource_keys, virtual_resource_keys
from agents.settings import Settings
from wire.codec import Codec

_LONGEST = 255
_MOST_ADDRESSES = 32
"""A registration request must fit into the first, small frame."""


def collect_properties(settings: Settings, codec: Codec) -> dict[str, Any]:
    """The full set, as of now; raise UnusableProperties."""
    if settings.properties:
        return read_properties(Path(settings.properties), codec)
    properties = real_properties()
    if settings.name:
        properties["host"] = {"name": settings.name, "domain": ""}
    check_properties(properties, codec)
    return properties


def collect_claims(settings: Settings) -> Claims:
    """What a registration request says, as of now."""
    own = host()
    keys = settings.resource_keys
    if keys is None:
        keys = virtual_resource_keys(settings.name) if settings.name else real_resource_keys()
    return Claims(
        name=(settings.name or own["name"])[:_LONGEST],
        domain="" if settings.name else own["domain"][:_LONGEST],
        os=distro.name(pretty=True)[:_LONGEST],
        user=_user()[:_LONGEST],
        addresses=addresses()[:_MOST_ADDRESSES],
        resource_keys=keys,
    )


def _user() -> str:
    """Who is logged in; on a machine without people, whom the agent runs as."""
    for user in psutil.users():
        return user.name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
