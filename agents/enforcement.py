"""Brings the policies in force about, category by category, and reports what came of it when that changed."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from agents.enforced import Enforced, EnforcedBook
from agents.enforcer import LONGEST_DETAIL, Enforcer
from agents.in_force import InForce, Place, in_force
from agents.report import escaped
from agents.time_limit import TimeLimit
from wire.codec import Codec
from wire.held import POLICY, TASK, Item

POLICY_ENFORCED = "PolicyEnforced"
POLICY_WITHDRAWN = "PolicyWithdrawn"
ENFORCED, MENDED, FAILED, WITHDRAWN = "enforced", "mended", "failed", "withdrawn"
LIMIT_S = 10.0
"""For one call of an enforcer: a session of a call-in may be waiting meanwhile."""

_log = logging.getLogger("muster.agent")


class Held(Protocol):
    """What the agent holds: a Holdings."""

    def items(self) -> list[tuple[Item, bytes]]:
        """Each item with its content, in the order of the manifest."""
        ...


class Assigns(Protocol):
    """Who runs the tasks in force."""

    def assign(self, tasks: Mapping[str, InForce]) -> None:
        """From now on these, by category, and no others."""
        ...


class Tried(NamedTuple):
    """What came of one category."""

    outcome: str
    drift: bool = False
    detail: str = ""


class Enforcement:
    """Everything the server assigned, brought about here. ``enforce`` may be called at any time, by one thread."""

    def __init__(
        self,
        held: Held,
        place: Callable[[], Place],
        enforcers: Mapping[str, Enforcer],
        book: EnforcedBook,
        tasks: Assigns,
        tell: Callable[[str, dict[str, Any]], None],
        codec: Codec,
        now_ms: Callable[[], int],
        limit_s: float = LIMIT_S,
    ) -> None:
        """``place`` is asked only when something held has a condition; ``tell`` queues a durable event."""
        self._held = held
        self._place = place
        self._enforcers = enforcers
        self._book = book
        self._tasks = tasks
        self._tell = tell
        self._codec = codec
        self._now_ms = now_ms
        self._limits = {category: TimeLimit(limit_s) for category in enforcers}

    def enforce(self) -> None:
        """Choose by where the machine is now, bring about, withdraw what is not assigned any more, report changes."""
        held = self._held.items()
        conditional = any(item.when is not None for item, _ in held)
        place = self._place() if conditional else Place((), {})
        policies = in_force(held, POLICY, place, self._codec)
        for category in sorted(self._book.all().keys() - policies.keys()):
            self._withdraw(category)
        for category, chosen in policies.items():
            self._settle(category, chosen)
        self._tasks.assign(in_force(held, TASK, place, self._codec))

    def clear(self) -> None:
        """Trust was withdrawn: undo what may not outlive it, whatever is held, and run no more tasks."""
        self._tasks.assign({})
        for category in sorted(self._book.all()):
            self._withdraw(category)

    def _settle(self, category: str, chosen: InForce) -> None:
        item, known = chosen.item, self._book.all().get(category)
        same = known is not None and (known.id, known.version) == (item.id, item.version)
        tried = self._tried(category, chosen, known if same else None)
        since = known.since_ms if known and same else 0
        if tried.outcome != FAILED and not since:
            since = self._now_ms()
        now = Enforced(item.id, item.name, item.version, *tried, since)
        if now != known or tried.outcome == MENDED:
            self._report(POLICY_ENFORCED, category, now)
        self._book.put(category, now)

    def _tried(self, category: str, chosen: InForce, known: Enforced | None) -> Tried:
        enforcer, settings = self._enforcers.get(category), chosen.settings
        if enforcer is None:
            return Tried(FAILED, detail="no enforcer of this category is installed")
        if settings is None:
            return Tried(FAILED, detail="the content of this version is no map of settings")
        # Only what had been brought about before can drift away from it.
        settled = known is not None and known.since_ms > 0
        differs, call = "", self._limits[category].call
        try:
            differs = _short(call(lambda: enforcer.check(settings)))
            if not differs:
                return Tried(ENFORCED)
            call(lambda: enforcer.enforce(settings))
            left = _short(call(lambda: enforcer.check(settings)))
        except Exception as error:  # a plug-in never takes the agent down
            return Tried(FAILED, settled and differs != "", _short(_told(error)))
        if left:
            return Tried(FAILED, settled, _short(f"still differs: {left}"))
        return Tried(MENDED, True, differs) if settled else Tried(ENFORCED)

    def _withdraw(self, category: str) -> None:
        known, enforcer = self._book.all()[category], self._enforcers.get(category)
        try:
            detail = _short(self._limits[category].call(enforcer.withdraw)) if enforcer else ""
        except Exception as error:  # tried again at the next call-in
            failed = known._replace(outcome=FAILED, drift=False, detail=_short(f"withdraw: {_told(error)}"))
            if failed != known:
                self._report(POLICY_WITHDRAWN, category, failed)
            self._book.put(category, failed)
            return
        self._report(POLICY_WITHDRAWN, category, known._replace(outcome=WITHDRAWN, drift=False, detail=detail))
        self._book.drop(category)

    def _report(self, kind: str, category: str, enforced: Enforced) -> None:
        level = logging.WARNING if enforced.outcome == FAILED or enforced.drift else logging.INFO
        about = f"{category}: {enforced.name}, version {enforced.version}, {enforced.outcome} {enforced.detail}"
        _log.log(level, "policy %s", escaped(about).rstrip())
        data = enforced._asdict()
        del data["since_ms"]
        self._tell(kind, {"category": category, **data})


def _short(text: object) -> str:
    return str(text or "")[:LONGEST_DETAIL]


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
