"""What a filter names must be there: a typing error that finds nothing would be read as nothing being wrong."""

from domain.builtin_categories import BUILT_IN
from projections.reports.page import NotFound
from projections.reports.tree import Tree
from projections.reports.view import View

_DEFINED = "SELECT category FROM {policy_categories} WHERE NOT deleted"


def check_known(view: View, tree: Tree, category: str | None, policy: str | None = None) -> None:
    """Raises NotFound for a category or policy that nobody made, or that was deleted; None asks for nothing."""
    if category is not None and category not in _categories(view, tree):
        raise NotFound(f"There is no category {category!r}: nothing is of it, and nobody defined it.")
    if policy is not None and not any(name == policy and category in (None, known) for known, name in tree.policies):
        within = "" if category is None else f" of category {category!r}"
        raise NotFound(f"There is no policy {policy!r}{within}.")


def _categories(view: View, tree: Tree) -> set[str]:
    defined = {row["category"] for row in view.query(_DEFINED)}
    return {*BUILT_IN, *defined, *(category for category, _ in tree.policies)}
