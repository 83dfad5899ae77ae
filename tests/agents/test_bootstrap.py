"""The bootstrap file: read or refused with the name of what is wrong."""

import base64
import json
from typing import Any

import pytest

from agents.bootstrap import BadBootstrap, Handler, read_bootstrap
from tests.agents.loopback import Loopback
from wire import keys

P256_KEY = base64.b64encode(keys.public_der(keys.generate_key("p256").public_key())).decode()


def test_a_bootstrap_is_read_and_unknown_fields_are_ignored(loopback: Loopback) -> None:
    read = read_bootstrap(loopback.bootstrap(4711, enrolment_secret="s", from_the_future=[1]).read_text())

    assert read.deployment == "test"
    assert read.root.fingerprint == loopback.server.root_key.fingerprint
    assert read.handlers == [Handler("h1", "127.0.0.1", 4711, 1)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deployment", ""),
        ("deployment", 3),
        ("root_key", "no base64!"),
        ("root_key", "AAAA"),
        ("root_key", P256_KEY),
        ("ca", []),
        ("ca", ["-----BEGIN CERTIFICATE-----"]),
        ("ca", "x"),
        ("handlers", []),
        ("handlers", ["h1"]),
        ("handlers", [{"name": "h1", "host": "a", "port": "1", "priority": 1}]),
        ("handlers", [{"name": "h1", "host": "", "port": 1, "priority": 1}]),
        ("handlers", [{"name": "h1", "host": "a", "port": 0, "priority": 1}]),
        ("handlers", [{"name": "h1", "host": "a", "port": 1, "priority": True}]),
        ("handlers", None),
    ],
)
def test_a_bad_field_is_named(loopback: Loopback, field: str, value: Any) -> None:
    with pytest.raises(BadBootstrap, match=f"^{field}: "):
        read_bootstrap(loopback.bootstrap(1, **{field: value}).read_text())


@pytest.mark.parametrize("field", ["deployment", "root_key", "ca", "handlers"])
def test_a_missing_field_is_named(loopback: Loopback, field: str) -> None:
    content = json.loads(loopback.bootstrap(1).read_text())
    del content[field]

    with pytest.raises(BadBootstrap, match=f"^{field}: missing"):
        read_bootstrap(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(BadBootstrap, match="bootstrap file"):
        read_bootstrap(text)
