"""What an agent says of its machine."""

import json
import sqlite3
from pathlib import Path

import pytest

from agents.codec import MsgpackCodec
from agents.collect import collect_claims, collect_properties
from agents.properties import booted_at, host, real_properties, rounded_percent
from agents.property_file import UnusableProperties, check_properties, read_properties
from agents.property_set import hash_of
from agents.resource_keys import (
    UnusableResourceKeys,
    machine_uuid,
    read_resource_keys,
    real_resource_keys,
    virtual_resource_keys,
)
from agents.settings import Settings
from agents.software import count_packages

CODEC = MsgpackCodec()
UUID = "4c4c4544-0042-3510-8052-b4c04f564432"


def file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_this_machine_tells_what_it_is() -> None:
    properties = real_properties()

    assert properties["os"]["kernel"]
    assert properties["cpu"]["threads"] >= 1
    assert properties["memory"]["total_bytes"] > 0
    check_properties(properties, CODEC)


def test_an_idle_machine_stays_the_same() -> None:
    assert hash_of(CODEC, b"", real_properties()) == hash_of(CODEC, b"", real_properties())


def test_what_wobbles_is_rounded() -> None:
    assert {rounded_percent(free, 100) for free in (50, 51.2, 54.9)} == {50}
    assert rounded_percent(1, 0) == 0
    assert booted_at(1_700_000_001.2) == booted_at(1_699_999_998.9) == "2023-11-14T22:13:00Z"


def test_packages_are_counted_without_a_package_manager(tmp_path: Path) -> None:
    installed, removed = "Status: install ok installed\n", "Status: deinstall ok config-files\n"
    text = f"Package: a\n{installed}\nPackage: b\n{removed}\nPackage: c\n{installed}"
    file(tmp_path / "debian", "var/lib/dpkg/status", text)
    rpm = file(tmp_path / "fedora", "var/lib/rpm/rpmdb.sqlite", "")
    connection = sqlite3.connect(rpm)
    connection.execute("CREATE TABLE Packages (hnum INTEGER)")
    connection.execute("INSERT INTO Packages VALUES (1), (2), (3)")
    connection.commit()
    connection.close()

    assert count_packages(tmp_path / "debian") == {"source": "dpkg", "installed": 2}
    assert count_packages(tmp_path / "fedora") == {"source": "rpm", "installed": 3}
    assert count_packages(tmp_path / "other") == {"source": "", "installed": 0}


def test_the_domain_is_the_kernels_or_the_resolvers(tmp_path: Path) -> None:
    kernel = file(tmp_path, "proc/sys/kernel/domainname", "corp.example\n")
    file(tmp_path, "etc/resolv.conf", "nameserver 192.0.2.1\nsearch lan.example other.example\n")

    assert host(tmp_path)["domain"] == "corp.example"
    kernel.write_text("(none)\n")
    assert host(tmp_path)["domain"] == "lan.example"


def test_a_named_agent_reports_this_machine_under_its_name() -> None:
    settings = Settings("box-1", "", None, "p256")

    assert collect_properties(settings, CODEC)["host"] == {"name": "box-1", "domain": ""}
    claims = collect_claims(settings)
    assert claims.name == "box-1"
    assert set(claims.resource_keys) == {"machine_uuid", "name.domain"}


def test_the_machine_uuid_is_the_firmwares_else_the_disks(tmp_path: Path) -> None:
    assert machine_uuid(tmp_path) is None
    file(tmp_path, "etc/machine-id", "0" * 31 + "1\n")
    assert str(machine_uuid(tmp_path)) == "00000000-0000-0000-0000-000000000001"
    file(tmp_path, "sys/class/dmi/id/product_uuid", UUID.upper() + "\n")
    assert str(machine_uuid(tmp_path)) == UUID


def test_real_resource_keys_hold_what_the_machine_tells(tmp_path: Path) -> None:
    file(tmp_path, "sys/class/dmi/id/product_uuid", UUID)
    file(tmp_path, "sys/class/dmi/id/product_serial", "S-1\n")

    keys = real_resource_keys(tmp_path)

    assert keys["machine_uuid"] == UUID
    assert keys["serial"] == "S-1"
    assert "mac" not in keys  # no card of this made-up machine is built in


def test_virtual_resource_keys_are_the_same_at_every_install_and_differ_by_name(tmp_path: Path) -> None:
    file(tmp_path, "etc/machine-id", "0" * 31 + "1\n")

    first, again = virtual_resource_keys("a", tmp_path), virtual_resource_keys("a", tmp_path)

    assert first == again
    assert first["machine_uuid"] != virtual_resource_keys("b", tmp_path)["machine_uuid"]


@pytest.mark.parametrize("content", ["[]", "{", '{"mac": 3}', '{"mac": ""}', json.dumps({"mac": "x" * 129})])
def test_a_bad_file_of_resource_keys_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnusableResourceKeys, match=r"keys\.json"):
        read_resource_keys(file(tmp_path, "keys.json", content))


def test_any_json_object_is_kept_as_it_is(tmp_path: Path) -> None:
    content = '{"": [[], {}, -1, 18446744073709551615, 1.5, "\\u0000\\u202e", null], "1": {"1": 1}}'

    assert read_properties(file(tmp_path, "p.json", content), CODEC) == json.loads(content)


BAD = {
    "no object": "[1]",
    "no JSON": "{",
    "not a number": '{"a": NaN}',
    "infinite": '{"a": Infinity}',
    "too large a number": '{"a": 1e999}',
    "too large an integer": '{"a": 18446744073709551616}',
    "half a character": '{"a": "\\ud800"}',
    "too deep": '{"a": ' + "[" * 40 + "]" * 40 + "}",
    "very deep": "[" * 100_000,
    "too wide": json.dumps({"a": [0] * 65_537}),
    "too large": json.dumps({"a": "x" * 1024 * 1024}),
}


@pytest.mark.parametrize("which", BAD)
def test_a_bad_property_file_is_refused_with_its_name(tmp_path: Path, which: str) -> None:
    with pytest.raises(UnusableProperties, match=r"p\.json"):
        read_properties(file(tmp_path, "p.json", BAD[which]), CODEC)


def test_a_missing_property_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableProperties, match=r"gone\.json"):
        read_properties(tmp_path / "gone.json", CODEC)
