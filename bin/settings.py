"""Settings of the processes: TOML file, then ``MUSTER_SECTION_NAME``, secrets by ``..._FILE``; checked first."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from domain.resource_keys import SHARED_MAC_PREFIXES, SHARED_VALUES

PREFIX = "MUSTER_"
NOT_SETTINGS = frozenset({"MUSTER_API", "MUSTER_TOKEN", "MUSTER_TOKEN_FILE", "MUSTER_DATA", "MUSTER_CONFIG"})
"""Read by the command line client and the entry point, not by the processes."""


class BadSettings(Exception):
    """A setting is unknown, missing or out of its range."""


class DeploymentSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What the deployment is called and tells its agents; the name is part of every handler's certificate."""

    name: str = "muster"
    interval_s: int = 3600
    pending_retry_s: int = 30
    slots_above: int = 50
    blocked_listed_days: int = 90
    epoch: int = 1
    shared_resource_keys: tuple[str, ...] = SHARED_VALUES
    shared_mac_prefixes: tuple[str, ...] = SHARED_MAC_PREFIXES
    root_key: str = ""


class FrontendSettings(msgspec.Struct, forbid_unknown_fields=True):
    """The TLS listener; ``name`` is its broker user and stands in its certificate.

    ``certificate_from`` and ``key_from`` are the files they came from, which are looked at again while it runs.
    """

    name: str = "handler-1"
    host: str = "0.0.0.0"  # noqa: S104
    port: int = 7443
    certificate: str = ""
    certificate_from: str = ""
    key: str = ""
    key_from: str = ""
    connections: int = 20_000
    connections_per_address: int = 500
    connections_per_proven_address: int = 20_000
    accepts_per_s: float = 500.0
    idle_s: float = 9_000.0


class BrokerSettings(msgspec.Struct, forbid_unknown_fields=True):
    """RabbitMQ: an AMQP URL with the role's own user."""

    url: str = ""


class StoreSettings(msgspec.Struct, forbid_unknown_fields=True):
    """PostgreSQL: connection strings of the role's own user; ``reader_role`` may read what the projector makes."""

    dsn: str = ""
    reports_dsn: str = ""
    reader_role: str = "muster_reader"


class KeySettings(msgspec.Struct, forbid_unknown_fields=True):
    """32-byte secrets in hex, by file only."""

    wrapping: str = ""
    order: str = ""
    reply: str = ""


class ApiSettings(msgspec.Struct, forbid_unknown_fields=True):
    """The people's side. An address other than loopback needs TLS files or ``behind_proxy``."""

    host: str = "127.0.0.1"
    port: int = 8443
    certificate_path: str = ""
    key_path: str = ""
    behind_proxy: bool = False


class HealthSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Where a process without an API tells that it lives; port 0 is off."""

    host: str = "127.0.0.1"
    port: int = 0


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """All settings of all roles; each role needs its own part."""

    deployment: DeploymentSettings = msgspec.field(default_factory=DeploymentSettings)
    frontend: FrontendSettings = msgspec.field(default_factory=FrontendSettings)
    broker: BrokerSettings = msgspec.field(default_factory=BrokerSettings)
    store: StoreSettings = msgspec.field(default_factory=StoreSettings)
    keys: KeySettings = msgspec.field(default_factory=KeySettings)
    api: ApiSettings = msgspec.field(default_factory=ApiSettings)
    health: HealthSettings = msgspec.field(default_factory=HealthSettings)
    log_level: str = "INFO"
    log_json: bool = False


SECRETS = frozenset({"broker.url", "store.dsn", "store.reports_dsn", "keys.wrapping", "keys.order", "keys.reply"})
"""Never shown, and in the environment only as ``..._FILE``: an environment is visible to others."""

NEEDED: dict[str, tuple[str, ...]] = {
    "frontend": ("broker.url", "frontend.certificate", "frontend.key"),
    "worker": ("broker.url", "store.dsn", "keys.wrapping", "keys.order", "keys.reply"),
    "projector": ("store.dsn", "store.reports_dsn", "keys.wrapping"),
    "console": ("broker.url", "store.dsn", "store.reports_dsn", "keys.wrapping", "keys.order", "keys.reply"),
}
"""What each role cannot do without."""


def load_settings(
    file: Path | None, environ: Mapping[str, str], deployment: Mapping[str, Any] | None = None
) -> Settings:
    """Read the file, then the environment over it; raise BadSettings naming the setting.

    ``deployment`` stands in for what neither says about the deployment.
    """
    raw = _read_toml(file) if file is not None else {}
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            _put(raw, name, value)
    _resolve_files(raw)
    said = raw.get("deployment", {})
    if deployment and isinstance(said, dict):
        raw["deployment"] = {**deployment, **said}
    try:
        return msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(str(error)) from error


def check_role(settings: Settings, role: str) -> None:
    """Raise BadSettings naming what ``role`` lacks and how to give it."""
    for name in NEEDED[role]:
        section, field = name.split(".")
        if not getattr(getattr(settings, section), field):
            variable = f"{PREFIX}{section.upper()}_{field.upper()}_FILE"
            raise BadSettings(f"`muster serve {role}` needs {name}: set {variable} or `{field}_file` in [{section}]")


def shown(settings: Settings) -> dict[str, Any]:
    """The settings in force, secrets masked."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    for name in SECRETS | {"frontend.key"}:
        section, field = name.split(".")
        if plain[section][field]:
            plain[section][field] = "(set)"
    return plain


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file}: {error}") from error


def _put(raw: dict[str, Any], variable: str, value: str) -> None:
    name = variable.removeprefix(PREFIX).lower()
    if name in ("log_level", "log_json"):
        raw[name] = value
        return
    section, _, field = name.partition("_")
    if section not in Settings.__struct_fields__ or not field:
        raise BadSettings(f"{variable} is no setting of Muster")
    if f"{section}.{field}" in SECRETS:
        raise BadSettings(f"{variable} is a secret: put it into a file and set {variable}_FILE")
    raw.setdefault(section, {})[field] = value


_READ_AGAIN = frozenset({("frontend", "certificate_file"), ("frontend", "key_file")})


def _resolve_files(raw: dict[str, Any]) -> None:
    for section, values in raw.items():
        for field in [each for each in values if each.endswith("_file")] if isinstance(values, dict) else []:
            path = Path(values.pop(field))
            try:
                values[field.removesuffix("_file")] = path.read_text().strip()
                if (section, field) in _READ_AGAIN:
                    values[f"{field.removesuffix('_file')}_from"] = str(path)
            except (OSError, UnicodeDecodeError) as error:
                raise BadSettings(f"{section}.{field}: {error}") from error
