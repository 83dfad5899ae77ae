"""Where the command line finds the API and its token: the environment, or the data directory of `muster up`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from console.exit_code import CommandFailed, ExitCode

DEFAULT_DATA = Path("muster-data")
"""Where `muster up` keeps its data when nobody says otherwise."""

_NOWHERE = (
    "Where is the server? Name the data directory of `muster up` with --data DIR, or set MUSTER_API "
    "(such as http://127.0.0.1:8080) and MUSTER_TOKEN or MUSTER_TOKEN_FILE."
)


class ServerAddress(NamedTuple):
    """The API's address without a path, the token, and a CA file when it is not a public one."""

    url: str
    token: str
    ca_file: str | None = None


def find_server(environ: Mapping[str, str], data: Path | None) -> ServerAddress:
    """The server that is meant.

    `--data` beats MUSTER_API, which beats MUSTER_DATA, which beats ./muster-data if `muster up` ran here. A token in
    the environment belongs to MUSTER_API; without that it serves with a data directory in place of its own.
    """
    url = environ.get("MUSTER_API")
    token = _token(environ)
    if data is None and url is None and environ.get("MUSTER_DATA"):
        data = Path(environ["MUSTER_DATA"])
    if data is None and url is None and (DEFAULT_DATA / "ports").exists():
        data = DEFAULT_DATA
    if data is not None:
        own = None if url else token
        return ServerAddress(_url_in(data), own or _usable(_read(data / "admin-token")))
    if url is None:
        raise CommandFailed(ExitCode.USAGE, _NOWHERE)
    if token is None:
        raise CommandFailed(ExitCode.USAGE, "MUSTER_API needs a token: set MUSTER_TOKEN or MUSTER_TOKEN_FILE.")
    if not _is_url(url):
        raise CommandFailed(ExitCode.USAGE, "MUSTER_API is no address such as http://127.0.0.1:8080.")
    return ServerAddress(url.rstrip("/").removesuffix("/api/v1"), token, environ.get("MUSTER_API_CA"))


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _token(environ: Mapping[str, str]) -> str | None:
    if environ.get("MUSTER_TOKEN"):
        return _usable(environ["MUSTER_TOKEN"].strip())
    if environ.get("MUSTER_TOKEN_FILE"):
        return _usable(_read(Path(environ["MUSTER_TOKEN_FILE"])))
    return None


def _usable(token: str) -> str:
    if not (token.isascii() and token.isprintable()):
        raise CommandFailed(ExitCode.USAGE, "What is given as the token cannot be one.")
    return token


def _url_in(data: Path) -> str:
    try:
        ports = json.loads(_read(data / "ports"))
        return f"http://127.0.0.1:{int(ports['api_port'])}"
    except (ValueError, KeyError, TypeError) as malformed:
        raise CommandFailed(ExitCode.FAILURE, f"{data / 'ports'} is not what `muster up` writes.") from malformed


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace").strip()
    except FileNotFoundError as missing:
        raise CommandFailed(
            ExitCode.USAGE, f"{file} is missing; --data names the directory of `muster up`."
        ) from missing
    except OSError as unreadable:
        raise CommandFailed(ExitCode.FAILURE, f"{file} cannot be read: {unreadable.strerror}.") from unreadable
