"""Options before the command: the people's command line takes them there, other commands behind their name."""

from collections.abc import Collection, Sequence


class UnknownToCommand(Exception):
    """An option stands before a command that has no such option."""

    def __init__(self, command: str, option: str) -> None:
        super().__init__(f"it has no option {option}; see muster {command} --help")
        self.command = command


def with_data_behind(arguments: Sequence[str], own: Collection[str], know_data: Collection[str]) -> list[str]:
    """The same command line, `--data DIR` behind a command of ``own``, which reads options there alone.

    What the command itself says of --data counts. UnknownToCommand when it is none of ``know_data``.
    """
    before, rest = _split(arguments)
    if not before or not rest or rest[0] not in own:
        return list(arguments)
    command = rest[0]
    for option, _ in before:
        if option != "--data" or command not in know_data:
            raise UnknownToCommand(command, option)
    if any(each == "--data" or each.startswith("--data=") for each in rest):
        return rest
    at = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:at], "--data", before[-1][1], *rest[at:]]


def _split(arguments: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Options with their values up to the first word that is none, and the rest."""
    found, at = [], 0
    while at < len(arguments) and arguments[at].startswith("-"):
        option, equals, value = arguments[at].partition("=")
        if option not in ("--data", "-o", "--output"):
            break
        if not equals:
            at += 1
            value = arguments[at] if at < len(arguments) else ""
        found.append((option, value))
        at += 1
    return found, list(arguments[at:])
