"""Whether anybody knows a category, and what somebody may have meant who named one that nobody knows."""

from collections.abc import Collection
from difflib import get_close_matches

from domain.builtin_categories import BUILT_IN
from domain.policy import TASKS
from domain.tree_refusals import CategoryUnknown

MOST_COMPARED = 2_000
"""Of more categories only those of the same name are looked for: comparing letters takes its time."""


def check_known(category: str, known: Collection[str]) -> None:
    """``known`` are the defined categories and those of policies and tasks. CategoryUnknown."""
    if category in BUILT_IN or category in known:
        return
    near = _near(category, sorted({*BUILT_IN, *known}))
    meant = (
        f" Did you mean {' or '.join(near)}?" if near else " `muster policies list` and `muster tasks list` show them."
    )
    raise CategoryUnknown(
        f"Nobody knows a category {category}: no policy or task is of it, it does not come with Muster"
        f" and nobody defined it.{meant}"
    )


def _near(category: str, known: list[str]) -> list[str]:
    bare = category.removeprefix(TASKS).casefold()
    alike = [each for each in known if each.removeprefix(TASKS).casefold() == bare]
    close = get_close_matches(category[:100], known, 3) if len(known) <= MOST_COMPARED else []
    return list(dict.fromkeys(alike + close))[:3]
