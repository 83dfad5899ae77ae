"""What is not there is named: whoever asked for several things sees which of them was meant."""

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("agents", "show", "nope"), "There is no agent 'nope'"),
        (("agents", "timeline", "no/pe"), "There is no agent 'no/pe'"),
        (("agents", "move", "pc-1", "nope", "--to", "/"), "There is no agent 'nope'"),
        (("agents", "move", "pc-1", "--to", "/Nope"), "There is no group /Nope"),
        (("agents", "evidence", "pc-1", "--number", "99"), "Agent 'pc-1' is there, but no package number 99"),
        (("agents", "evidence", "pc-1", "999999"), "Agent 'pc-1' is there, but no package of it is at position 999999"),
        (("registrations", "show", "nope"), "There is no registration 'nope'"),
        (("groups", "show", "/Nope"), "There is no group /Nope"),
        (("groups", "delete", "/Nope"), "There is no group /Nope"),
        (("keys", "activate", "9"), "There is no server key of version 9"),
        (("policies", "show", "file", "nope"), "There is no policy 'nope' of category 'file'"),
        (("policies", "delete", "file", "nope"), "There is no policy nope of category file"),
        (("tasks", "show", "nope"), "There is no task 'nope'"),
        (("registrations", "ticket", "revoke", "nope"), "There is no install ticket 'nope'"),
        (("tokens", "revoke", "nope"), "There is no token 'nope'"),
        (("projections", "rebuild", "nope"), "There is no projection 'nope'"),
    ],
)
def test_a_refusal_names_what_is_not_there(site: Site, muster: Muster, arguments: tuple[str, ...], named: str) -> None:
    site.allowed_agent("pc-1")

    ran = muster(*arguments)

    assert ran.code == ExitCode.NOT_FOUND, ran.err
    assert named in ran.err
    assert "(not_found)" in ran.err
