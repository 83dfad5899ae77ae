"""Schemas that people define are judged in linear time, and as JSON Schema says."""

import random
import re
from typing import Any

import jsonschema
import pytest

from domain.builtin_categories import FILE
from domain.errors import MalformedOrder
from domain.linear_schema import check_patterns, compiled
from domain.policy_category import PolicyCategory, faults_in
from domain.schema_fault import told

BEYOND_ANY_PATIENCE = "a" * 50_000 + "!"
SCHEMAS: list[dict[str, Any]] = [
    {"additionalProperties": False},
    {"properties": {"a": {}}, "additionalProperties": False},
    {"properties": {"a": {}}, "patternProperties": {"^b": {"type": "string"}}, "additionalProperties": False},
    {"patternProperties": {"^b": {"type": "string"}, "c$": {"maxLength": 1}}, "additionalProperties": {"type": "null"}},
    {"additionalProperties": {"type": "integer"}},
    {"propertyNames": {"pattern": "^[a-c]+$"}},
    {"properties": {"a": {"pattern": "^x+$"}, "b": {"$ref": "#/$defs/y"}}, "$defs": {"y": {"pattern": "y"}}},
    {"anyOf": [{"required": ["a"]}, {"patternProperties": {"b": False}}]},
    {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"a": {"$ref": "#"}}, "minProperties": 1},
]
SETTINGS: list[Any] = [
    *({}, {"a": 1}, {"a": "xx"}, {"a": "xy"}, {"b": "y"}, {"b": 1}, {"bc": "zz"}, {"c": "z"}, {"d": None}, {"a": {}}),
    *({"a": 1, "d": 2, "e": 3}, {"a": {"a": {}}}, {"a": {"a": {"b": 1}}}, "text", 7, None, []),
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_settings_are_judged_as_json_schema_says(schema: dict[str, Any]) -> None:
    check_patterns(schema)

    for settings in SETTINGS:
        wanted = sorted(map(told, jsonschema.Draft202012Validator(schema).iter_errors(settings)))
        assert sorted(faults_in(settings, schema)) == wanted, settings


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"v": {"pattern": "^(a+)+$"}}},
        {"properties": {"v": {"pattern": "^(a|aa)*$"}}},
        {"properties": {"v": {"pattern": "^a*a*a*a*a*a*a*a*$"}}},
        {"properties": {"v": {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": "^(a+)+$"}}},
        {
            "$ref": "#/$defs/v",
            "$defs": {
                "v": {"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"v": {"pattern": "^(a+)+$"}}}
            },
        },
    ],
)
def test_no_pattern_takes_more_than_linear_time(schema: dict[str, Any]) -> None:
    category = PolicyCategory.define("vpn", schema)

    assert len(faults_in({"v": BEYOND_ANY_PATIENCE}, category.schema)) == 1


@pytest.mark.parametrize("keyword", ["patternProperties", "additionalProperties"])
def test_names_of_properties_are_matched_in_linear_time_too(keyword: str) -> None:
    schema = {
        "patternProperties": {"^(a+)+$": {"type": "integer"}},
        "additionalProperties": keyword != "additionalProperties",
    }

    assert bool(faults_in({BEYOND_ANY_PATIENCE: "x"}, schema)) is (keyword == "additionalProperties")


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "[", "a{1,1000}{1,1000}"])
def test_a_pattern_that_cannot_be_linear_is_refused_when_the_category_is_defined(pattern: str) -> None:
    with pytest.raises(MalformedOrder, match=r"A pattern is not possible here|is not a 'regex'"):
        PolicyCategory.define("vpn", {"properties": {"v": {"pattern": pattern}}})
    with pytest.raises(MalformedOrder, match=r"A pattern is not possible here|is not a 'regex'"):
        PolicyCategory.define("vpn", {"patternProperties": {pattern: {}}})


def test_a_category_that_was_defined_with_such_a_pattern_before_says_so() -> None:
    [fault] = faults_in({"v": "b"}, {"properties": {"v": {"pattern": "(?=a)b"}}})

    assert "the category's schema cannot be applied" in fault
    assert "(?=a)b" in fault


def test_what_the_library_would_match_by_itself_is_refused() -> None:
    with pytest.raises(MalformedOrder):
        PolicyCategory.define("vpn", {"patternProperties": {"a": {}}, "unevaluatedProperties": False})


def fanning(levels: int, width: int) -> dict[str, Any]:
    """Each level refers to the next so many times over."""
    below = {f"v{at}": {"allOf": [{"$ref": f"#/$defs/v{at - 1}"}] * width} for at in range(1, levels + 1)}
    return {"$defs": {"v0": {"type": "object"}, **below}, "$ref": f"#/$defs/v{levels}"}


@pytest.mark.parametrize(
    ("schema", "settings"),
    [
        (fanning(40, 2), {}),
        ({"properties": {"v": {"items": {"enum": list(range(10_000))}}}}, {"v": list(range(100_000))}),
        ({"patternProperties": {f"^a{at}": {} for at in range(3_000)}}, {f"b{at}": 1 for at in range(3_000)}),
        ({"unevaluatedProperties": False}, {f"b{at}": 1 for at in range(20_000)}),
    ],
)
def test_settings_that_would_take_too_long_to_judge_are_refused(schema: dict[str, Any], settings: Any) -> None:
    assert faults_in(settings, schema) == [
        "the category's schema cannot be applied: Judging these settings takes too long."
    ]


def test_large_settings_are_judged_all_the_same() -> None:
    rule = {"type": "object", "properties": {"port": {"type": "integer"}}, "additionalProperties": False}
    schema = {"properties": {"rules": {"uniqueItems": True, "items": rule}}, "required": ["rules"]}
    rules = [{"port": at} for at in range(10_000)]

    assert faults_in({"rules": rules}, schema) == []
    assert len(faults_in({"rules": [*rules, {"port": 7}]}, schema)) == 1


def test_each_of_many_items_may_be_one_of_many_kinds() -> None:
    kinds = [
        {"properties": {"kind": {"const": at}, "to": {"type": "string"}}, "required": ["kind"]} for at in range(50)
    ]
    items = [{"kind": at % 50, "to": "x"} for at in range(500)]

    assert faults_in(items, {"items": {"oneOf": kinds}}) == []


def test_what_else_fans_out_beside_the_unevaluated_is_refused() -> None:
    with pytest.raises(MalformedOrder):
        PolicyCategory.define("vpn", {"dependentSchemas": {"a": {}}, "unevaluatedProperties": False})


@pytest.mark.parametrize(
    "items",
    [
        *([1, 1.0], [1, True], [0, False], ["1", 1], [{"a": 1}, {"a": 1.0}], [{"a": [True]}, {"a": [1]}], [[], {}], []),
        *([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [None, "null"], [0.0, -0.0], [0.1, 0.1], [1e300]),
    ],
)
def test_items_are_unique_as_json_schema_says(items: list[Any]) -> None:
    assert bool(faults_in(items, {"uniqueItems": True})) is not jsonschema.Draft202012Validator(
        {"uniqueItems": True}
    ).is_valid(items)


@pytest.mark.parametrize(
    ("pattern", "text"), [(r"^\u00e4$", "ä"), (r"^\\u00e4$", r"\u00e4"), ("^ä+$", "ää"), (r"^\d\d$", "12")]
)
def test_patterns_are_spelt_as_json_schema_spells_them(pattern: str, text: str) -> None:
    assert compiled(pattern).search(text)
    assert not compiled(pattern).search("x")


def test_the_path_of_a_managed_file_has_no_step_of_one_or_two_dots() -> None:
    chance = random.Random(1)
    written = FILE["else"]["properties"]["path"]["pattern"]
    meant = re.compile(r"^(/(?!\.{1,2}(/|\Z))[^/\x00]+)+\Z")

    for text in ("".join(chance.choices("/.a\n\0", k=chance.randint(0, 9))) for _ in range(20_000)):
        assert bool(compiled(written).search(text)) is bool(meant.search(text)), text
