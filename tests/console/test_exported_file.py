"""The file of `muster export` is one that people go on writing in."""

import tomllib
from pathlib import Path

import pytest

from console.exit_code import ExitCode
from console.written_document import document_text
from tests.console.conftest import Muster
from tests.console.site import Site

POLICY = 'path = "/etc/motd"\ncontent = "[[policy]]\\nagent = x"\n'


@pytest.fixture
def filled(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """Two groups, a policy in one version, assigned to pc-1 alone."""
    site.allowed_agent("pc-1")
    for path in ("/Desks", "/Servers"):
        assert muster("groups", "create", path).code == ExitCode.OK
    file = tmp_path / "motd.toml"
    file.write_text(POLICY)
    assert muster("policies", "set", "file", "motd", str(file)).code == ExitCode.OK
    assert muster("policies", "assign", "file", "motd", "--agent", "pc-1").code == ExitCode.OK
    return site


def applied(muster: Muster, directory: Path, content: str) -> str:
    path = directory / "fleet.toml"
    path.write_text(content)
    ran = muster("apply", "-f", str(path))
    return ran.out or ran.err


def test_an_entry_can_be_added_at_the_end_of_an_exported_file(filled: Site, muster: Muster, tmp_path: Path) -> None:
    exported = muster("export").out

    assert exported.count("[[group]]") == 2
    assert applied(muster, tmp_path, exported).startswith("Nothing changed")
    assert applied(muster, tmp_path, exported + '\n[[group]]\npath = "/New"\n').startswith("1 change applied")


def test_an_agent_with_something_of_its_own_is_named_beside_its_id(filled: Site, muster: Muster) -> None:
    agent_id = filled.client().get("/agents/pc-1").json()["agent_id"]

    assert f'agent = "{agent_id}"  # pc-1\n' in muster("export").out
    document = filled.client().get("/desired-state").json()
    assert document["agent_names"] == {agent_id: "pc-1"}
    assert filled.client().put("/desired-state", json=document).json()["outcome"] == "unchanged"


@pytest.mark.parametrize("name", ["a\nb = 1", "a\x00\x1b[31m", "\u2028\u202e", '"]]', "\ud800"])
def test_what_a_machine_calls_itself_cannot_leave_its_comment(name: str) -> None:
    assignment = {"agent": "x", "category": "file", "choose": []}

    text = document_text({"revision": 1, "assignment": [assignment], "agent_names": {"x": name}})

    assert tomllib.loads(text) == {"revision": 1, "assignment": [assignment]}
    assert len(text.splitlines()) == 6


def test_what_nothing_was_written_in_is_exported_as_a_file_that_can_be_applied(
    site: Site, muster: Muster, tmp_path: Path
) -> None:
    exported = muster("export").out

    assert tomllib.loads(exported) == {"revision": 0, "group": []}
    assert applied(muster, tmp_path, exported).startswith("Nothing changed")


def test_entries_within_entries_come_back_as_they_were() -> None:
    settings = {"files": [{"path": "/a"}, {"path": "/" + "b" * 200}], "deep": {"er": {"x": 1}}, "one": [{"a": 1}]}
    document = {
        "revision": 3,
        "policy": [
            {"category": "c", "name": "n", "settings": settings},
            {"category": "c", "name": "m", "settings": {}},
        ],
        "sort": [{"name": "s", "property": {"a.b": ["x"]}, "group": "/"}],
    }

    assert tomllib.loads(document_text(document)) == document
