"""Our top-level package names are short: nobody else in the environment may own one of them."""

from collections.abc import Mapping
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _packages() -> list[str]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    names = setup["options.packages.find"]["include"].split()
    return [name for name in names if not name.endswith("*")]


@pytest.fixture(scope="module")
def owners() -> Mapping[str, list[str]]:
    """Which distributions own each top-level package of this environment."""
    return packages_distributions()


@pytest.mark.parametrize("name", [*_packages(), "services"])
def test_no_other_distribution_owns_one_of_our_package_names(name: str, owners: Mapping[str, list[str]]) -> None:
    assert set(owners.get(name, [])) <= {"muster"}


def test_every_room_is_packaged_linted_typed_and_under_the_import_rule() -> None:
    rooms = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    pyproject = (ROOT / "pyproject.toml").read_text()

    assert set(_packages()) == rooms
    for room in rooms:
        assert pyproject.count(f'"{room}"') >= 3  # mypy, coverage, import-linter
