"""Properties from a file instead of the machine: any JSON object up to 1 MiB, used as it is."""

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from agents.outcome import Why
from agents.packing import full_properties
from wire.codec import Codec, MalformedBody, check_caps, check_count
from wire.compression import BodyTooLarge
from wire.packages import encode_body

LARGEST_FILE = 1024 * 1024
LARGEST_BODY = 1024 * 1024
"""What a frame carries, after compression."""


class UnusableProperties(Exception):
    """A set of properties cannot be sent; the message says why."""


def read_properties(path: Path, codec: Codec) -> dict[str, Any]:
    """The object in the file, checked; raise UnusableProperties."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise UnusableProperties(f"{path} is larger than {LARGEST_FILE} bytes")
        plain = json.loads(data, parse_constant=_no_such_number, parse_float=_finite)
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableProperties(f"{path}: {error}") from error
    if not isinstance(plain, dict):
        raise UnusableProperties(f"{path}: a JSON object is needed")
    try:
        check_properties(plain, codec)
    except UnusableProperties as error:
        raise UnusableProperties(f"{path}: {error}") from error
    return plain


def check_properties(properties: dict[str, Any], codec: Codec) -> None:
    """Raise UnusableProperties when this set cannot travel as one FullProps."""
    content = full_properties(Why.INTERVAL, properties)
    try:
        check_caps(content)
        check_count(codec.encode(content))
        _, body = encode_body(codec, content)
    except (MalformedBody, BodyTooLarge) as error:
        raise UnusableProperties(str(error)) from error
    except (OverflowError, UnicodeEncodeError, ValueError, TypeError) as error:
        raise UnusableProperties(f"a value has no MessagePack form: {error}") from error
    if len(body) > LARGEST_BODY:
        raise UnusableProperties(f"compressed these are {len(body)} bytes, the limit is {LARGEST_BODY}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _no_such_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
