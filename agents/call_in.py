"""One call-in as a conversation, sans-io: an answer in, the next package out. Sockets and the swarm drive the same one.

    register (if need be) -> what is in flight -> properties -> what is held, while anything is missing -> events, batch
    by batch -> done

It lives through several sessions: what is in flight when a handler falls silent goes out again, unchanged, to the next.
"""

from collections.abc import Callable
from typing import Any

from agents.delivery import Delivery
from agents.diary import Diary
from agents.fresh_key import FreshKey
from agents.key_news import KeyNews
from agents.machine import Machine
from agents.member import Member
from agents.outcome import BUSY, NOT_DELIVERED, UNEXPECTED_ANSWER, Again, Done, Outcome, Why
from agents.packing import registration_request, unchanged
from agents.property_report import PropertyReport
from agents.re_key import ReKey
from agents.standing import claim_refused, refused_about_trust, registration_answered, take_id
from agents.state import InFlight, Standing
from agents.upload import Upload
from wire.agent_session import Answered, Outgoing, Told
from wire.packages import encode_body
from wire.refusals import CONTENT_REASONS, KEY_UPDATE_REASONS, NUMBER_REASONS, TICKET_REASONS, TRUST_REASONS, Reason
from wire.types import AgentType, ServerType

MAX_REFUSALS = 3
"""Bodies refused for their content in one call-in; then it ends, and what is left waits for the next."""
ASK_AGAIN_S = 30
"""After a refused install ticket the agent asks without one."""
MAX_GAPS = 3
"""New numbers taken from refusals in one call-in; more is a server that cannot count."""

Step = Outgoing | Done | Again | None
"""What to do now: send, end, connect again, or (None) keep waiting."""


class CallIn:
    """The state of one call-in. ``start`` for every new session, then ``answered`` for all that is heard."""

    def __init__(self, member: Member, machine: Machine, why: Why, *, full: bool = False) -> None:
        self._member = member
        self._state = member.keep.state
        self._diary = Diary(member.keep)
        self._machine = machine
        self.why = why
        self._properties = PropertyReport(member, machine.properties, why, full=full)
        self._upload = Upload(member)
        self._register_first = False
        self._registered_here = False
        self._gaps = 0
        self._refusals = 0
        self._re_key = ReKey(member)
        self._fresh_key = FreshKey(member)
        self._key_news = KeyNews(member)
        self._delivery = Delivery(member)
        self._asking = False
        self._sent = AgentType.HELLO
        self._slot_s: int | None = None
        self._needs_hello: Callable[[Outgoing], bool] = lambda _: False
        self.server_time_ms = 0

    def start(self, needs_hello: Callable[[Outgoing], bool]) -> Step:
        """The first package of a new session, after its Welcome. ``needs_hello`` is the session's."""
        self._needs_hello = needs_hello
        self._registered_here = False
        return self._key_news.sent(self._begin())

    def answered(self, event: Answered | Told) -> Step:
        """What to do after ``event``; only a signed answer moves stored state, and a certificate of the root key."""
        return self._key_news.sent(self._told(event) if isinstance(event, Told) else self._heard(event))

    def _begin(self) -> Step:
        if self._re_key.switched and self._re_key.due:
            return self._offer_key()
        if self._register_first or self._state.standing is not Standing.ALLOWED:
            return self._register()
        return self._next()

    def _heard(self, event: Answered) -> Step:
        self.server_time_ms = event.server_time_ms
        self._key_news.take_note(event)
        refused = event.type == ServerType.ACCESS_DENIED
        reason = str(event.content.get("reason", "")) if refused else ""
        offered = self._sent is AgentType.AGENT_KEY_UPDATE
        if reason in NUMBER_REASONS:
            return self._denied(event, reason)  # its next number is another package's doing: nothing is delivered by it
        if offered and self._re_key.switched:
            return self._key_answered(event, reason)  # by the old key's numbers, which are not those in use
        delivered = self._diary.delivered(event.next_number)
        if delivered and self._must_ask(delivered):
            # Taken or refused for its content? Only the answer to the very package tells; a repeat is answered alike.
            delivered = None
            if offered:  # Asked under the present key: the successor would give it a number of its own.
                self._asking = True
                self._re_key.put_off()
                return self._next()
        if delivered:
            self._re_key.used()
        if reason in CONTENT_REASONS and self._concerns_body(delivered):
            return self._content_refused(event, reason)
        self._settle(event, delivered)
        if offered:
            return self._key_answered(event, reason)
        return self._denied(event, reason) if refused else self._granted(event)

    def _settle(self, event: Answered, delivered: InFlight | None) -> None:
        if delivered:
            self._deliver(delivered, full_wanted=event.content.get("full") is True)
        if delivered or self._diary.in_flight is None:
            self._diary.settle(event.next_number)

    def _granted(self, event: Answered) -> Step:
        if self._sent is AgentType.REGISTRATION_REQUEST:
            return self._registered(event)
        if event.type != ServerType.PROPS_RESPONSE:
            return Done(Outcome.REFUSED, UNEXPECTED_ANSWER)
        return self._taken(event)

    def _told(self, event: Told) -> Step:
        if event.type is ServerType.BUSY:
            wait = event.content.get("retry_after")
            longest = 2 * self._state.interval_s
            return Done(Outcome.REFUSED, BUSY, min(max(wait, 1), longest) if isinstance(wait, int) else None)
        if event.type is ServerType.KEY_UPDATE:
            return self._key_news.told()
        if event.type is ServerType.UNKNOWN_KEY:
            if self._re_key.doubt():
                return Again()
            self._re_key.speak()
            if self._register_first:
                return Done(Outcome.REFUSED, Reason.UNKNOWN_KEY)
            self._register_first = True
            return Again()
        return None

    def _registered(self, event: Answered) -> Step:
        done = registration_answered(self._member, event)
        if done:
            return done
        self._register_first = False
        if event.content.get("rekey") is True:
            self._re_key.asked()
        return self._next()

    def _key_answered(self, event: Answered, reason: str) -> Step:
        """The successor speaks in the same session; or the key in use goes on, or the reason concerns the agent."""
        if not reason and event.content.get("status") == str(Standing.ALLOWED):
            self._re_key.taken(event.next_number)
            # The server holds no properties of the new key: they are reported at once, whatever was reported before.
            self._properties.begin_anew(said=self._diary.in_flight is not None)
            return self._next()
        if not reason:
            return Done(Outcome.REFUSED, UNEXPECTED_ANSWER)
        if reason in KEY_UPDATE_REASONS or reason == Reason.KEY_REPLACED:
            if not self._re_key.refused(reason, event.next_number):
                return Done(Outcome.REFUSED, Reason.UNKNOWN_KEY)
            return self._next() if self._state.standing is Standing.ALLOWED else self._register()
        self._re_key.speak()
        return self._denied(event, reason)

    def _denied(self, event: Answered, reason: str) -> Step:
        if reason in TRUST_REASONS:
            refused_about_trust(self._member, reason)
            if self._sent is not AgentType.REGISTRATION_REQUEST and not self._registered_here:
                return self._register()
        if reason in TICKET_REASONS or reason == Reason.FORK_UNPROVED:
            claim_refused(self._state, reason)
            return Done(Outcome.REFUSED, reason, ASK_AGAIN_S)
        if reason in (Reason.GAP, Reason.NUMBER_USED) and self._gaps < MAX_GAPS and self._diary.in_flight:
            self._gaps += 1
            self._diary.renumber(event.next_number)
            return self._next()
        if reason == Reason.FORK and self._fresh_key.made():
            return self._register()
        if reason == Reason.KEY_REPLACED and self._re_key.replaced():
            return self._next() if self._state.standing is Standing.ALLOWED else self._register()
        if reason == Reason.AGENT_TOO_OLD:
            self._state.standing = Standing.UNREGISTERED  # what this agent can do by then is told at the next interval
        outcome = Outcome.PENDING if reason == Reason.PENDING else Outcome.REFUSED
        return Done(outcome, reason)

    def _must_ask(self, package: InFlight) -> bool:
        """Events that a control package's answer calls delivered may have been refused: they would be lost unseen."""
        control = self._sent in (AgentType.HELLO, AgentType.REGISTRATION_REQUEST, AgentType.AGENT_KEY_UPDATE)
        return control and package.type == AgentType.EVENT_UPLOAD

    def _concerns_body(self, delivered: InFlight | None) -> bool:
        """A refused Hello speaks for the body it announced, unless that had long arrived."""
        if self._sent is AgentType.HELLO:
            return self._diary.in_flight is not None and delivered is None
        return self._sent is not AgentType.REGISTRATION_REQUEST

    def _content_refused(self, event: Answered, reason: str) -> Step:
        body = self._diary.in_flight
        assert body is not None
        self._member.keep.set_aside(body, reason, str(event.content.get("detail", "")))
        if body.type == AgentType.EVENT_UPLOAD:
            self._member.events.forget(self._event_ids(body))
        else:
            self._properties.refused()
        self._diary.drop(event.next_number)
        self._refusals += 1
        return Done(Outcome.REFUSED, reason) if self._refusals == MAX_REFUSALS else self._next()

    def _taken(self, event: Answered) -> Step:
        waiting = self._diary.in_flight
        if self._sent is not AgentType.HELLO and waiting:
            return Done(Outcome.REFUSED, NOT_DELIVERED)
        if event.content.get("full") is True and self._sent in (AgentType.PROPS_VERSION, AgentType.INC_PROPS):
            self._properties.wanted_in_full()
        take_id(self._state, event.content)
        if isinstance(slot := event.content.get("slot"), int):
            self._slot_s = slot
        if event.content.get("rekey") is True:
            self._re_key.asked()
        self._delivery.heard(event.content, event.server_time_ms)
        return self._next()

    def _deliver(self, package: InFlight, *, full_wanted: bool) -> None:
        if package.type == AgentType.EVENT_UPLOAD:
            self._member.events.forget(self._event_ids(package))
            return
        self._delivery.said(package)
        if package.type == AgentType.FULL_PROPS or not full_wanted:
            self._member.accept_properties(package)

    def _event_ids(self, package: InFlight) -> list[bytes]:
        events = self._member.content_of(package).get("events", [])
        return [event["id"] for event in events]

    def _next(self) -> Step:
        if self._re_key.due and not (self._asking and self._diary.in_flight):
            return self._offer_key()
        if self._diary.in_flight is None and not self._prepare():
            return Done(Outcome.ACCEPTED, slot_s=self._slot_s)
        waiting = self._diary.in_flight
        assert waiting is not None
        package = Outgoing(waiting.type, waiting.flags, waiting.body, waiting.number, waiting.state_hash)
        if self._needs_hello(package):
            return self._control(AgentType.HELLO, {"size": len(waiting.body)})
        self._sent = AgentType(waiting.type)
        return package

    def _prepare(self) -> bool:
        if not self._properties.said or self._delivery.due:
            kind, content = self._about_state()
        else:
            kind, content = AgentType.EVENT_UPLOAD, self._upload.next_batch()
            if not content:
                return False
        flags, body = encode_body(self._member.codec, content)
        self._diary.prepare(kind, flags, body, self._state_hash)
        return True

    @property
    def _state_hash(self) -> bytes:
        return self._properties.hash + self._member.holdings.hash()

    def _about_state(self) -> tuple[AgentType, dict[str, Any]]:
        said = self._properties.said
        kind, content = (AgentType.PROPS_VERSION, unchanged(self.why)) if said else self._properties.say()
        return kind, {**content, **self._delivery.besides(kind)}

    def _offer_key(self) -> Step:
        return self._control(AgentType.AGENT_KEY_UPDATE, self._re_key.offer())

    def _register(self) -> Step:
        self._registered_here = True
        ticket = b"" if self._state.ticket_done else self._member.ticket
        return self._control(
            AgentType.REGISTRATION_REQUEST,
            registration_request(self._member, self._machine.claims, ticket),
        )

    def _control(self, kind: AgentType, content: dict[str, Any]) -> Outgoing:
        self._sent = kind
        flags, body = encode_body(self._member.codec, content)
        return Outgoing(kind, flags, body, 0, self._state_hash)
