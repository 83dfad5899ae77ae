"""A registration policy in a file: read whole or refused with line and field of every fault."""

from pathlib import Path
from typing import Any

from console.written_file import read_written
from domain.registration_policy import Terms
from domain.registration_rules import BadRules


def read_policy_file(path: Path) -> dict[str, Any]:
    """The policy as plain values, checked; CommandFailed names every fault by line and field."""

    def faults(plain: object) -> list[tuple[int | None, str, str]]:
        try:
            Terms.read(plain)
        except BadRules as bad:
            return [(each.rule, each.field, each.problem) for each in bad.faults]
        return []

    return read_written(path, "policy", "rules", "rule", faults)
