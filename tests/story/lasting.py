"""What must hold when things break: a changed server list, a frontend killed, a bad version, a stolen machine."""

import json
from collections.abc import Sequence

from site_of_processes import LOOPBACK
from tests.story.cast import NAMES
from tests.story.stage import Stage


def server_list(stage: Stage) -> None:
    """All agents go to the other frontend because a signed list says so."""
    tell = stage.tell
    tell.chapter("A changed server list")
    tell.say("site-b is to be preferred from now on. The list travels signed, and each agent goes over by itself.")
    _write_list(stage, ("site-b", "site-a"))
    tell.show(
        "muster lists servers set servers.json",
        lambda told: told.text.startswith("Server list: 2 servers."),
        "the list is set",
    )
    _all_at(stage, "site-b")


def frontend_killed(stage: Stage) -> None:
    """A frontend dies; the agents go on by the other, and come back when it does."""
    tell = stage.tell
    tell.chapter("A frontend is killed (SIGKILL), and comes back")
    stage.site.processes["site-b"].kill()
    tell.say("site-b is dead. Its agents come back by site-a, spread over some seconds; nobody is overdue.")
    _all_at(stage, "site-a")
    tell.until(
        "muster agents list",
        lambda told: told.column("NAME", "LIVENESS") == dict.fromkeys(NAMES, "on time"),
        "all six are on time",
    )
    stage.site.start_frontend("site-b")
    tell.say("It is back, and so are they: at each interval an agent tries its first choice again.")
    _all_at(stage, "site-b")


def rollback(stage: Stage) -> None:
    """A bad version is taken back, as a new version."""
    tell = stage.tell
    tell.chapter("Rollback: a bad version, and back")
    tell.show(
        "muster policies set file motd motd.toml --note 'new wording'",
        lambda told: told.code == 0,
        "version 2 is written",
    )
    _versions(stage, "2")
    tell.say("A typing error. What differs, and back: nothing is erased, version 3 equals version 1.")
    tell.show(
        "muster policies diff file motd",
        lambda told: "mangaed" in told.text and "managed" in told.text,
        "the difference is shown",
    )
    tell.show(
        "muster policies rollback file motd --to 1 --note 'typing error'",
        lambda told: "equals version 1" in told.text,
        "the version is rolled back",
    )
    tell.show(
        "muster policies history file motd",
        lambda told: told.column("VERSION", "EQUALS") == {"1": "-", "2": "-", "3": "1"},
        "three versions, the third equals the first",
    )
    _versions(stage, "3")
    tell.show(
        "cat machines/web-01/etc/motd", lambda told: told.text == "This server is managed.\n", "the file is as it was"
    )


def export(stage: Stage) -> None:
    """All that was done by hand is in the file that can be applied again; an old one is refused."""
    tell = stage.tell
    tell.chapter("Export: what was done by hand is in the file now")
    tell.save("muster export", "exported.toml")
    tell.show(
        "muster apply -f exported.toml",
        lambda told: told.text.startswith("Nothing changed"),
        "the file says what is so",
    )
    tell.say("Somebody makes a group. A file from before that is stale, and refused: nobody's work is undone unseen.")
    tell.show("muster groups create /Servers/Mail", lambda told: told.code == 0, "the group is made")
    tell.show(
        "muster apply -f exported.toml",
        lambda told: told.code != 0 and "stale" in told.text,
        "the stale file is refused",
    )


def revoke(stage: Stage) -> None:
    """A stolen machine loses its trust, and what it was entrusted with."""
    tell = stage.tell
    tell.chapter("Revoke: pc-02 is stolen")
    vpn = stage.folder / "machines" / "pc-02" / "etc" / "vpn.conf"
    tell.say("It has a file that was to go when no policy lists it any more.")
    tell.show("ls machines/pc-02/etc", lambda told: told.text == "vpn.conf\n", "the file is there")
    tell.show(
        "muster registrations revoke pc-02 --reason 'stolen, report 12/7'",
        lambda told: told.text.startswith("pc-02 is Revoked."),
        "pc-02 is Revoked",
    )
    tell.say(
        "Its connection is cut at once. When it asks, it is told so, signed, and clears all it held but the way back."
    )
    tell.until(
        "muster agent --home machines/pc-02/agent status",
        lambda told: (
            "revoked" in told.text and "policy:" not in told.text and "held:               1 items" in told.text
        ),
        "the agent knows that it is revoked and holds nothing but the server list",
    )
    tell.show("ls machines/pc-02/etc", lambda told: told.text == "" and not vpn.exists(), "the file is gone")


def allow_again(stage: Stage) -> None:
    """The machine is found, and is what it was."""
    tell = stage.tell
    tell.chapter("It is found in the car park")
    tell.show(
        "muster registrations allow pc-02 --reason 'found, checked'",
        lambda told: told.text.startswith("pc-02 is Allowed."),
        "pc-02 is Allowed",
    )
    tell.say("It asks again, as the agent it was, in the group it was in, and is entrusted anew.")
    tell.show(
        "muster agent --home machines/pc-02/agent call-in", lambda told: told.code == 0, "the call-in is accepted"
    )
    tell.until(
        "muster agents policy pc-02",
        lambda told: (
            {row["CATEGORY"]: row["STATE"] for row in told.rows("POLICY")} == {"agent": "enforced", "file": "enforced"}
        ),
        "both policies are enforced",
    )
    tell.show("ls machines/pc-02/etc", lambda told: told.text == "vpn.conf\n", "the file is back")
    tell.say("Who decided what, and everything the machine said, stays in the log for ever.")
    tell.until(
        "muster agents timeline pc-02 --limit 4",
        lambda told: told.rows("EVENT")[0]["EVENT"] == "Registration.Requested" and len(told.rows("EVENT")) == 4,
        "its history begins with its first request",
    )


def _all_at(stage: Stage, name: str) -> None:
    """Every agent's last call-in came by this frontend; newest first, and some call in twice before others do once."""
    stage.tell.until(
        "muster agents call-ins --limit 12",
        lambda told: (
            {row["NAME"]: row["HANDLER"] for row in reversed(told.rows("HANDLER"))} == dict.fromkeys(NAMES, name)
        ),
        f"the last call-in of each of the six came by {name}",
    )


def _versions(stage: Stage, version: str) -> None:
    stage.tell.until(
        "muster policies compliance --policy motd",
        lambda told: told.column("AGENT", "ENFORCED") == {"db-01": version, "web-01": version},
        f"version {version} is enforced on both",
    )


def _write_list(stage: Stage, names: Sequence[str]) -> None:
    ports = stage.site.agent_ports
    servers = [
        {"name": name, "host": LOOPBACK, "port": ports[name], "priority": number}
        for number, name in enumerate(names, start=1)
    ]
    (stage.folder / "servers.json").write_text(json.dumps({"servers": servers}))
