"""One whole call-in of an installed agent: collect, visit the handlers, remember how it went."""

from collections.abc import Callable
from typing import Any

from agents.call_in import CallIn
from agents.machine import Claims, Machine
from agents.member import Member
from agents.notices import Notices
from agents.outcome import Done, Outcome, Result, Why
from agents.property_file import UnusableProperties
from agents.state import LastCallIn
from agents.visit import Visited, Visitor

CALL_IN_FAILED = "CallInFailed"
PROPERTIES_UNUSABLE = "PropertiesUnusable"
_TOLD = 200
"""Characters of an error that go into an event."""


class Caller:
    """Calls in, over and over, for one home."""

    def __init__(
        self,
        member: Member,
        notices: Notices,
        claims: Callable[[], Claims],
        properties: Callable[[], dict[str, Any]],
        visitor: Visitor,
        now_ms: Callable[[], int],
    ) -> None:
        self._member = member
        self._notices = notices
        self._claims = claims
        self._properties = properties
        self._visitor = visitor
        self._now_ms = now_ms

    def call_in(self, why: Why, *, full: bool = False) -> Result:
        """Everything an agent does when it calls in; never raises for what a server or a property file did."""
        try:
            properties = self._usable_properties(why)
        except UnusableProperties as error:
            return self._ended(Visited(Done(Outcome.FAILED, str(error)), "", []), 0)
        # Before anything is packed: what came of it is reported in this call-in; where nobody answers it is done alike.
        self._member.enforcement.enforce()
        flow = CallIn(self._member, Machine(self._claims(), properties), why, full=full)
        visited = self._visitor.visit(flow)
        if visited.done.outcome is Outcome.UNREACHABLE:
            for failure in visited.failures:
                about = {"handler": failure.handler, "error": failure.error[:_TOLD]}
                self._notices.tell(CALL_IN_FAILED, about, self._now_ms())
        return self._ended(visited, flow.server_time_ms)

    def _usable_properties(self, why: Why) -> dict[str, Any]:
        """What to report. A file that broke keeps nobody from calling in with what the server has, and is reported."""
        try:
            return self._properties()
        except UnusableProperties as error:
            accepted = self._member.keep.accepted()
            if accepted is None or why is Why.MANUAL:
                raise
            self._notices.tell(PROPERTIES_UNUSABLE, {"error": str(error)[:_TOLD]}, self._now_ms())
            return accepted.properties

    def _ended(self, visited: Visited, server_time_ms: int) -> Result:
        done, state = visited.done, self._member.keep.state
        state.last = LastCallIn(self._now_ms(), str(done.outcome), done.reason, visited.handler, server_time_ms)
        self._member.keep.save()
        return Result(
            done.outcome,
            done.reason,
            state.agent_id,
            state.next_number - 1,
            server_time_ms,
            visited.handler,
            done.retry_after_s,
            done.slot_s,
        )
