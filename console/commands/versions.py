"""The versions of a policy or a task from the command line: which there are, what differs, the way back."""

import sys

from console.commands.order_given import Sentences, give_order
from console.printable import printable
from console.results import ListView, Paging, show_list, show_one
from console.session import Form, Session

_VERSIONS = {"version": "VERSION", "written_at": "WRITTEN", "written_by": "BY", "restores": "EQUALS", "note": "NOTE"}


def show_versions(session: Session, path: str, paging: Paging) -> None:
    """List them, oldest first; ``path`` is that of the policy or task in the API."""
    view = ListView(f"{path}/history", _VERSIONS, "No versions.", spare=("restores", "written_by"))
    show_list(session, view, paging)


def show_difference(session: Session, path: str, older: int | None, newer: int | None) -> None:
    """What differs between two of them; without numbers the last two."""
    with session.api() as api:
        newest = newer or api.get(path).json()["version"]
        older = older or max(1, newest - 1)
        response = api.get(f"{path}/diff", {"from": older, "to": newest})
    if session.form is not Form.TABLE:
        show_one(session, response)
        return
    sys.stdout.writelines(f"{printable(line)}\n" for line in response.json()["lines"] or ["No difference."])


def go_back(session: Session, path: str, named: str, version: int, note: str) -> None:
    """Write a version that equals an older one."""
    done = f"The newest version of {named} equals version {version} now."
    told = Sentences(done, "Nothing changed: the newest version equals it already.")
    give_order(session, "POST", f"{path}/rollback", {"version": version, "note": note}, told)
