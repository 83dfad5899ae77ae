"""JSON in printable ASCII only: nothing in it can steer a terminal, whatever an agent called itself."""

import json
from typing import Any


def ascii_json(value: Any) -> str:
    """Compact JSON; every control, bidirectional or other non-ASCII character is a \\u escape."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("\x7f", "\\u007f")
