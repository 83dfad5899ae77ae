"""In which order the changes of a document are made, such that no step stands in the way of a later one."""

from domain.desired_document import Change, Document, differences


def steps(before: Document, after: Document) -> list[Change]:
    """What is to be done to come from one to the other: locks go first and come last, the lowest first.

    A category that a document does not name stays: policies were judged by it.
    """

    def rank(change: Change) -> tuple[int, int]:
        depth = change.key[0].count("/") if change.key else 0
        if change.kind in ("policy", "task"):
            return (2 if change.action != "delete" else 8), 0
        if change.kind == "group":
            return (0, depth) if change.action == "create" else (9, -depth)
        if change.kind == "assignment":
            return _rank_of_assignment(change, before, after), -depth
        return {"category": 1}.get(change.kind, 7), 0

    return sorted(differences_made(before, after), key=rank)


def differences_made(before: Document, after: Document) -> list[Change]:
    """The differences that applying the document takes away."""
    return [each for each in differences(before, after) if (each.kind, each.action) != ("category", "delete")]


def _rank_of_assignment(change: Change, before: Document, after: Document) -> int:
    key = change.key[0], change.key[1]
    if change.action == "delete":
        return 3
    if after.assignments[key].locked:
        return 6
    was = before.assignments.get(key)
    return 4 if was is not None and was.locked else 5
