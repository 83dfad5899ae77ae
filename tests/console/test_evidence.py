"""`muster agents evidence`: what an agent signed, verified by the public key; erased is not tampered."""

import json
import sqlite3
from pathlib import Path

import pytest

from console.cli import main
from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site


def position_of(site: Site, topic: str) -> int:
    return [each.position for each in site.room.events() if each.topic == topic][-1]


@pytest.mark.parametrize(
    "topic",
    [
        "Registration.Requested",
        "Registration.RequestRepeated",
        "Registration.PackageRefused",
        "Diary.PropertiesReported",
        "Diary.CalledIn",
        "Diary.ContentRefused",
    ],
)
def test_every_recorded_package_is_shown_and_verified(site: Site, muster: Muster, topic: str) -> None:
    agent = site.allowed_agent("pc-1")
    agent.say(agent.call_in(2))
    agent.say(agent.package(9, {}, 3))
    agent.say(agent.call_in(9))  # a gap
    site.room.clock.forward(3_700_000)
    agent.say(agent.registration())
    site.project()

    ran = muster("agents", "evidence", "pc-1", str(position_of(site, topic)), "-o", "json")

    assert ran.code == ExitCode.OK, ran.err
    assert "verified" in ran.err
    document = json.loads(ran.out)
    assert document["topic"] == topic
    assert document["package"]["key"] == agent.public.der.hex()
    assert document["package"]["header"]["fingerprint"] == agent.fingerprint.hex() == document["registration_id"]


def test_a_package_is_found_by_its_number_too(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")

    ran = muster("agents", "evidence", "pc-1", "--number", "1", "-o", "json")

    assert ran.code == ExitCode.OK, ran.err
    document = json.loads(ran.out)
    assert (document["topic"], document["package"]["header"]["number"]) == ("Diary.PropertiesReported", 1)
    assert document["package"]["body"]["properties"] == {"os": "Debian"}


def test_the_table_shows_key_nonce_body_and_signature(site: Site, muster: Muster) -> None:
    agent = site.allowed_agent("pc-1")

    ran = muster("agents", "evidence", "pc-1", "--number", "1")

    assert ran.code == ExitCode.OK
    assert all(word in ran.out for word in ("nonce", "signature", "body_bytes", agent.public.der.hex()))


def test_what_was_exported_is_verified_without_a_server(
    site: Site, muster: Muster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.allowed_agent("pc-1")
    file = tmp_path / "evidence.json"
    file.write_text(muster("agents", "evidence", "pc-1", "--number", "1", "-o", "json").out)

    code = main(["agents", "evidence", "--verify", str(file)], {})

    assert code == ExitCode.OK
    assert "verified" in capsys.readouterr().err


def test_a_changed_export_is_told_as_tampered(site: Site, muster: Muster, tmp_path: Path) -> None:
    site.allowed_agent("pc-1")
    document = json.loads(muster("agents", "evidence", "pc-1", "--number", "1", "-o", "json").out)
    document["package"]["body"]["why"] = "manual"
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(document))

    ran = muster("agents", "evidence", "--verify", str(file))

    assert ran.code == ExitCode.TAMPERED
    assert "TAMPERED" in ran.err


@pytest.mark.parametrize("content", ["", "[]", "{}", "\udcff" * 3, "[" * 5000])
def test_what_is_no_evidence_file_is_not_called_tampered(muster: Muster, tmp_path: Path, content: str) -> None:
    file = tmp_path / "evidence.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    ran = muster("agents", "evidence", "--verify", str(file))

    assert ran.code == ExitCode.NO_EVIDENCE
    assert f"{file} is no evidence file" in ran.err
    assert "TAMPERED" not in ran.err


@pytest.mark.parametrize("content", ['{"package": null}'])
def test_evidence_without_its_package_is_told_as_tampered(muster: Muster, tmp_path: Path, content: str) -> None:
    file = tmp_path / "evidence.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    ran = muster("agents", "evidence", "--verify", str(file))

    assert ran.code == ExitCode.TAMPERED


def test_erased_evidence_says_so(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")
    with sqlite3.connect(site.room.directory / "log.db") as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'subjects'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE subjects SET wrapped_key = x''")
    site.room.records.mapper.keyring.forget(1)

    ran = muster("agents", "evidence", "pc-1", "--number", "1")

    assert ran.code == ExitCode.FAILURE
    assert "erased" in ran.err


def test_an_event_that_nobody_signed_has_no_evidence(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")

    ran = muster("agents", "evidence", "pc-1", str(position_of(site, "Agent.Allowed")))

    assert ran.code == ExitCode.NOT_FOUND


def test_a_package_of_another_agent_is_not_found(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")
    site.allowed_agent("pc-2")

    ran = muster("agents", "evidence", "pc-1", str(position_of(site, "Diary.PropertiesReported")))

    assert ran.code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("arguments", [[], ["pc-1"], ["pc-1", "3", "--number", "4"]])
def test_the_package_must_be_named(muster: Muster, arguments: list[str]) -> None:
    assert muster("agents", "evidence", *arguments).code == ExitCode.USAGE


def test_evidence_is_for_auditors_and_administrators(site: Site, muster: Muster) -> None:
    site.allowed_agent("pc-1")

    command = ("agents", "evidence", "pc-1", "--number", "1")

    codes = {role: muster(*command, role=role).code for role in ("viewer", "auditor")}

    assert codes == {"viewer": ExitCode.REFUSED, "auditor": ExitCode.OK}
