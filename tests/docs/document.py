"""docs/protocol.md as data: its marked tables and its labelled blocks of hex."""

import re
from pathlib import Path

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


def text() -> str:
    """The whole document."""
    return PROTOCOL.read_text(encoding="utf-8")


def table(name: str) -> list[list[str]]:
    """The rows, without the head, of the table marked with ``name``; code marks are taken off."""
    _, found, rest = text().partition(f"<!-- table: {name} -->\n")
    assert found, f"docs/protocol.md has no table {name!r}"
    lines = rest.split("\n\n", 1)[0].splitlines()
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return rows[2:]


def part(heading: str) -> str:
    """What stands under a heading, up to the next of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}[^\n]*\n(.*?)(?=^#|\Z)", text(), re.MULTILINE | re.DOTALL)
    assert found, f"docs/protocol.md has no part {heading!r}"
    return found[1]


def hex_blocks(heading: str) -> dict[str, bytes]:
    """The labelled blocks of hex under a heading; each says its own size."""
    blocks: dict[str, bytes] = {}
    for label, size, digits in re.findall(
        r"\*\*([^*]+)\*\* \((\d+) bytes[^\n]*\n\n```text\n(.*?)```", part(heading), re.DOTALL
    ):
        blocks[label] = bytes.fromhex(digits)
        assert len(blocks[label]) == int(size), f"{heading}, {label}: {len(blocks[label])} bytes, it says {size}"
    return blocks
