"""README's excerpt of the story, and whether it is one: nothing in it that the story does not print."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
LEFT_OUT = "..."


def excerpt() -> str:
    """The block of README that shows what `make story` prints."""
    found = re.search(r"```text\n(.*?make story.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "README shows nothing of the story"
    return found[1]


def first_unlike(shown: str, story: str) -> str:
    """The first part of ``shown`` that is not in ``story`` after the part before it, line for line; empty when all are.

    A line of three dots stands for any number of lines; empty lines, times and the width of columns do not count.
    """
    rest = _plain(story)
    for part in re.split(rf"^{re.escape(LEFT_OUT)}$", shown, flags=re.MULTILINE):
        lines = _plain(part)
        at = next((at for at in range(len(rest) - len(lines) + 1) if rest[at : at + len(lines)] == lines), None)
        if at is None:
            return part
        rest = rest[at + len(lines) :]
    return ""


def _plain(text: str) -> list[str]:
    """Lines without what differs from one telling to the next."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\b[\d.]+ s\b", "SECONDS", text)
    lines = (" ".join(line.split()) for line in text.splitlines() if not line.startswith("$ make story"))
    return [line for line in lines if line]
