"""Plug-ins: the shipped ones are always there, others by entry points; a broken one is left out."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from agents.home import Home
from agents.plugins import ENFORCERS, factories, load_enforcers, load_task_types
from agents.settings import Settings

SHIPPED = {"file": "the shipped one"}


def named(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, ENFORCERS)


def test_an_entry_point_adds_a_category() -> None:
    assert factories(SHIPPED, [named("path", "os:sep")]) == {**SHIPPED, "path": "/"}


@pytest.mark.parametrize("value", ["no_such_module:X", "os:no_such_name", "os"])
def test_one_that_cannot_be_loaded_is_left_out(value: str) -> None:
    found = factories(SHIPPED, [named("broken", value), named("path", "os:sep")])

    assert found["path"] == "/"
    assert value == "os" or "broken" not in found


HANGING = "import threading\nthreading.Event().wait(60)\n"


@pytest.mark.parametrize("code", [HANGING, "raise SystemExit(3)\n", "1 / 0\n"])
def test_one_that_hangs_or_ends_while_it_is_loaded_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    name = f"plug_in_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)

    found = factories(SHIPPED, [named("slow", f"{name}:X"), named("path", "os:sep")], limit_s=0.5)

    assert found == {**SHIPPED, "path": "/"}


@pytest.mark.parametrize("name", ["file", "../file", ".hidden"])
def test_nobody_takes_the_place_of_a_shipped_one_or_a_folder_elsewhere(name: str) -> None:
    assert factories(SHIPPED, [named(name, "os:sep")]) == SHIPPED


def test_a_task_type_is_made_with_the_local_settings() -> None:
    found = load_task_types(Settings("", "", None, "p256", allow_commands=("/bin/true",)))

    assert set(found) == {"call-in", "run-command"}


PLUG_IN = """
class Broken:
    def __init__(self, workplace):
        raise RuntimeError("no such hardware")
"""


def test_installed_plug_ins_are_found_each_with_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    (site / "beacon-1.dist-info").mkdir(parents=True)
    (site / "beacon-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: beacon\nVersion: 1\n")
    points = "[muster.enforcers]\nbeacon = beacon_for_muster:Beacon\nbroken = beacon_for_muster:Broken\n"
    (site / "beacon-1.dist-info" / "entry_points.txt").write_text(points)
    (site / "beacon_for_muster.py").write_text(
        f"{PLUG_IN}\nclass Beacon:\n    def __init__(self, workplace):\n        self.folder = workplace.folder\n"
    )
    monkeypatch.syspath_prepend(site)
    home = Home(tmp_path / "home")
    home.make()

    found = load_enforcers(home, Settings("", "", None, "p256"))

    assert set(found) == {"agent", "file", "beacon"}
    assert getattr(found["beacon"], "folder", None) == home.path / "enforcers" / "beacon"
    assert (home.path / "enforcers" / "beacon").is_dir()
    sys.modules.pop("beacon_for_muster")
