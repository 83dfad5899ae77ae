"""JSON Schema in time that grows with the settings alone: no category that somebody defines keeps the worker for ever.

Patterns take linear time, so do unique items, and references that fan out end with `Patience`.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import jsonschema
import re2
from jsonschema.validators import extend

_QUIET = re2.Options()
_QUIET.log_errors = False
_UNICODE = re.compile(r"(\\\\)|\\u([0-9a-fA-F]{4})")
LOOKS = 200_000
"""How much may be looked at for any settings: ten for a keyword, one for each entry of it and of what it judges."""
LOOKS_PER_VALUE = 1_000
MOST_LOOKS = 4_000_000
"""The same for each value in the settings, and for all of them: half a microsecond each, and orders wait meanwhile."""
_FANNING = ("dependentSchemas", "patternProperties")
_DATA = frozenset({"const", "enum", "default", "examples"})
"""Keywords that hold no schemas."""


class UnusablePattern(Exception):
    """A pattern is none that can be matched in linear time: look-around and back references cannot."""


class TooManyLooks(Exception):
    """Judging these settings takes too long."""


class Patience(jsonschema.FormatChecker):
    """How much may still be looked at. The library hands it on wherever it descends; formats are not checked."""

    def __init__(self, settings: object) -> None:
        super().__init__(formats=())
        self._left = min(LOOKS + LOOKS_PER_VALUE * _values_in(settings), MOST_LOOKS)

    def spend(self, looks: int) -> None:
        """Raise TooManyLooks when it is at an end."""
        self._left -= looks
        if self._left < 0:
            raise TooManyLooks((TooManyLooks.__doc__ or "").strip())


def _values_in(settings: object) -> int:
    if isinstance(settings, dict):
        return 1 + sum(map(_values_in, settings.values()))
    return 1 + sum(map(_values_in, settings)) if isinstance(settings, list) else 1


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
    if any("unevaluatedProperties" in each or "unevaluatedItems" in each for each in found):
        for name in _FANNING:
            if any(name in each for each in found):
                raise UnusablePattern(f"{name} beside what is unevaluated in one schema")


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


def _unique_items(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
    if wanted and validator.is_type(instance, "array") and len(set(map(_spelt, instance))) < len(instance):
        yield jsonschema.ValidationError(f"{instance!r} has non-unique elements")


def _spelt(value: object) -> str:
    """The same text for equal values: 1 is 1.0, and neither is true."""
    return json.dumps(_plain(value), sort_keys=True, default=repr)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _counted(name: str, keyword: Callable[..., Any]) -> Callable[..., Any]:
    def look(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        if isinstance(patience := validator.format_checker, Patience):
            patience.spend(10 + _looks(name, value, instance))
        return keyword(validator, value, instance, schema)

    return look


def _looks(name: str, value: Any, instance: Any) -> int:
    """At how many entries a keyword looks, beside what other keywords it has looked at."""
    if name in ("const", "enum"):
        return _values_in(value)
    if name == "uniqueItems":
        return _values_in(instance)
    if name == "$ref":
        return 20  # To look it up takes longer than most keywords.
    if name.startswith("unevaluated"):
        return _size(instance) ** 2 // 16
    if name == "patternProperties":
        return _size(instance) * _size(value)
    return _size(value) + _size(instance)


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value) // 100
    return len(value) if isinstance(value, dict | list) else 0


_KEYWORDS: dict[str, Any] = {
    **jsonschema.Draft202012Validator.VALIDATORS,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
LinearValidator: Any = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {name: _counted(name, each) for name, each in _KEYWORDS.items()}
)
"""Draft 2020-12; to be given schemas ``without_dialects``, and the ``Patience`` for one judgement as format checker."""
