"""Server list and repository list through API and command line: files, faults with their lines, who may set them."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site
from wire.held import Held, held_plain, read_manifest
from wire.types import AgentType

SERVERS = {"servers": [{"name": "site-a", "host": "a.example", "port": 7443}]}
REPOSITORIES = {"repositories": [{"name": "hq", "kind": "server", "url": "https://hq.example:8444"}]}
BAD = """{
  "servers": [
    {"name": "site-a", "host": "a.example", "port": 7443},
    {
      "name": "site-a",
      "host": "b.example",
      "port": 99999
    }
  ]
}
"""


def written(directory: Path, content: Any) -> str:
    path = directory / "list.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.mark.parametrize(("what", "content"), [("servers", SERVERS), ("repositories", REPOSITORIES)])
def test_a_list_from_a_file_is_in_force_and_can_be_fed_back(
    muster: Muster, tmp_path: Path, what: str, content: dict[str, Any]
) -> None:
    assert json.loads(muster("lists", what, "show", "-o", "json").out)["version"] == 0

    ran = muster("lists", what, "set", written(tmp_path, content))
    shown = muster("lists", what, "show", "-o", "json").out
    again = muster("lists", what, "set", written(tmp_path, shown))

    assert (ran.code, again.code) == (ExitCode.OK, ExitCode.OK)
    assert again.out.startswith("Nothing changed; ")
    assert ran.out in ("Server list: 1 server.\n", "Repository list: 1 repository.\n")
    document = json.loads(shown)
    assert (document["version"], document["decided_by"]) == (1, "operator:admin")
    assert document[what][0]["priority"] == 1


def test_a_bad_file_is_refused_with_line_and_field_and_nothing_changes(muster: Muster, tmp_path: Path) -> None:
    ran = muster("lists", "servers", "set", written(tmp_path, BAD))

    assert ran.code == ExitCode.REFUSED
    assert "line 5: server 2, name: 'site-a' stands twice" in ran.err
    assert "line 7: server 2, port: is a number between 1 and 65535" in ran.err
    assert json.loads(muster("lists", "servers", "show", "-o", "json").out)["version"] == 0


@pytest.mark.parametrize("path", ["/server-list", "/repository-list"])
def test_the_api_tells_every_fault_and_changes_nothing(site: Site, path: str) -> None:
    body = {"servers": [{"name": "a"}], "repositories": [{"name": "a"}]}

    answer = site.client().put(path, json=body, headers={"If-Match": "*"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_list"
    assert site.client().get(path).json()["version"] == 0


def test_two_operators_at_once_one_wins(site: Site) -> None:
    client = site.client()
    etag = client.get("/server-list").headers["ETag"]
    first = client.put("/server-list", json=SERVERS, headers={"If-Match": etag})

    second = client.put("/server-list", json={"servers": []}, headers={"If-Match": etag})

    assert (first.status_code, second.status_code) == (200, 412)
    assert client.get("/server-list").json()["servers"][0]["name"] == "site-a"


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
def test_only_an_administrator_sets_lists(muster: Muster, tmp_path: Path, role: str) -> None:
    assert muster("lists", "servers", "set", written(tmp_path, SERVERS), role=role).code == ExitCode.REFUSED
    assert muster("lists", "servers", "show", role=role).code == ExitCode.OK


def test_an_agent_shows_what_it_said_it_holds(site: Site, muster: Muster, tmp_path: Path) -> None:
    agent = site.allowed_agent("pc-1")
    muster("lists", "servers", "set", written(tmp_path, SERVERS))
    manifest = read_manifest(agent.say(agent.call_in(2)).content["manifest"])
    site.project()
    before = site.client().get("/agents/pc-1").json()["held"]

    held = {"held": held_plain(Held(manifest.version, {each.id: each.version for each in manifest.items}))}
    agent.say(agent.package(AgentType.PROPS_VERSION, held, 3, bytes(8) + b"heldhash"))
    site.project()

    after = site.client().get("/agents/pc-1").json()["held"]
    assert before is None
    assert (after["epoch"], after["position"]) == manifest.version
    assert after["items"] == {manifest.items[0].id.hex(): 1}
    assert json.loads(muster("agents", "show", "pc-1", "-o", "json").out)["held"] == after
