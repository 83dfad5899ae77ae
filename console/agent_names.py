"""Agents that the worker names by id, as it knows no names: with their names, for people."""

import re

from console.order_desk import OrderDesk
from console.problems import Problem

_AGENT = re.compile(r"\bagent ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def with_names(refused: Problem, desk: OrderDesk) -> Problem:
    """The same refusal, each agent in its sentence with its name, where the reports know it."""

    def named(found: re.Match[str]) -> str:
        shown = desk.read_back(lambda: desk.reports.agent(found[1]))
        return f"agent {shown['name']} ({found[1]})" if shown and shown["name"] else found[0]

    detail = _AGENT.sub(named, refused.detail)
    return Problem(refused.status, refused.code, detail, refused.headers, **refused.more)
