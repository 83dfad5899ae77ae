"""Managed files: whole or not at all, only where this machine allows it, and never through somebody's link."""

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.enforcer import CannotEnforce, Workplace
from agents.enforcers.file import FileEnforcer
from agents.enforcers.managed_file import read_files
from agents.settings import Settings


class Machine:
    """A folder that policies may manage, and beside it one they may not."""

    def __init__(self, tmp_path: Path) -> None:
        self.managed, self.private, self.home = tmp_path / "managed", tmp_path / "private", tmp_path / "home"
        for folder in (self.managed, self.private, self.home / "enforcers" / "file"):
            folder.mkdir(parents=True)
        self.allowed = [str(self.managed)]
        self.motd = self.managed / "motd"

    @property
    def enforcer(self) -> FileEnforcer:
        """As a newly started agent has it."""
        settings = Settings("", "", None, "p256", allow_paths=tuple(self.allowed))
        return FileEnforcer(Workplace(self.home / "enforcers" / "file", settings))

    def file(self, **more: Any) -> dict[str, Any]:
        """A policy of one file."""
        return {"files": [{"path": str(self.motd), "content": "hello\n", **more}]}

    def brought_about(self, settings: dict[str, Any]) -> bool:
        """Enforce; true when nothing differs afterwards."""
        self.enforcer.enforce(settings)
        return self.enforcer.check(settings) == ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_missing_file_is_written_with_content_and_mode(machine: Machine) -> None:
    differs = machine.enforcer.check(machine.file(mode="0600"))

    assert machine.brought_about(machine.file(mode="0600"))
    assert differs == f"{machine.motd}: is not there"
    assert (machine.motd.read_text(), mode_of(machine.motd)) == ("hello\n", 0o600)
    assert [path.name for path in machine.managed.iterdir()] == ["motd"]


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [("other", 0o644, "content"), ("hello\n", 0o666, "mode"), ("hello\n!", 0o600, "content and mode")],
)
def test_drift_is_content_or_mode(machine: Machine, content: str, mode: int, told: str) -> None:
    machine.motd.write_text(content)
    machine.motd.chmod(mode)

    assert machine.enforcer.check(machine.file()) == f"{machine.motd}: differs in {told}"
    assert machine.brought_about(machine.file())


def test_what_is_right_is_not_written_again(machine: Machine) -> None:
    machine.brought_about(machine.file())
    before = machine.motd.stat()

    machine.enforcer.enforce(machine.file())

    assert machine.motd.stat() == before


def test_bytes_are_written_as_they_are(machine: Machine) -> None:
    assert machine.brought_about(machine.file(content=b"\x00\xff"))
    assert machine.motd.read_bytes() == b"\x00\xff"


def test_an_owner_is_kept_by_name(machine: Machine) -> None:
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name

    assert machine.brought_about(machine.file(owner=f"{user}:{group}"))
    assert machine.brought_about(machine.file(owner=user))


def test_an_owner_nobody_has_is_refused(machine: Machine) -> None:
    with pytest.raises(CannotEnforce, match="no owner nobody-of-this-name"):
        machine.enforcer.enforce(machine.file(owner="nobody-of-this-name"))
    assert not machine.motd.exists()


def test_without_an_allowed_path_nothing_is_written(machine: Machine) -> None:
    machine.allowed = []

    with pytest.raises(CannotEnforce, match="not below an allowed path"):
        machine.enforcer.enforce(machine.file())
    assert not machine.motd.exists()


@pytest.mark.parametrize("path", ["{0}/private/x", "{0}/managed2/x", "{0}/managed", "/x"])
def test_a_path_elsewhere_is_refused(machine: Machine, tmp_path: Path, path: str) -> None:
    path = path.format(tmp_path)
    if path == str(machine.managed):
        machine.allowed = [f"{machine.managed}/deeper"]

    with pytest.raises(CannotEnforce, match="not below an allowed path"):
        machine.enforcer.enforce(machine.file(path=path))


def test_one_allowed_file_is_that_file_alone(machine: Machine) -> None:
    machine.allowed = [str(machine.motd)]

    assert machine.brought_about(machine.file())
    with pytest.raises(CannotEnforce, match="not below"):
        machine.enforcer.enforce(machine.file(path=f"{machine.motd}2"))


def test_the_agents_own_files_are_out_of_reach(machine: Machine) -> None:
    machine.allowed = ["/"]

    with pytest.raises(CannotEnforce, match="the agent's own"):
        machine.enforcer.enforce(machine.file(path=str(machine.home / "install.json")))


def test_a_link_in_the_files_place_is_replaced_and_what_it_led_to_stays(machine: Machine) -> None:
    secret = machine.private / "secret"
    secret.write_text("hello\n")
    secret.chmod(0o644)
    machine.motd.symlink_to(secret)

    assert machine.enforcer.check(machine.file()) == f"{machine.motd}: is not there"
    assert machine.brought_about(machine.file(content="new"))
    assert (secret.read_text(), machine.motd.is_symlink()) == ("hello\n", False)


def test_a_link_on_the_way_is_not_followed(machine: Machine) -> None:
    (machine.managed / "way").symlink_to(machine.private)

    with pytest.raises(CannotEnforce):
        machine.enforcer.enforce(machine.file(path=f"{machine.managed}/way/x"))
    assert list(machine.private.iterdir()) == []


def test_links_to_the_allowed_folder_itself_are_the_administrators(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(machine.managed)
    machine.allowed = [str(tmp_path / "alias")]

    assert machine.brought_about(machine.file(path=str(tmp_path / "alias" / "motd")))
    assert machine.motd.read_text() == "hello\n"


def test_a_pipe_does_not_let_the_agent_wait(machine: Machine) -> None:
    os.mkfifo(machine.motd)

    assert machine.brought_about(machine.file())


def test_one_bad_file_keeps_no_other_back(machine: Machine) -> None:
    (machine.managed / "folder").mkdir()
    files = [
        {"path": f"{machine.private}/x", "content": ""},
        {"path": f"{machine.managed}/folder", "content": ""},
        {"path": f"{machine.managed}/nowhere/x", "content": ""},
        *machine.file()["files"],
    ]

    with pytest.raises(CannotEnforce) as told:
        machine.enforcer.enforce({"files": files})

    assert machine.motd.read_text() == "hello\n"
    assert len(str(told.value).split("; ")) == 3
    assert "its folder does not exist" in str(told.value)
    assert not [path for path in machine.managed.iterdir() if path.name.startswith(".muster")]


def test_withdrawn_the_files_stay_unless_said_otherwise(machine: Machine) -> None:
    going = {"path": str(machine.managed / "going"), "content": "", "remove_on_withdraw": True}
    machine.enforcer.enforce({"files": [*machine.file()["files"], going]})

    told = machine.enforcer.withdraw()

    assert told == "1 files removed"
    assert [path.name for path in machine.managed.iterdir()] == ["motd"]
    assert machine.enforcer.withdraw() == ""


def test_a_file_no_longer_listed_goes_if_it_was_to_go(machine: Machine) -> None:
    going, staying = machine.managed / "going", machine.managed / "staying"
    old = [
        {"path": str(going), "content": "", "remove_on_withdraw": True},
        {"path": str(staying), "content": ""},
    ]
    machine.enforcer.enforce({"files": old})

    assert machine.enforcer.check(machine.file()) == f"{machine.motd}: is not there; {going}: is to be removed"
    assert machine.brought_about(machine.file())
    assert (going.exists(), staying.exists()) == (False, True)


def test_a_file_that_cannot_be_removed_is_not_forgotten(machine: Machine) -> None:
    machine.enforcer.enforce(machine.file(remove_on_withdraw=True))
    machine.allowed = []

    with pytest.raises(CannotEnforce, match="not below"):
        machine.enforcer.withdraw()
    machine.allowed = [str(machine.managed)]
    machine.enforcer.withdraw()

    assert not machine.motd.exists()


@pytest.mark.parametrize(
    "file",
    [
        {"path": "relative"},
        {"path": "/a/../b"},
        {"path": "/a//b"},
        {"path": "/a/./b"},
        {"path": "/a/"},
        {"path": "/"},
        {"path": "/a\0b"},
        {"path": 7},
        {"mode": "0999"},
        {"mode": "4755"},
        {"mode": 0o1777},
        {"mode": True},
        {"content": None},
        {"content": "\ud800"},
        {"owner": 0},
        {"remove_on_withdraw": "yes"},
        {"source": "https://example.org"},
    ],
)
def test_what_is_no_file_is_refused_by_field(machine: Machine, file: dict[str, Any]) -> None:
    with pytest.raises(CannotEnforce, match=rf"^files\[0\].*{next(iter(file))}"):
        machine.enforcer.check(machine.file(**file))


def test_one_file_may_stand_for_a_list_of_one(machine: Machine) -> None:
    (one,) = machine.file()["files"]

    assert machine.brought_about(one)
    assert machine.motd.read_text() == "hello\n"


@pytest.mark.parametrize("settings", [{}, {"files": 7}, {"files": [7]}, {"files": [], "x": 1}, {"files": [{}] * 257}])
def test_what_is_no_list_of_files_is_refused(machine: Machine, settings: dict[str, Any]) -> None:
    with pytest.raises(CannotEnforce, match=r"^file"):
        machine.enforcer.check(settings)


def test_a_path_listed_twice_is_refused(machine: Machine) -> None:
    with pytest.raises(CannotEnforce, match="listed twice"):
        machine.enforcer.check({"files": machine.file()["files"] * 2})


@given(
    st.dictionaries(
        st.sampled_from(["path", "content", "mode", "owner", "remove_on_withdraw", "x"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=5),
    )
)
def test_whatever_is_listed_it_is_a_plain_path_or_refused(file: dict[str, Any]) -> None:
    try:
        (read,) = read_files({"files": [file]})
    except CannotEnforce:
        return
    assert Path(read.path).is_absolute()
    assert ".." not in Path(read.path).parts
