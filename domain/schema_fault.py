"""What is wrong with settings, in a sentence for people: the title of the field where its schema has one."""

from typing import Any

from jsonschema import ValidationError

MOST = 200
_VALUE = 60
_REQUIRED = " is a required property"
"""How the library ends what it says of each missing property, which it names nowhere else."""


def told(error: ValidationError) -> str:
    """The place and what is wrong there; a regular expression only where nothing else says what it means."""
    place = ".".join(map(str, error.absolute_path))
    return f"{place}: {_problem(error)}" if place else _problem(error)


def cut(text: str, most: int) -> str:
    """A text that is not too long, ended between two words."""
    if len(text) <= most:
        return text
    return text[: most - 4].rpartition(" ")[0].rstrip(",;: ") + " ..." if " " in text[: most - 4] else text[:most]


def _problem(error: ValidationError) -> str:
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    title = next((each for each in (schema.get("title"), schema.get("description")) if isinstance(each, str)), "")
    meant = cut(title, MOST)
    match error.validator:
        case "additionalProperties" if _all_named(schema) and isinstance(error.instance, dict):
            known = schema["properties"]
            strange = ", ".join(_shown(each) for each in error.instance if each not in known)
            return cut(f"there is no setting {strange} here; there are {', '.join(known)}", MOST)
        case "required" if error.message.endswith(_REQUIRED):
            return cut(error.message.removesuffix(_REQUIRED).strip("'"), MOST) + " is missing"
        case "pattern" | "oneOf" | "anyOf" | "not" if meant:
            return f"{_shown(error.instance)} is not possible here: {meant}"
        case "oneOf" | "anyOf":
            return f"{_shown(error.instance)} is none of what is possible here"
        case "enum" if isinstance(error.validator_value, list):
            return cut(f"{_shown(error.instance)} is none of {', '.join(map(_shown, error.validator_value))}", MOST)
    problem = cut(error.message, MOST)
    return f"{problem} ({meant})" if meant else problem


def _all_named(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("properties"), dict) and "patternProperties" not in schema


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _VALUE else f"{text[: _VALUE - 3]}..."
