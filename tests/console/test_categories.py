"""Categories that people define: listed, redefined only where what is written fits, deleted when nothing is of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster, Ran
from tests.console.site import Site

LOOSE = {"type": "object", "properties": {"port": {"type": "integer"}}}
STRICT = {"type": "object", "properties": {"port": {"type": "integer", "maximum": 1000}}, "required": ["port"]}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in {"loose": LOOSE, "strict": STRICT, "near": {"port": 500}, "far": {"port": 5000}}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def vpn(site: Site, muster: Muster, files: Path) -> Site:
    """Category vpn with the policies near and far."""
    assert muster("policies", "category", "set", "vpn", str(files / "loose.json")).code == ExitCode.OK
    for name in ("near", "far"):
        assert muster("policies", "set", "vpn", name, str(files / f"{name}.json")).code == ExitCode.OK
    return site


def categories(muster: Muster) -> dict[str, Any]:
    items = json.loads(muster("policies", "category", "list", "-o", "json").out)["items"]
    return {each["category"]: each for each in items}


def redefine(muster: Muster, files: Path, *more: str) -> Ran:
    return muster("policies", "category", "set", "vpn", str(files / "strict.json"), *more)


def test_categories_are_listed_and_shown_as_set_takes_them(vpn: Site, muster: Muster) -> None:
    assert {name: each["built_in"] for name, each in categories(muster).items()} == {
        "agent": True,
        "file": True,
        "vpn": False,
    }
    assert json.loads(muster("policies", "category", "show", "vpn", "-o", "json").out) == LOOSE
    assert muster("policies", "category", "show", "nothing").code == ExitCode.NOT_FOUND


def test_a_schema_that_written_policies_do_not_fit_is_refused_and_names_them(
    vpn: Site, muster: Muster, files: Path
) -> None:
    ran = redefine(muster, files)

    assert ran.code == ExitCode.CONFLICT
    assert "1 of 2 policies of vpn do not fit this schema: far: port: 5000 is greater than the maximum" in ran.err
    assert json.loads(muster("policies", "category", "show", "vpn", "-o", "json").out) == LOOSE
    assert muster("policies", "set", "vpn", "more", str(files / "far.json")).code == ExitCode.OK


def test_forced_it_counts_for_what_is_written_from_now_on(vpn: Site, muster: Muster, files: Path) -> None:
    ran = redefine(muster, files, "--force")

    assert (ran.code, ran.out) == (ExitCode.OK, "Settings of vpn must fit this now.\n")
    assert json.loads(muster("policies", "show", "vpn", "far", "-o", "json").out)["settings"] == {"port": 5000}
    assert muster("policies", "set", "vpn", "more", str(files / "far.json")).code == ExitCode.REFUSED
    assert redefine(muster, files).out == "Nothing changed: vpn says so already.\n"


def test_a_schema_that_everything_fits_needs_no_force(vpn: Site, muster: Muster, files: Path) -> None:
    muster("policies", "delete", "vpn", "far")

    assert redefine(muster, files).code == ExitCode.OK


def test_a_file_that_redefines_a_category_is_judged_by_what_it_leaves_written(
    vpn: Site, muster: Muster, tmp_path: Path
) -> None:
    exported = muster("export").out
    strict = exported.replace('"integer"', '"integer"\nmaximum = 1000')
    (tmp_path / "fleet.toml").write_text(strict)
    (tmp_path / "mended.toml").write_text(strict.replace("5000", "900"))

    refused = muster("apply", "-f", str(tmp_path / "fleet.toml"))
    applied = muster("apply", "-f", str(tmp_path / "mended.toml"))

    assert strict != exported
    assert refused.code == ExitCode.REFUSED
    assert "settings.port: 5000 is greater than the maximum" in refused.err
    assert applied.code == ExitCode.OK


def test_a_category_is_deleted_only_when_no_policy_is_of_it(vpn: Site, muster: Muster) -> None:
    refused = muster("policies", "category", "delete", "vpn")
    for name in ("near", "far"):
        muster("policies", "delete", "vpn", name)
    deleted = muster("policies", "category", "delete", "vpn", "--reason", "no vpn any more")
    again = muster("policies", "category", "delete", "vpn")

    assert refused.code == ExitCode.CONFLICT
    assert "2 policies are of this category (far, near)" in refused.err
    assert (deleted.code, deleted.out) == (ExitCode.OK, "Category vpn is no more.\n")
    assert again.out == "Nothing changed: it is no more.\n"
    assert set(categories(muster)) == {"agent", "file"}
    assert "vpn" not in muster("export").out


def test_a_deleted_category_asks_for_nothing_and_may_be_defined_again(
    vpn: Site, muster: Muster, files: Path, tmp_path: Path
) -> None:
    for name in ("near", "far"):
        muster("policies", "delete", "vpn", name)
    muster("policies", "category", "delete", "vpn")
    (tmp_path / "free.json").write_text('{"port": "any"}')

    free = muster("policies", "set", "vpn", "free", str(tmp_path / "free.json"))
    same = muster("policies", "category", "set", "vpn", str(files / "loose.json"))
    forced = muster("policies", "category", "set", "vpn", str(files / "loose.json"), "--force")

    assert (free.code, same.code, forced.code) == (ExitCode.OK, ExitCode.CONFLICT, ExitCode.OK)
    assert "vpn" in categories(muster)


@pytest.mark.parametrize(("category", "code"), [("file", ExitCode.CONFLICT), ("nothing", ExitCode.NOT_FOUND)])
def test_what_comes_with_muster_or_never_was_is_not_deleted(muster: Muster, category: str, code: ExitCode) -> None:
    assert muster("policies", "category", "delete", category).code == code


def test_only_administrators_delete_categories(vpn: Site, muster: Muster) -> None:
    assert muster("policies", "category", "delete", "vpn", role="operator").code == ExitCode.REFUSED


@pytest.mark.parametrize("schema", ['"no table"', "{'$id' = 5}"])
def test_a_file_whose_schema_is_none_is_told_where(site: Site, muster: Muster, tmp_path: Path, schema: str) -> None:
    policy = "[[policy]]\ncategory = 'vpn'\nname = 'p'\nsettings = {}\n"
    (tmp_path / "fleet.toml").write_text(f"[[category]]\nname = 'vpn'\nschema = {schema}\n{policy}")

    ran = muster("apply", "-f", str(tmp_path / "fleet.toml"), "--dry-run")

    assert ran.code == ExitCode.REFUSED
    assert "category 1, schema: This is no JSON Schema" in ran.err
