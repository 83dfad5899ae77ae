"""A category of policies and the JSON Schema (draft 2020-12) its settings must fit."""

import json
from typing import Any

import jsonschema
from eventsourcing.domain import Aggregate, event
from referencing import Registry

from domain.errors import MalformedOrder
from domain.ids import policy_category_stream
from domain.linear_schema import LinearValidator, Patience, UnusablePattern, check_patterns, without_dialects
from domain.schema_fault import told

MAX_SCHEMA = 64 * 1024
MAX_FAULTS = 20
_NOWHERE: Registry[Any] = Registry()
"""References are followed within the schema only: nothing is fetched."""


class PolicyCategory(Aggregate):
    """Defined once, redefined at will, deleted when nothing is of it; what was written before stays as it is."""

    class Defined(Aggregate.Created):
        """A person named a category and what its settings must be."""

        TOPIC = "PolicyCategory.Defined"
        name: str
        schema: str

    class Redefined(Aggregate.Event):
        """Settings written from now on must fit this."""

        TOPIC = "PolicyCategory.Redefined"
        schema: str

    class Deleted(Aggregate.Event):
        """The category is no more; it may be defined again."""

        TOPIC = "PolicyCategory.Deleted"
        reason: str = ""

    @event(Defined)
    def __init__(self, name: str, schema: str) -> None:
        self.name = name
        self.schema: dict[str, Any] = json.loads(schema)
        self.deleted = False

    @classmethod
    def define(cls, name: str, schema: dict[str, Any]) -> "PolicyCategory":
        """A new category. MalformedOrder when the schema is none."""
        return cls._create(cls.Defined, id=policy_category_stream(name), name=name, schema=check_schema(schema))

    def redefine(self, schema: dict[str, Any]) -> bool:
        """Ask for something else from now on, also after it was deleted; False when it is the same."""
        text = check_schema(schema)
        if json.loads(text) == self.schema and not self.deleted:
            return False
        self._redefined(schema=text)
        return True

    def delete(self, reason: str) -> None:
        """Be no more; whether policies stand in the way is decided by who knows them."""
        self._deleted(reason=reason)

    @event(Redefined)
    def _redefined(self, schema: str) -> None:
        self.schema, self.deleted = json.loads(schema), False

    @event(Deleted)
    def _deleted(self, reason: str = "") -> None:
        self.deleted = True


def faults_in(settings: object, schema: dict[str, Any]) -> list[str]:
    """What is wrong with settings, each fault with its place; none when they fit."""
    try:
        validator = LinearValidator(without_dialects(schema), registry=_NOWHERE, format_checker=Patience(settings))
        found = sorted(validator.iter_errors(settings), key=lambda each: list(map(str, each.absolute_path)))
    except Exception as broken:
        return [f"the category's schema cannot be applied: {str(broken)[:200]}"]
    return [told(each) for each in found[:MAX_FAULTS]]


def check_schema(schema: dict[str, Any]) -> str:
    """The schema as it is stored; MalformedOrder when it is none."""
    try:
        text = json.dumps(schema, sort_keys=True)
        if len(text) > MAX_SCHEMA:
            raise MalformedOrder(f"A schema has at most {MAX_SCHEMA} characters.")
        jsonschema.Draft202012Validator.check_schema(schema)
        check_patterns(schema)
    except jsonschema.SchemaError as error:
        raise MalformedOrder(f"This is no JSON Schema: {error.message[:200]}") from error
    except UnusablePattern as error:
        raise MalformedOrder(
            f"A pattern is not possible here, {error}. Look-around and back references are not."
        ) from error
    except RecursionError as error:
        raise MalformedOrder("This schema is nested too deeply.") from error
    return text
