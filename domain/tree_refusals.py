"""Refusals of orders about groups, policies and tasks."""

from domain.errors import OrderRefused


class NameTaken(OrderRefused):
    """Another group beside it has this name."""

    code = "name_taken"


class GroupWithinItself(OrderRefused):
    """A group cannot be moved into itself or below itself."""

    code = "group_within_itself"


class TreeTooLarge(OrderRefused):
    """The system tree is as deep or as large as it may be."""

    code = "tree_too_large"


class GroupNotEmpty(OrderRefused):
    """This group holds groups or agents: say into which group they go."""

    code = "group_not_empty"


class RootStays(OrderRefused):
    """The group above all cannot be renamed, moved or deleted."""

    code = "root_stays"


class LockedAbove(OrderRefused):
    """A group above has locked this category: what is assigned below it would not count."""

    code = "locked_above"


class PolicyAssigned(OrderRefused):
    """This policy is assigned: end its assignments first."""

    code = "policy_assigned"


class TooMuchAssigned(OrderRefused):
    """Agents would be assigned more than a manifest carries; nothing was changed."""

    code = "too_much_assigned"


class ContentRefused(OrderRefused):
    """The content does not fit what its category asks for."""

    code = "content_refused"


class RevisionStale(OrderRefused):
    """The desired state was changed since this file was exported: export it again and decide anew."""

    code = "revision_stale"


class EmptyDocument(OrderRefused):
    """There is nothing in this file. To delete everything, say so by an empty table: group = []."""

    code = "empty_document"


class CategoryUnknown(OrderRefused):
    """Nobody knows this category: no policy or task is of it, it does not come with Muster and nobody defined it."""

    code = "category_unknown"


class BuiltIn(OrderRefused):
    """This category comes with Muster: its schema cannot be changed."""

    code = "built_in"


class CategoryInUse(OrderRefused):
    """There are policies of this category: delete them first."""

    code = "category_in_use"


class PoliciesDoNotFit(OrderRefused):
    """Policies that are written do not fit this schema: write them anew, or force it; they stay as they are."""

    code = "policies_do_not_fit"
