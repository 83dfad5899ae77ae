"""A server's day: a policy for a group, an override, a lock, drift, a task."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.story.stage import Stage

SERVERS = ("db-01", "web-01", "web-02")


def policy(stage: Stage) -> None:
    """A policy reaches the servers at once."""
    tell = stage.tell
    tell.chapter("Policy: from one order to three machines")
    tell.say("All servers shall greet alike: a policy and its place are added to the file. Whom will that touch?")
    tell.show("cat greeting.toml", lambda told: "This server is managed." in told.text, "the addition is printed")
    _append(stage.folder / "greeting.toml", stage.folder / "fleet.toml")
    tell.show(
        "muster apply -f fleet.toml --dry-run",
        lambda told: told.column("WHAT", "AGENTS TOUCHED") == {"policy motd of file": "3", "file at /Servers": "3"},
        "three agents are touched",
    )
    tell.show("muster apply -f fleet.toml", lambda told: told.text.startswith("2 changes applied"), "it is applied")
    tell.say("The agents hold their connections: a hint tells them, and each reports what it has done.")
    tell.until(
        "muster policies compliance --policy motd",
        lambda told: told.column("AGENT", "STATE") == dict.fromkeys(SERVERS, "enforced"),
        "three servers said that they have enforced it",
    )
    tell.show(
        "cat machines/web-01/etc/motd", lambda told: told.text == "This server is managed.\n", "the file is there"
    )
    heard = {name: _first_after_the_order(stage, name) for name in SERVERS}
    last_s = max(wait_s for wait_s, _ in heard.values())
    tell.say(f"The order was in the log; {last_s:.1f} s later the last of the three had called in. A hint woke them.")
    woken = next((name for name, (_, why) in heard.items() if why == "wake-up"), SERVERS[0])
    tell.show(
        f"muster agents call-ins {woken} --limit 8",
        lambda told: "wake-up" in {row["WHY"] for row in told.rows("WHY")},
        "a wake-up is among the last call-ins",
    )


def drift(stage: Stage) -> None:
    """What somebody changed by hand is put right and told."""
    tell = stage.tell
    tell.chapter("Drift: somebody edits the file on web-01")
    (stage.folder / "machines" / "web-01" / "etc" / "motd").write_text("I was here.\n")
    tell.say("At its next call-in the agent finds that, puts it right, and says so.")
    tell.until(
        "muster policies compliance --policy motd",
        lambda told: told.column("AGENT", "STATE")["web-01"] == "drifted",
        "web-01 found drift and mended it",
    )
    tell.show(
        "cat machines/web-01/etc/motd", lambda told: told.text == "This server is managed.\n", "the file is right again"
    )


def override(stage: Stage) -> None:
    """One machine has a policy of its own."""
    tell = stage.tell
    tell.chapter("Override: web-02 tries the next release")
    tell.show(
        "muster policies set file canary canary.toml", lambda told: told.code == 0, "a version of the policy is written"
    )
    tell.show(
        "muster policies assign file canary --agent web-02 --reason 'release 7'",
        lambda told: told.text.startswith("web-02 is assigned canary"),
        "the override is made",
    )
    tell.say("What applies to it, and the whole chain it came from:")
    tell.until(
        "muster agents policy web-02",
        lambda told: (
            _state(told.rows("CATEGORY"), "file") == ("canary", "enforced", "this agent") and "in force" in told.text
        ),
        "its own policy is in force and enforced",
    )
    tell.show(
        "cat machines/web-02/etc/motd",
        lambda told: told.text == "Here the next release is tried.\n",
        "the file says what the override says",
    )


def break_inheritance(stage: Stage) -> None:
    """A group wants nothing of what is above it."""
    tell = stage.tell
    tell.chapter("Break of inheritance: no greeting on databases")
    tell.say("Of a category a group can have nothing; what is above it does not reach it then.")
    tell.show(
        "muster policies assign file --nothing --group /Servers/Data",
        lambda told: told.out.startswith("/Servers/Data is assigned nothing of file now."),
        "the group has nothing",
    )
    tell.until(
        "muster agents policy db-01",
        lambda told: _state(told.rows("POLICY"), "file") == ("-", "nothing applies", "/Servers/Data"),
        "nothing applies to db-01, because of its group",
    )
    tell.show(
        "muster policies unassign file --group /Servers/Data", lambda told: told.code == 0, "it has what is above again"
    )


def lock(stage: Stage) -> None:
    """A lock above overrules the override, and shows it."""
    tell = stage.tell
    tell.chapter("Lock: the day of the audit")
    tell.say(
        "All servers must greet alike today: a lock at the group overrules what is below. It stays, and is shown so."
    )
    tell.show(
        "muster policies assign file motd --group /Servers --lock --reason 'audit'",
        lambda told: told.code == 0,
        "the lock is set",
    )
    tell.until(
        "muster agents policy web-02",
        lambda told: _state(told.rows("CATEGORY"), "file")[:2] == ("motd", "enforced") and "overruled" in told.text,
        "the group's policy is enforced, the override is shown as overruled",
    )
    tell.say("New overrides below the lock are refused.")
    tell.show(
        "muster policies assign file canary --agent web-01",
        lambda told: told.code != 0 and "lock" in told.text.lower(),
        "the override is refused because of the lock",
    )
    tell.say("The audit is over. What was overruled counts again.")
    tell.show(
        "muster policies assign file motd --group /Servers",
        lambda told: told.code == 0,
        "the lock is taken away",
    )
    tell.until(
        "muster policies compliance --category file",
        lambda told: (
            {(row["AGENT"], row["POLICY"], row["STATE"]) for row in told.rows("AGENT") if row["AGENT"] in SERVERS}
            == {("db-01", "motd", "enforced"), ("web-01", "motd", "enforced"), ("web-02", "canary", "enforced")}
        ),
        "web-02 has its own policy again",
    )


def task(stage: Stage) -> None:
    """A task runs where the machine's administrator allows it."""
    tell = stage.tell
    tell.chapter("Task: a program on every server, once")
    tell.show("muster tasks set kernel kernel.toml", lambda told: told.code == 0, "the task is written")
    tell.show(
        "muster policies assign task/kernel kernel --group /Servers", lambda told: told.code == 0, "it is assigned"
    )
    tell.say("db-01 allows tasks no program: the server's signature does not open what the machine has not.")
    tell.until(
        "muster policies compliance --category task/kernel",
        lambda told: told.column("AGENT", "STATE") == dict.fromkeys(SERVERS, "delivered"),
        "every server says that it holds the task",
    )
    tell.show(
        "muster tasks run-now kernel --reason 'ticket 4711'",
        lambda told: told.code == 0,
        "the order is taken",
    )
    tell.until(
        "muster tasks runs kernel",
        lambda told: told.column("AGENT", "OUTCOME") == {"db-01": "failed", "web-01": "done", "web-02": "done"},
        "it ran on two and failed on the one that allows none",
    )


def _first_after_the_order(stage: Stage, name: str) -> tuple[float, str]:
    """Seconds from the order to the first call-in after it, by the log's clock, and why that was.

    One in many has an interval that ends in that moment.
    """
    ordered_at = _items(stage, "muster policies history file motd")[-1]["written_at"]
    call_ins = _items(stage, f"muster agents call-ins {name}")
    first = min((each for each in call_ins if each["at"] >= ordered_at), key=lambda each: each["at"])
    wait = datetime.fromisoformat(first["at"]) - datetime.fromisoformat(ordered_at)
    return wait.total_seconds(), first["why"]


def _items(stage: Stage, command: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(stage.tell.quietly(f"{command} -o json").out)["items"]
    return items


def _append(part: Path, file: Path) -> None:
    file.write_text(file.read_text() + "\n" + part.read_text())


def _state(rows: list[dict[str, str]], category: str) -> tuple[str, str, str]:
    """Policy, state and where it is from, of the first row of a category."""
    row = next(row for row in rows if row["CATEGORY"] == category)
    return row["POLICY"], row["STATE"], row["FROM"]
