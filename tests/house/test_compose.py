"""docker/: what compose.yaml names exists, every process gets the settings its role needs and no other's secrets."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bin.settings import NEEDED, PREFIX, check_role, load_settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ROLES = sorted(NEEDED)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets folder as the script and `muster setup` leave it."""
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run(["sh", DOCKER / "make-secrets.sh", folder], check=True)
    keys = folder / "deployment" / "keys"
    keys.mkdir()
    for name in (
        "wrapping.key",
        "order.key",
        "reply.key",
        "root.pub",
        "handler-handler-1.pem",
        "handler-handler-1.key",
    ):
        (keys / name).write_text("00" * 32)
    return folder


def _secret_file(name: str, secrets: Path) -> Path:
    return secrets / Path(COMPOSE["secrets"][name]["file"]).relative_to("secrets")


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_the_settings_it_needs(role: str, secrets: Path) -> None:
    service = SERVICES[role]
    environment = {
        name: re.sub(r"^/run/secrets/(.*)$", lambda match: str(_secret_file(match[1], secrets)), value)
        for name, value in service["environment"].items()
        if name.startswith(PREFIX)
    }

    settings = load_settings(None, environment)

    assert service["command"] == ["serve", role]
    check_role(settings, role)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_given_exactly_the_secrets_it_uses(service: str) -> None:
    described = SERVICES[service]
    named = set(re.findall(r"/run/secrets/([a-z0-9-]+)", str(described)))
    scripts = {"rabbitmq": DOCKER / "rabbitmq" / "definitions.json", "postgres": DOCKER / "postgres" / "roles.sh"}
    if service == "rabbitmq":
        named |= {f"amqp-{user}" for user in re.findall(r"@([a-z0-9-]+)@", scripts[service].read_text())}
    if service == "postgres":
        roles = re.search(r"for role in ([a-z ]+);", scripts[service].read_text())
        assert roles is not None
        named |= {f"postgres-{role}" for role in roles[1].split()}

    assert set(described["secrets"]) == named


def test_every_declared_secret_is_made_and_used(secrets: Path) -> None:
    declared = set(COMPOSE["secrets"])

    assert [name for name in declared if not _secret_file(name, secrets).is_file()] == []
    assert declared == {name for service in SERVICES.values() for name in service["secrets"]}


def test_a_frontend_gets_no_key_of_the_deployment_and_no_way_to_the_database() -> None:
    assert set(SERVICES["frontend"]["secrets"]) == {"handler-certificate", "handler-key", "broker-handler-1"}


def test_every_mounted_file_exists() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./") and "/secrets/" not in mount]

    assert [file for file in files if not (DOCKER / file).is_file()] == []


def test_only_the_agents_port_is_published_beyond_loopback() -> None:
    published = {name: service.get("ports", []) for name, service in SERVICES.items()}

    assert published.pop("frontend") == ["7443:7443"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_services_wait_for_what_they_need_to_be_healthy() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}, name
            assert "healthcheck" in SERVICES[needed]


def test_making_secrets_again_changes_none(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir() if path.is_file()}

    subprocess.run(["sh", DOCKER / "make-secrets.sh", secrets], check=True)

    assert {path.name: path.read_text() for path in secrets.iterdir() if path.is_file()} == before
    assert secrets.stat().st_mode & 0o077 == 0


def test_the_image_copies_and_installs_what_exists() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert "--require-hashes" in dockerfile
    assert (ROOT / "requirements" / "server.txt").is_file()
    assert re.search(r"^USER muster$", dockerfile, re.MULTILINE)
    assert not {"requirements", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"} & set(ignored)
