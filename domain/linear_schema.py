"""JSON Schema with patterns that take linear time: no category that somebody defines keeps the worker busy for ever."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema
import re2
from jsonschema.validators import extend

_QUIET = re2.Options()
_QUIET.log_errors = False
_UNICODE = re.compile(r"(\\\\)|\\u([0-9a-fA-F]{4})")
_DATA = frozenset({"const", "enum", "default", "examples"})
"""Keywords that hold no schemas."""


class UnusablePattern(Exception):
    """A pattern is none that can be matched in linear time: look-around and back references cannot."""


@lru_cache(maxsize=1_024)
def compiled(pattern: str) -> Any:
    """The pattern, to be searched for. UnusablePattern."""
    # What ECMA 262 writes so, RE2 writes otherwise.
    spelt = _UNICODE.sub(lambda found: found[1] or f"\\x{{{found[2]}}}", pattern)
    try:
        return re2.compile(spelt, options=_QUIET)
    except (re2.error, UnicodeError) as error:
        why = error.args[0].decode(errors="replace") if error.args and isinstance(error.args[0], bytes) else str(error)
        raise UnusablePattern(f"{pattern[:200]!r}: {why[:200]}") from error


def check_patterns(schema: object) -> None:
    """Raise UnusablePattern for what settings could not be judged by."""
    found = list(_schemas(schema))
    for each in found:
        for pattern in (each.get("pattern"), *_keys(each.get("patternProperties"))):
            if isinstance(pattern, str):
                compiled(pattern)
    if any("unevaluatedProperties" in each for each in found) and any("patternProperties" in each for each in found):
        raise UnusablePattern("patternProperties and unevaluatedProperties in one schema")


def without_dialects(schema: Any) -> Any:
    """The schema without `$schema`, which would have the library judge by its own patterns again."""
    if isinstance(schema, list):
        return [without_dialects(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: each if name in _DATA else without_dialects(each)
        for name, each in schema.items()
        if not (name == "$schema" and isinstance(each, str))
    }


def _schemas(schema: object) -> Iterator[dict[str, Any]]:
    """Whatever could be a schema in it: names of properties too, which does no harm."""
    if isinstance(schema, dict):
        yield schema
    inner = schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ()
    for each in inner:
        yield from _schemas(each)


def _keys(patterns: object) -> list[str]:
    return list(patterns) if isinstance(patterns, dict) else []


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
    if validator.is_type(instance, "string") and not compiled(pattern).search(instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: dict[str, Any], instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    for name, value in instance.items() if validator.is_type(instance, "object") else ():
        for pattern, schema in patterns.items():
            if compiled(pattern).search(name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: dict[str, Any]
) -> Iterator[jsonschema.ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    patterns = [compiled(each) for each in schema.get("patternProperties", {})]
    known = schema.get("properties", {})
    extra = [name for name in instance if name not in known and not any(each.search(name) for each in patterns)]
    if validator.is_type(allowed, "object"):
        for name in extra:
            yield from validator.descend(instance[name], allowed, path=name)
    elif extra and not allowed:
        told, one = ", ".join(map(repr, sorted(extra))), len(extra) == 1
        if patterns:
            wanted = ", ".join(map(repr, sorted(schema["patternProperties"])))
            message = f"{told} {'does' if one else 'do'} not match any of the regexes: {wanted}"
        else:
            message = f"Additional properties are not allowed ({told} {'was' if one else 'were'} unexpected)"
        yield jsonschema.ValidationError(message)


LinearValidator: Any = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    },
)
"""Draft 2020-12; to be given schemas ``without_dialects``."""
