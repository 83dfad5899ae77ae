"""Conditions: all kinds must match, any value within a kind; what cannot be read is refused by field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.conditions import ALWAYS, LOOKED_AT, MAX_PROPERTIES, MAX_VALUES, BadCondition, holds, read

OFFICE = {"network": ["10.0.0.0/8", "192.168.1.10-192.168.1.20"]}
LINUX = {"property": {"os.family": ["Linux", "*BSD"]}}
MACHINE = {
    "os": {"family": "linux", "major": 12, "beta": False},
    "network": {"eth0": {"addresses": ["10.1.2.3", "::1"]}},
}

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.dictionaries(st.sampled_from(["network", "property", "os"]), PLAIN, max_size=3)


def met(plain: Any, addresses: list[str] | None = None, properties: dict[str, Any] | None = None) -> bool:
    return holds(read(plain), addresses or [], MACHINE if properties is None else properties)


def test_no_condition_always_holds() -> None:
    assert read(None) == ALWAYS
    assert holds(ALWAYS, [], {})


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.255.0.1", True),
        ("11.0.0.1", False),
        ("192.168.1.10", True),
        ("192.168.1.20", True),
        ("192.168.1.21", False),
        ("::ffff:10.0.0.1", True),
        ("::10.0.0.1", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_an_address_is_within_a_network_or_a_range(address: str, inside: bool) -> None:
    assert met(OFFICE, [address]) is inside


def test_one_address_of_many_is_enough() -> None:
    assert met(OFFICE, ["127.0.0.1", "fe80::1%eth0", "10.0.0.1"])
    assert met({"network": "fe80::/10"}, ["fe80::1%eth0"])


def test_an_address_far_down_a_hostile_list_is_not_looked_at() -> None:
    assert not met(OFFICE, ["127.0.0.1"] * LOOKED_AT + ["10.0.0.1"])


@pytest.mark.parametrize(
    ("path", "mask", "matches"),
    [
        ("os.family", "LINUX", True),
        ("os.family", "l?nux", True),
        ("os.family", "lin", False),
        ("os.major", "12", True),
        ("os.major", "1[0-3]", True),
        ("os.beta", "false", True),
        ("os", "*", False),
        ("os.family.name", "*", False),
        ("os.missing", "*", False),
        ("network.eth0.addresses", "10.*", True),
    ],
)
def test_a_property_is_compared_as_text_without_case(path: str, mask: str, matches: bool) -> None:
    assert met({"property": {path: mask}}) is matches


def test_all_kinds_and_all_properties_must_match_any_value_within_one() -> None:
    both = {**OFFICE, **LINUX}

    assert met(both, ["10.0.0.1"])
    assert not met(both, ["11.0.0.1"])
    assert not met(both, ["10.0.0.1"], {"os": {"family": "Windows"}})
    assert not met({"property": {"os.family": ["Linux"], "os.major": ["11"]}})


@pytest.mark.parametrize(
    ("plain", "field"),
    [
        ([], "when"),
        ({}, "when"),
        ({"user": ["x"]}, "user"),
        ({"network": []}, "network"),
        ({"network": [7]}, "network[0]"),
        ({"network": ["10.0.0.0/8", "10.0.0.1/8"]}, "network[1]"),
        ({"network": "10.0.0.9-10.0.0.1"}, "network[0]"),
        ({"network": "10.0.0.1-::9"}, "network[0]"),
        ({"network": ["10.0.0.1"] * (MAX_VALUES + 1)}, "network"),
        ({"property": {}}, "property"),
        ({"property": {f"p{at}": "x" for at in range(MAX_PROPERTIES + 1)}}, "property"),
        ({"property": {"os..name": "x"}}, "property.os..name"),
        ({"property": {".".join("abcdefghijklmnopq"): "x"}}, "property." + ".".join("abcdefghijklmnopq")),
        ({"property": {"os.name": ["x", ""]}}, "property.os.name[1]"),
        ({"property": {"os.name": None}}, "property.os.name"),
    ],
)
def test_a_fault_names_its_field(plain: Any, field: str) -> None:
    with pytest.raises(BadCondition) as told:
        read(plain)

    assert [fault.field for fault in told.value.faults] == [field]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadCondition) as told:
        read({"network": ["x", "y"], "user": [], "property": {"": "x"}})

    assert {fault.field for fault in told.value.faults} == {"network[0]", "network[1]", "user", "property."}


@given(PLAIN | KINDS, st.lists(st.text(max_size=40), max_size=3), st.dictionaries(st.text(), PLAIN, max_size=3))
def test_whatever_is_said_it_is_read_or_refused(plain: Any, addresses: list[str], properties: dict[str, Any]) -> None:
    try:
        condition = read(plain)
    except BadCondition:
        return
    assert holds(condition, addresses, properties) in (True, False)


@given(st.text(min_size=1, max_size=255), st.text(max_size=300))
def test_any_mask_can_be_compared_with_any_text(mask: str, text: str) -> None:
    assert met({"property": {"a": mask}}, [], {"a": text}) in (True, False)


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_a_range_holds_what_lies_between_its_ends(one: Any, two: Any, seen: Any) -> None:
    low, high = sorted((one, two))

    assert met({"network": f"{low}-{high}"}, [str(seen)]) is (low <= seen <= high)


def test_a_mask_of_many_stars_does_not_take_for_ever() -> None:
    assert not met({"property": {"a": "*a" * 127}}, [], {"a": "a" * 1_000 + "b"})
