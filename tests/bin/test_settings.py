"""Settings: file, then environment; secrets by file only; what is wrong is named before anything starts."""

import json
from pathlib import Path

import pytest

from bin import config, serve
from bin.settings import BadSettings, check_role, load_settings, shown


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "muster.toml"
    file.write_text('[frontend]\nname = "a"\nport = 1\n[deployment]\ninterval_s = 60\n')

    settings = load_settings(file, {"MUSTER_FRONTEND_PORT": "2", "HOME": "/root", "MUSTER_TOKEN": "t"})

    assert (settings.frontend.name, settings.frontend.port, settings.deployment.interval_s) == ("a", 2, 60)


def test_what_neither_file_nor_environment_says_of_the_deployment_is_what_the_caller_says(tmp_path: Path) -> None:
    file = tmp_path / "muster.toml"
    file.write_text("[deployment]\ninterval_s = 60\n")
    here = {"pending_retry_s": 5, "interval_s": 7, "epoch": 3}

    told = load_settings(file, {"MUSTER_DEPLOYMENT_EPOCH": "4"}, here).deployment

    assert (told.pending_retry_s, told.interval_s, told.epoch) == (5, 60, 4)


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("postgresql://x\n")

    by_environment = load_settings(None, {"MUSTER_STORE_DSN_FILE": str(tmp_path / "dsn")})
    (tmp_path / "muster.toml").write_text(f'[store]\ndsn_file = "{tmp_path / "dsn"}"\n')
    by_file = load_settings(tmp_path / "muster.toml", {})

    assert by_environment.store.dsn == by_file.store.dsn == "postgresql://x"


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"MUSTER_STORE_DSN": "postgresql://secret"}, "MUSTER_STORE_DSN_FILE"),
        ({"MUSTER_NOTHING": "1"}, "MUSTER_NOTHING"),
        ({"MUSTER_FRONTEND_PROT": "1"}, "prot"),
        ({"MUSTER_FRONTEND_PORT": "many"}, "frontend.port"),
        ({"MUSTER_STORE_DSN_FILE": "/nowhere/at/all"}, "store.dsn"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_is_shown(environ: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings, match=named) as caught:
        load_settings(None, environ)

    assert "postgresql://secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["[frontend\n", "[fronted]\nport = 1\n", "[frontend]\nprot = 1\n", "[frontend]\nport = 'x'\n"]
)
def test_a_bad_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "muster.toml").write_text(text)

    with pytest.raises(BadSettings):
        load_settings(tmp_path / "muster.toml", {})


@pytest.mark.parametrize("role", ["frontend", "worker", "projector", "console"])
def test_a_role_names_what_it_lacks_and_how_to_give_it(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadSettings, match="_FILE"):
        check_role(load_settings(None, {}), role)

    assert serve.main([role], {}) == 1
    assert "muster serve: " in capsys.readouterr().err


def test_config_check_shows_what_is_in_force_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "url").write_text("amqp://user:password@host/")
    environ = {"MUSTER_BROKER_URL_FILE": str(tmp_path / "url"), "MUSTER_LOG_LEVEL": "DEBUG"}

    assert config.main(["check"], environ) == 0

    out = capsys.readouterr().out
    assert json.loads(out)["log_level"] == "DEBUG"
    assert "password" not in out


def test_sqlite_is_for_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("url", "amqp://x"), ("dsn", "sqlite:log.db"), ("key", "00" * 32)):
        (tmp_path / name).write_text(text)
    environ = {
        "MUSTER_BROKER_URL_FILE": str(tmp_path / "url"),
        "MUSTER_STORE_DSN_FILE": str(tmp_path / "dsn"),
        **{f"MUSTER_KEYS_{name}_FILE": str(tmp_path / "key") for name in ("WRAPPING", "ORDER", "REPLY")},
    }

    assert serve.main(["worker"], environ) == 1
    assert "muster up" in capsys.readouterr().err


def test_defaults_are_shown_in_full() -> None:
    plain = shown(load_settings(None, {}))

    assert plain["api"]["host"] == "127.0.0.1"
    assert set(plain) >= {"deployment", "frontend", "broker", "store", "keys", "api", "health", "log_level"}
