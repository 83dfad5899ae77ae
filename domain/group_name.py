"""Names and paths of groups: ``/Servers/Linux``; the group above all is ``/``."""

from domain.errors import MalformedOrder

MAX_NAME = 100
ROOT_NAME = "All"


def check_name(name: str) -> str:
    """The name without blanks around it; MalformedOrder when it cannot be a group's."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or "/" in name or not name.isprintable():
        raise MalformedOrder(f"A group's name has 1 to {MAX_NAME} printable characters and no /.")
    return name


def parts_of(path: str) -> list[str]:
    """The names along a path, none for ``/``; MalformedOrder when it is no path."""
    if not path.startswith("/"):
        raise MalformedOrder("A path of groups begins with /, as /Servers/Linux.")
    return [check_name(part) for part in path.strip("/").split("/")] if path.strip("/") else []
