"""Rules of the registration policy: what they match, by example and by what must hold for all."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.registration_policy import Duplicates, Otherwise, Terms
from domain.registration_rules import Applicant, BadRules, Fault, plain_rules, read_rules

PC = Applicant("PC-17", "Lab.Example", "10.1.2.3", ("00:50:56:AB:cd:01",), "ann", "Debian 12")


def _matches(applicant: Applicant = PC, **kinds: Any) -> bool:
    (rule,) = read_rules([{"name": "r", "action": "allow", **kinds}])
    return rule.matches(applicant)


def _faults(plain: object) -> list[Fault]:
    with pytest.raises(BadRules) as refused:
        Terms.read(plain)
    return refused.value.faults


@pytest.mark.parametrize(
    "kinds",
    [
        {"host_name": "pc-*"},
        {"host_name": ["srv-*", "PC-1?"]},
        {"domain": "*.example"},
        {"address": "10.1.0.0/16"},
        {"address": "10.1.2.1-10.1.2.9"},
        {"address": "10.1.2.3"},
        {"mac": "00-50-56-*"},
        {"mac": "0050.56ab.cd01"},
        {"user": "ANN"},
        {"os": "debian*"},
        {"host_name": "pc-*", "address": "10.0.0.0/8", "os": "*"},
    ],
)
def test_a_rule_matches_in_any_case_and_spelling(kinds: dict[str, Any]) -> None:
    assert _matches(**kinds)


@pytest.mark.parametrize(
    "kinds",
    [
        {"host_name": "pc"},
        {"address": "10.1.2.4-10.1.2.9"},
        {"address": "::/0"},
        {"mac": "00:50:57:*"},
        {"host_name": "pc-*", "os": "windows*"},
    ],
)
def test_all_kinds_of_a_rule_must_match(kinds: dict[str, Any]) -> None:
    assert not _matches(**kinds)


def test_an_address_that_is_none_matches_no_network() -> None:
    assert not _matches(PC._replace(address="unknown"), address="0.0.0.0/0")


def test_a_machine_without_a_mac_matches_no_mask_of_one() -> None:
    assert not _matches(PC._replace(macs=()), mac="*0")


@given(some.ip_addresses(v=4), some.integers(0, 32))
def test_a_network_matches_exactly_the_addresses_in_it(address: ipaddress.IPv4Address, bits: int) -> None:
    network = ipaddress.ip_network(f"{PC.address}/{bits}", strict=False)

    assert _matches(PC._replace(address=str(address)), address=str(network)) == (address in network)


@given(some.ip_addresses(), some.ip_addresses(), some.ip_addresses())
def test_a_range_matches_from_its_first_to_its_last_address(low: Any, high: Any, seen: Any) -> None:
    if low.version != high.version or low > high:
        assert _faults({"otherwise": "pending", "rules": [_rule(address=f"{low}-{high}")]})
    else:
        inside = seen.version == low.version and low <= seen <= high
        assert _matches(PC._replace(address=str(seen)), address=f"{low} - {high}") == inside


@given(some.text(min_size=1, max_size=40).filter(lambda text: not set(text) & set("*?[")))
def test_a_mask_without_signs_matches_itself_and_a_star_everything(name: str) -> None:
    machine = PC._replace(host_name=name)

    assert _matches(machine, host_name=name)
    assert _matches(machine, host_name="*")
    assert _matches(machine, host_name=name[0] + "*")


def _rule(name: str = "r", action: str = "allow", **kinds: Any) -> dict[str, Any]:
    return {"name": name, "action": action, **kinds}


def test_the_first_rule_that_matches_decides() -> None:
    rules = [_rule("no", "block", host_name="pc-17"), _rule("yes", "allow", host_name="pc-*", os="*")]
    terms = Terms.read({"otherwise": "pending", "rules": rules})

    assert terms.judge(PC, duplicate=False) == ("block", "no", ("host_name",))
    assert terms.judge(PC._replace(host_name="pc-1"), duplicate=False) == ("allow", "yes", ("host_name", "os"))
    assert terms.judge(PC._replace(host_name="x"), duplicate=False) == ("pending", "", ())


@pytest.mark.parametrize("rules", [[], [_rule(host_name="*")]])
def test_a_duplicate_is_never_allowed_unless_the_policy_says_so(rules: list[dict[str, Any]]) -> None:
    plain = {"otherwise": "allow-all", "rules": rules}

    assert Terms.read(plain).judge(PC, duplicate=True).action == "pending"
    assert Terms.read(plain | {"duplicates": "allow"}).judge(PC, duplicate=True).action == "allow"


def test_a_duplicate_may_be_blocked() -> None:
    assert Terms(Otherwise.BLOCK_ALL).judge(PC, duplicate=True) == ("block", "block-all", ())


def test_all_faults_are_told_with_rule_and_field() -> None:
    rules = [
        _rule("a", "permit", host_name="x"),
        _rule("a", colour="red"),
        _rule("b", address=["10.0.0.0/8", "10.0.0.1/8", "9-1"], mac="zz", os=[]),
        _rule("allow-all", user=7),
        "allow",
    ]
    faults = _faults({"otherwise": "maybe", "rules": rules, "duplicates": 1, "more": 1})

    assert {(fault.rule, fault.field) for fault in faults} == {
        *((None, field) for field in ("more", "otherwise", "duplicates")),
        *((0, "action"), (1, "colour"), (1, ""), (1, "name")),
        *((2, "address"), (2, "mac"), (2, "os"), (3, "user"), (4, "")),
    }
    assert sum(fault.field == "address" for fault in faults) == 2


@pytest.mark.parametrize("plain", [None, [], "allow-all", 7])
def test_a_policy_is_an_object(plain: object) -> None:
    assert [fault.rule for fault in _faults(plain)] == [None]


def test_the_policys_last_word_is_no_name_of_a_rule() -> None:
    assert _faults({"otherwise": "pending", "rules": [_rule("allow-all", os="*")]})[0][:2] == (0, "name")


def test_rules_are_shown_as_they_were_read() -> None:
    plain = {"otherwise": "block-all", "rules": [_rule(mac="00:*", address=["10.0.0.0/8"])], "duplicates": "allow"}
    terms = Terms.read(plain)

    assert Terms.read(plain | {"rules": plain_rules(terms.rules)}) == terms
    assert terms.duplicates is Duplicates.ALLOW
