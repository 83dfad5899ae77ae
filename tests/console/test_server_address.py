"""Where the command line finds its server and token."""

from pathlib import Path

import pytest

from console.exit_code import CommandFailed, ExitCode
from console.server_address import ServerAddress, find_server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data directory of a server on this machine."""
    (tmp_path / "ports").write_text('{"agent_port": 7443, "api_port": 8080}')
    (tmp_path / "admin-token").write_text("muster_admin\n")
    return tmp_path


def test_a_data_directory_has_both(data: Path) -> None:
    assert find_server({}, data) == ServerAddress("http://127.0.0.1:8080", "muster_admin")
    assert find_server({"MUSTER_DATA": str(data)}, None).token == "muster_admin"


def test_the_environment_names_api_and_token() -> None:
    environ = {"MUSTER_API": "https://muster.example.test/", "MUSTER_TOKEN": " muster_t\n", "MUSTER_API_CA": "ca.pem"}

    assert find_server(environ, None) == ServerAddress("https://muster.example.test", "muster_t", "ca.pem")


def test_the_url_may_have_the_path_of_the_api() -> None:
    environ = {"MUSTER_API": "http://127.0.0.1:1/api/v1", "MUSTER_TOKEN": "t"}

    assert find_server(environ, None).url == "http://127.0.0.1:1"


def test_the_token_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("muster_t\n")
    environ = {"MUSTER_API": "http://127.0.0.1:1", "MUSTER_TOKEN_FILE": str(tmp_path / "token")}

    assert find_server(environ, None).token == "muster_t"


def test_the_option_beats_the_environment_and_never_sends_a_token_of_another_server(data: Path) -> None:
    environ = {"MUSTER_API": "https://muster.example.test", "MUSTER_TOKEN": "muster_other"}

    assert find_server(environ, data) == ServerAddress("http://127.0.0.1:8080", "muster_admin")


def test_a_token_alone_in_the_environment_serves_with_a_data_directory(data: Path) -> None:
    assert find_server({"MUSTER_TOKEN": "muster_viewer"}, data).token == "muster_viewer"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"MUSTER_TOKEN": "t"},
        {"MUSTER_API": "http://127.0.0.1:1"},
        {"MUSTER_API": "127.0.0.1:1", "MUSTER_TOKEN": "t"},
        {"MUSTER_API": "http://[::1", "MUSTER_TOKEN": "t"},
        {"MUSTER_API": "http://127.0.0.1:99999", "MUSTER_TOKEN": "t"},
        {"MUSTER_API": "http://127.0.0.1:1", "MUSTER_TOKEN": "mustér"},
        {"MUSTER_DATA": "/nowhere"},
        {"MUSTER_API": "http://127.0.0.1:1", "MUSTER_TOKEN_FILE": "/nowhere/token"},
    ],
)
def test_what_is_missing_is_told_as_usage(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CommandFailed) as failed:
        find_server(environ, None)

    assert failed.value.exit_code == ExitCode.USAGE


def test_where_muster_up_ran_nothing_needs_to_be_said(
    data: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path_factory.mktemp("here")
    data.rename(here / "muster-data")
    monkeypatch.chdir(here)

    assert find_server({}, None).token == "muster_admin"


def test_a_file_of_ports_that_is_broken_is_told_by_its_name(data: Path) -> None:
    (data / "ports").write_text("[]")

    with pytest.raises(CommandFailed, match="ports"):
        find_server({}, data)
