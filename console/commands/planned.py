"""What an order would do, told on the command line: nothing is changed, a refusal ends as that of the order."""

from typing import Any

from console.exit_code import CommandFailed, ExitCode
from console.printable import printable
from console.results import remark, show_fields, show_outcome
from console.session import Form, Session


def refuse_as_planned(plan: dict[str, Any], what: str) -> None:
    """CommandFailed with every reason for which ``what`` would be refused, should there be any."""
    if plan["refusals"]:
        told = "".join(f"\n  {printable(each)}" for each in plan["refusals"])
        raise CommandFailed(ExitCode.CONFLICT, f"{what} would be refused; nothing was changed.{told}")


def show_plan(session: Session, plan: dict[str, Any], sentence: str) -> None:
    """The sentence for people, the plan for programs; a plan that would be refused ends the command so."""
    if session.form is not Form.TABLE:
        show_fields(session, plan)
    refuse_as_planned(plan, "The order")
    if session.form is Form.TABLE:
        show_outcome(session, {}, sentence)
    remark("Nothing was changed.")


def numbered(number: int, what: str) -> str:
    """As 1 agent, 2 agents."""
    return f"{number} {what}{'s' * (number != 1)}"
