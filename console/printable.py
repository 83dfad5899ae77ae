"""Text of agents made fit to be shown: nothing in it moves a cursor, changes a colour or turns the reading order."""

import unicodedata

_UNFIT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidirectional marks, zero width), surrogate, private, unassigned, line and paragraph separators."""


def printable(text: str) -> str:
    """The text with every character that is not plainly visible as its escape, `\\x1b` for example."""
    if text.isprintable():
        return text
    return "".join(_escape(each) if unicodedata.category(each) in _UNFIT else each for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
