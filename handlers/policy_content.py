"""The content of policies and tasks: settings judged by their category's schema, and their bytes."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from domain.builtin_categories import schema_of
from domain.errors import MalformedOrder
from domain.policy import TASKS, check_category, check_policy_name
from domain.policy_category import faults_in
from domain.task_times import faults_in_time
from domain.tree_refusals import ContentRefused, PoliciesDoNotFit
from wire.codec import MalformedBody
from wire.conditions import BadCondition, read
from wire.msgspec_codec import MsgspecCodec

MOST_NAMED = 5
"""Policies that a refusal names."""
RUN_NOW = "run_now"
"""The counter of orders to run a task now, which never goes back; no setting of people's."""
_codec = MsgspecCodec()
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder().decode


def check_names(category: str, name: str) -> None:
    """Raise MalformedOrder for a policy or task that cannot be called so."""
    check_policy_name(name)
    if not category.startswith(TASKS):
        check_category(category)
    elif category != TASKS + name:
        raise MalformedOrder(f"The category of a task is {TASKS} and its name.")


def check_settings(category: str, settings: dict[str, Any], schema: dict[str, Any] | None) -> None:
    """Raise ContentRefused naming every fault; ``schema`` is what people defined for the category."""
    wanted = schema_of(category) or schema
    faults = [] if wanted is None else faults_in(settings, wanted)
    if category.startswith(TASKS):
        faults += faults_in_time(settings)
    if faults:
        raise ContentRefused("; ".join(faults))


def check_fit(category: str, schema: dict[str, Any], policies: Mapping[str, dict[str, Any]]) -> None:
    """Raise PoliciesDoNotFit naming those of the category's policies whose settings this schema would refuse."""
    unfit = {name: faults[0] for name, settings in policies.items() if (faults := faults_in(settings, schema))}
    if unfit:
        told = "; ".join(f"{name}: {fault}" for name, fault in list(unfit.items())[:MOST_NAMED])
        more = f"; and {len(unfit) - MOST_NAMED} more" if len(unfit) > MOST_NAMED else ""
        raise PoliciesDoNotFit(
            f"{len(unfit)} of {len(policies)} policies of {category} do not fit this schema: {told}{more}."
            " Write them anew, or force it: they stay as they are."
        )


def content_of(settings: dict[str, Any]) -> bytes:
    """The bytes that are stored and sent; the same for the same settings."""
    try:
        json.dumps(settings, allow_nan=False, default=str)  # What no report could show is no setting: NaN, infinity.
        content = _encode(settings)
        _codec.decode(content)  # What exceeds the caps of the protocol, no agent could read.
    except (ValueError, OverflowError, RecursionError, TypeError, MalformedBody) as error:
        raise MalformedOrder(f"These settings cannot be sent: {error}") from error
    return content


def settings_of(content: bytes) -> dict[str, Any]:
    """The settings in stored bytes; none in those of a deleted policy."""
    found = _decode(content) if content else {}
    assert isinstance(found, dict)
    return found


def counted_on(settings: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A task's settings with the counter of orders that stood before, whatever they say themselves."""
    said = {key: value for key, value in settings.items() if key != RUN_NOW}
    return said | {RUN_NOW: before[RUN_NOW]} if RUN_NOW in before else said


def ordered_again(settings: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The settings of a task's ``version`` with one more order to run it now.

    The counter is the number of the version it makes: no agent ever saw one as great, also not before the task was
    made anew. Counters of old contents grew by one, or were set by people.
    """
    return {**settings, RUN_NOW: max(version, settings.get(RUN_NOW, 0)) + 1}


def check_condition(when: object) -> None:
    """Raise MalformedOrder naming every fault of a condition."""
    try:
        read(when)
    except BadCondition as bad:
        raise MalformedOrder(f"The condition has faults: {bad}") from bad
