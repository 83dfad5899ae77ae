"""`muster apply` and `muster export`: one file, all or nothing, tried before, the same file back."""

import json
import tomllib
from pathlib import Path

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site

FILE = """
[[group]]
path = "/Servers/Linux"

[[group]]
path = "/Desks"

[[category]]
name = "vpn"
schema = { type = "object", properties = { port = { type = "integer" } } }

[[policy]]
category = "file"
name = "motd"

[policy.settings]
path = "/etc/motd"
content = "hello\\n"

[[policy]]
category = "file"
name = "away"
settings = { path = "/etc/motd", content = "away" }

[[policy]]
category = "vpn"
name = "home"
settings = { port = 1194 }

[[task]]
name = "report"
type = "call-in"
schedule = { weekly = { days = ["mon"], at = "03:00" } }
timezone = "agent"

[[assignment]]
group = "/"
category = "vpn"
locked = true
choose = [{ policy = "home" }]

[[assignment]]
group = "/Servers"
category = "file"
choose = [{ policy = "away", network = ["192.168.0.0/16"], property = { "os.id" = "debian" } }, { policy = "motd" }]

[[assignment]]
group = "/Servers/Linux"
category = "file"
choose = []

[[assignment]]
agent = "pc-1"
category = "task/report"
choose = [{ policy = "report" }]

[[sort]]
name = "lab"
network = ["10.9.0.0/16"]
group = "/Servers"
"""

_ONCE = '[[task]]\nname = "x"\ntype = "call-in"\nschedule = { once = "2027-02-30T08:00" }\n'


@pytest.fixture
def applied(site: Site, muster: Muster, tmp_path: Path) -> Site:
    """pc-1 is in /Servers; the file is applied."""
    site.allowed_agent("pc-1")
    ran = muster("apply", "-f", a_file(tmp_path, FILE))
    assert ran.out == "13 changes applied; the revision is 14 now.\n", ran.err
    assert muster("agents", "move", "pc-1", "--to", "/Servers").code == ExitCode.OK
    return site


def a_file(directory: Path, content: str) -> str:
    path = directory / "fleet.toml"
    path.write_text(content)
    return str(path)


def changes(site: Site, content: str) -> dict[str, int]:
    """What a file would change and the agents each change touches."""
    answer = site.client().post("/desired-state/plan", json=tomllib.loads(content))
    assert answer.status_code == 200, answer.text
    return {f"{each['action']} {each['what']}": each["agents"] for each in answer.json()["changes"]}


def test_the_same_file_again_changes_nothing(applied: Site, muster: Muster, tmp_path: Path) -> None:
    head = len(applied.room.events("SystemTree.Revised"))

    ran = muster("apply", "-f", a_file(tmp_path, FILE))

    assert (ran.code, ran.out) == (ExitCode.OK, "Nothing changed: the desired state is so already.\n")
    assert len(applied.room.events("SystemTree.Revised")) == head


def test_what_is_exported_is_the_file(applied: Site, muster: Muster, tmp_path: Path) -> None:
    exported = muster("export").out
    agent_id = applied.client().get("/agents/pc-1").json()["agent_id"]

    wanted = tomllib.loads(FILE.replace("pc-1", agent_id))
    found = tomllib.loads(exported)
    assert found.pop("revision") == 14
    assert {each["path"] for each in found.pop("group")} == {"/Desks", "/Servers", "/Servers/Linux"}
    wanted.pop("group")
    for table in wanted:
        assert _sorted(found[table]) == _sorted(wanted[table]), table
    assert muster("apply", "-f", a_file(tmp_path, exported)).out.startswith("Nothing changed")


def test_a_dry_run_shows_changes_and_whom_they_touch_and_changes_nothing(
    applied: Site, muster: Muster, tmp_path: Path
) -> None:
    other = FILE.replace("hello", "bye").replace("port = 1194", "port = 1195").replace("locked = true\n", "")
    other = other.replace('path = "/Desks"', 'path = "/Phones"')
    before = muster("export").out

    ran = muster("apply", "-f", a_file(tmp_path, other), "--dry-run")

    assert ran.code == ExitCode.OK
    assert "Nothing was changed." in ran.err
    assert muster("export").out == before
    assert changes(applied, other) == {
        "create group /Phones": 0,
        "change policy motd of file": 1,
        "change policy home of vpn": 1,
        "change vpn at /": 0,
        "delete group /Desks": 0,
    }


def test_an_override_or_an_assignment_touches_those_for_whom_it_counts(applied: Site) -> None:
    assert changes(applied, FILE.replace("choose = []", 'choose = [{ policy = "motd" }]')) == {
        "change file at /Servers/Linux": 0
    }
    without = FILE.replace('group = "/Servers"\ncategory = "file"', 'group = "/Desks"\ncategory = "file"')
    assert changes(applied, without) == {"create file at /Desks": 0, "delete file at /Servers": 1}


def test_a_stale_file_is_refused(applied: Site, muster: Muster, tmp_path: Path) -> None:
    exported = muster("export").out
    muster("groups", "create", "/New")

    ran = muster("apply", "-f", a_file(tmp_path, exported))

    assert ran.code == ExitCode.CONFLICT
    assert "revision_stale" in ran.err
    tried = muster("apply", "-f", a_file(tmp_path, exported), "--dry-run")
    assert (tried.code, "stale" not in tried.err, "since this file was exported" in tried.err) == (4, True, True)


def test_faults_are_told_with_their_lines_and_nothing_changes(site: Site, muster: Muster, tmp_path: Path) -> None:
    bad = FILE.replace('"03:00"', '"27:00"').replace('path = "/etc/motd"\n', 'path = "motd"\n')
    bad = bad.replace("192.168.0.0/16", "192.168.0.0/33").replace('name = "lab"', 'name = "lab"\ncolour = "red"')

    ran = muster("apply", "-f", a_file(tmp_path, bad))

    lines = bad.splitlines()
    found = [line.strip().split(": ")[0] for line in ran.err.splitlines()[1:]]
    wanted = {
        lines.index('path = "motd"') + 1,
        next(at for at, line in enumerate(lines) if "27:00" in line) + 1,
        next(at for at, line in enumerate(lines) if "/33" in line) + 1,
        lines.index('colour = "red"') + 1,
        lines.index('agent = "pc-1"') + 1,
    }
    assert ran.code == ExitCode.REFUSED
    assert {int(each.removeprefix("line ")) for each in found} == wanted
    assert not [topic for topic in site.room.topics() if topic.startswith(("SystemTree", "Policy."))]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[[group]\n", "no TOML"),
        ('group = [\n    { path = "/A" },\n    { path = "B" },\n]\n', "line 3: group 2, path"),
        ('[[group]]\npath = "Servers"\n', "line 2: group 1, path"),
        ('[[group]]\npath = "/A"\n[[group]]\npath = "/a/b"\n', "by case alone"),
        ("[[colour]]\nx = 1\n", "colour"),
        ('[[policy]]\ncategory = "file"\nname = "x"\n', "settings: is a table"),
        ('[[assignment]]\ncategory = "file"\n', "one of the two"),
        ('[[assignment]]\ngroup = "/X"\ncategory = "file"\n', "is no group"),
        ('[[assignment]]\ngroup = "/"\ncategory = "file"\nchoose = [{ policy = "x" }]\n', "no policy 'x'"),
        ('[[category]]\nname = "file"\nschema = {}\n', "comes with Muster"),
        ('[[category]]\nname = "x"\nschema = { type = "integr" }\n', "no JSON Schema"),
        ('[[task]]\nname = "x"\ntype = "call-in"\nrun_now = 1\n', "run_now"),
        (_ONCE, "line 4: task 1, schedule.once: no moment that there is"),
        (_ONCE + 'timezone = "Europe/Nowhere"\n', "line 5: task 1, timezone: 'Europe/Nowhere' is neither"),
        ("revision = -1\n", "revision"),
    ],
)
def test_a_document_that_means_nothing_is_refused(muster: Muster, tmp_path: Path, content: str, told: str) -> None:
    ran = muster("apply", "-f", a_file(tmp_path, content))

    assert ran.code in (ExitCode.REFUSED, ExitCode.USAGE)
    assert told in ran.err


def test_all_or_nothing_a_late_refusal_undoes_what_was_decided_before(
    applied: Site, muster: Muster, tmp_path: Path
) -> None:
    before = muster("export").out
    without = FILE.replace("/Servers", "/Other")

    ran = muster("apply", "-f", a_file(tmp_path, without))

    assert ran.code == ExitCode.CONFLICT
    assert "/Servers holds 1 agent:" in ran.err
    assert muster("export").out == before
    assert muster("groups", "create", "/Other").code == ExitCode.OK


def test_null_survives_export_and_apply(site: Site, muster: Muster, tmp_path: Path) -> None:
    body = {"settings": {"proxy": None, "when": "2026-01-01"}}
    assert site.client().put("/policies/vpn/home", json=body).status_code == 200

    exported = muster("export").out

    assert "settings_json" in exported
    assert muster("apply", "-f", a_file(tmp_path, exported)).out.startswith("Nothing changed")


def test_a_lock_and_what_is_overruled_below_it_survive_export_and_apply(
    site: Site, muster: Muster, tmp_path: Path
) -> None:
    plain = FILE.replace('agent = "pc-1"', 'group = "/Desks"')
    below = plain + '\n[[assignment]]\ngroup = "/Desks"\ncategory = "vpn"\nchoose = []\n'

    ran = muster("apply", "-f", a_file(tmp_path, below))

    assert ran.code == ExitCode.OK, ran.err
    assert muster("apply", "-f", a_file(tmp_path, below)).out.startswith("Nothing changed")
    more = below + '\n[[assignment]]\ngroup = "/Servers"\ncategory = "vpn"\nchoose = []\n'
    assert "locked_above" in muster("apply", "-f", a_file(tmp_path, more)).err


def _sorted(entries: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in entries)


def test_lists_are_part_of_the_file_when_it_speaks_of_them(site: Site, muster: Muster, tmp_path: Path) -> None:
    server = '[[server]]\nname = "a"\nhost = "a.example"\nport = 7443\npriority = 1\n'
    site.allowed_agent()

    assert changes(site, server) == {"change server list": 1}
    assert muster("apply", "-f", a_file(tmp_path, server)).code == ExitCode.OK

    exported = muster("export").out
    assert tomllib.loads(exported)["server"] == tomllib.loads(server)["server"]
    assert muster("apply", "-f", a_file(tmp_path, exported)).out.startswith("Nothing changed")
    assert muster("apply", "-f", a_file(tmp_path, "group = []")).out.startswith("Nothing changed"), (
        "not spoken of: as it is"
    )
    put = site.client().put("/server-list", json={"servers": []}, headers={"If-Match": "*"})
    assert put.status_code == 200, put.text
    assert "revision_stale" in muster("apply", "-f", a_file(tmp_path, exported)).err
    bad = muster("apply", "-f", a_file(tmp_path, server.replace("7443", "0")))
    assert (bad.code, "line 4: server 1, port" in bad.err) == (ExitCode.REFUSED, True)
