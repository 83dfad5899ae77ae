"""The bootstrap file: all an agent needs to find and trust its deployment."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bin.key_directory import KeyDirectory, write_private


class HandlerAddress(NamedTuple):
    """Where an agent handler listens; agents try lower priorities first."""

    name: str
    host: str
    port: int
    priority: int = 1


def renew_authorities(path: Path, keys: KeyDirectory) -> None:
    """Let agents installed from now on believe the CAs that are pinned now."""
    if path.exists():
        content = json.loads(path.read_text()) | _authorities(keys)
        write_private(path, (json.dumps(content, indent=2) + "\n").encode())


def write_bootstrap(path: Path, deployment: str, keys: KeyDirectory, handlers: Sequence[HandlerAddress]) -> None:
    """Write the bootstrap file of a deployment; the same content again leaves the file as it is."""
    content = {
        "deployment": deployment,
        "root_key": base64.b64encode(keys.root_public().der).decode(),
        **_authorities(keys),
        "handlers": [handler._asdict() for handler in handlers],
    }
    text = json.dumps(content, indent=2) + "\n"
    if not path.exists() or path.read_text() != text:
        write_private(path, text.encode())


def _authorities(keys: KeyDirectory) -> dict[str, Any]:
    """The CAs for who is new, and the signed set: agents that are there already take it for newer than their own."""
    signed = keys.signed_set()
    return {"ca": keys.authorities(), **({"ca_set": signed} if signed else {})}
