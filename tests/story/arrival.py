"""The first half hour of a fleet: machines install, ask, are allowed, and go where the rules put them."""

from tests.story.cast import MACHINES, NAMES, install_command
from tests.story.stage import Stage

TICKETED = "db-01"


def two_frontends(stage: Stage) -> None:
    """The server is there."""
    tell = stage.tell
    tell.chapter("A server: worker, projector, console and two frontends, on RabbitMQ and PostgreSQL")
    tell.say("Agents can go to either frontend; both have announced themselves.")
    tell.until(
        "muster handlers list",
        lambda told: set(told.column("HANDLER", "STARTS")) == set(stage.site.agent_ports),
        "both frontends are listed",
    )


def desired_state(stage: Stage) -> None:
    """Groups, sorting rules and the agents' own settings come from one file."""
    tell = stage.tell
    tell.chapter("One file says what the fleet shall be like")
    tell.say("Groups, sorting rules, and a policy that makes agents hold their connection. First: what would change?")
    tell.show(
        "muster apply -f fleet.toml --dry-run",
        lambda told: len(told.rows("ACTION")) >= 8 and "Nothing was changed." in told.text,
        "every change is listed and none is made",
    )
    tell.show("muster apply -f fleet.toml", lambda told: "applied" in told.text, "the file is applied")
    tell.say("The same file again changes nothing.")
    tell.show("muster apply -f fleet.toml", lambda told: told.text.startswith("Nothing changed"), "nothing is changed")


def install(stage: Stage) -> None:
    """Six agents are installed and ask to be managed."""
    tell = stage.tell
    tell.chapter("Install: six agents, each a process with a key of its own")
    tell.say("One brings a ticket that lets it in without asking, once.")
    tell.show(
        "muster registrations ticket create --file db-01.ticket",
        lambda told: told.code == 0 and (stage.folder / "db-01.ticket").stat().st_size > 0,
        "a ticket is made",
    )
    tell.say(
        "What may be done on a machine is said on that machine: which files policies may write, which program runs."
    )
    for number, machine in enumerate(MACHINES):
        command = install_command(machine, "db-01.ticket" if machine.name == TICKETED else "")
        if number == 0:
            tell.show(command, lambda told: told.text.startswith("installed"), "the agent is installed")
        else:
            tell.quietly(command)
        stage.cast.start(machine.name)
    tell.say("The other five are installed alike, and `muster agent run` runs on all six. Who is there?")
    tell.until(
        "muster registrations list",
        lambda told: (
            told.column("NAME", "STATUS") == {name: "Allowed" if name == TICKETED else "Pending" for name in NAMES}
        ),
        "one is Allowed by its ticket, five are Pending",
    )


def allow(stage: Stage) -> None:
    """A person lets the machines in."""
    tell = stage.tell
    tell.chapter("Allow")
    tell.say(
        "Pending machines can do nothing but ask again. A person knows the first; the rest are counted, then allowed."
    )
    tell.show(
        "muster registrations allow web-01 --reason 'ordered by finance'",
        lambda told: told.text.startswith("web-01 is Allowed."),
        "web-01 is Allowed",
    )
    tell.show(
        "muster registrations allow --all-matching status=Pending --confirm 4 --reason 'unpacked today'",
        lambda told: told.text.startswith("allow: 4 done."),
        "four machines are allowed",
    )
    tell.until(
        "muster registrations list",
        lambda told: told.column("NAME", "STATUS") == dict.fromkeys(NAMES, "Allowed"),
        "all six are Allowed",
    )


def sort(stage: Stage) -> None:
    """New machines are in the groups that the rules say; the rest is put there by hand."""
    tell = stage.tell
    tell.chapter("Sorting")
    tell.say("Each told its properties as soon as it was let in, and the first rule that holds put it into its group.")
    tell.until(
        "muster groups list",
        lambda told: (
            told.column("PATH", "AGENTS")
            == {"/": "1", "/Desks": "2", "/Servers": "0", "/Servers/Data": "1", "/Servers/Web": "2"}
        ),
        "two web servers, one database, two desks; one that no rule knows is in /",
    )
    tell.say("No rule knows a kiosk: somebody puts it among the desks.")
    tell.show(
        "muster agents move kiosk-01 --to /Desks --reason 'stands in the lobby'",
        lambda told: told.text.startswith("1 agent is in /Desks now."),
        "the kiosk is moved",
    )
    tell.say("Desks have a file, kept as it is said. Which of two, each machine decides by what it is, in their order.")
    tell.until(
        "muster policies compliance --category file",
        lambda told: (
            {(row["AGENT"], row["POLICY"], row["STATE"]) for row in told.rows("AGENT")}
            == {("kiosk-01", "vpn-lobby", "enforced"), ("pc-01", "vpn", "enforced"), ("pc-02", "vpn", "enforced")}
        ),
        "the kiosk has enforced the one for lobbies, the others the other",
    )
