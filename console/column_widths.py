"""How wide each column of a table is on a terminal: ids and words of state stay whole, text folds."""

import re
from collections.abc import Mapping, Sequence

GAP = 2
_FOLDED = 20
"""Text is not folded to less than this: a moment has as much, a word of state has less."""
_WORD = 32
"""Longer words are names that somebody made up, and fold; an event's name does not."""
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{16,64}\b|[A-Za-z0-9+/]{43}=")
"""What people copy: ids, fingerprints, seeds of tickets."""


def least_width(texts: Sequence[str], wanted: int) -> int:
    """The width below which something in a column would be broken that must not be."""
    ids = [len(each) for text in texts for each in _ID.findall(text)]
    words = [len(each) for text in texts for each in text.split() if len(each) <= _WORD]
    return max([min(wanted, _FOLDED), *ids, *words])


def fitting(room: int, least: Mapping[str, int], wanted: Mapping[str, int], spare: Sequence[str]) -> dict[str, int]:
    """The width of each column that is shown; the spare ones go in their order until the others fit into the room."""
    shown = list(least)
    for field in spare:
        if _needs(shown, least) <= room:
            break
        shown = [each for each in shown if each != field]
    widths = {field: least[field] for field in shown}
    left = room - _needs(shown, least)
    # Those that want little more get it first; what they leave is for the longer ones.
    for index, field in enumerate(sorted(shown, key=lambda each: wanted[each] - least[each])):
        more = max(0, min(wanted[field] - least[field], left // (len(shown) - index)))
        widths[field] += more
        left -= more
    return widths


def _needs(shown: Sequence[str], least: Mapping[str, int]) -> int:
    return sum(least[field] for field in shown) + GAP * (len(shown) - 1)
