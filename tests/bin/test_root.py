"""`muster root sign`: the root key on another machine, from request to certificate."""

import json
from pathlib import Path

import pytest

from bin.key_directory import write_private
from bin.muster import run
from wire import keys
from wire.certificates import ServerKeyCertificate, read_certificate, statement_of
from wire.msgspec_codec import MsgspecCodec
from wire.private_keys import private_pem

CODEC = MsgspecCodec()
ROOT = keys.generate_key(keys.ED25519)


def statement(algorithm: str = keys.ED25519, purpose: str = "server") -> bytes:
    der = keys.public_der(keys.generate_key(algorithm).public_key())
    return statement_of(CODEC, ServerKeyCertificate(der, algorithm, purpose, 2_000_000_000_000, 2, 1))


def signed(directory: Path, request: str) -> int:
    write_private(directory / "root.key", private_pem(ROOT))
    (directory / "request.json").write_text(request)
    return run(["root", "sign", "--root-key", str(directory / "root.key"), str(directory / "request.json")])


def test_the_certificate_is_one_that_agents_believe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = signed(tmp_path, json.dumps({"statement": statement().hex()}))

    printed = capsys.readouterr()
    made = json.loads(printed.out)
    pair = (bytes.fromhex(made["statement"]), bytes.fromhex(made["signature"]))
    root = keys.load_public_key(keys.public_der(ROOT.public_key()))
    assert (code, read_certificate(CODEC, pair, root).version) == (0, 2)
    assert "signing server key 2: ed25519" in printed.err


@pytest.mark.parametrize(
    "request_text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"statement": "00"}),
        json.dumps({"statement": "xx"}),
        json.dumps({"statement": statement(purpose="ledger").hex()}),
        json.dumps({"statement": statement(keys.RSA1024).hex()}),
    ],
)
def test_what_is_no_request_of_a_signing_server_key_is_not_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request_text: str
) -> None:
    assert signed(tmp_path, request_text) == 1
    assert capsys.readouterr().out == ""


def test_a_file_that_is_no_request_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert signed(tmp_path, "$ muster keys request 2") == 1
    assert "is no request of `muster keys request`" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--data", "--output"])
def test_an_option_before_a_command_that_has_none_such_is_refused(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert run([option, "json", "root", "sign"]) == 2
    assert capsys.readouterr().err == f"muster root: it has no option {option}; see muster root --help\n"
