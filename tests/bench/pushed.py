"""Push mode: from the record of a change to the hint, and to the signed change itself, on every held connection."""

import json
import selectors
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from open_connection import OpenConnection, site_agent
from store.postgres_log import PostgresLog
from store.state import decode_state
from tests.bench.bench_site import BenchSite
from tests.bench.figure import Figure, Target
from tests.bench.ground import Ground
from wire.agent_session import Answered, Told
from wire.held import NO_LISTS, Held, held_plain, read_manifest
from wire.types import AgentType

PATIENCE_S = 60
HINTS_APART_S = 1.2
"""A frontend sends one agent one hint a second."""
TOUCHED = 100
AT_ONCE = 16
"""Agents that register at a time."""
SOME, ALL = "/Touched", "/"


class Pushed:
    """One agent in push mode, as far as this takes: it calls in when it is told to, and says what it holds then."""

    def __init__(self, site: BenchSite, number: int) -> None:
        self.name = f"touched-{number}" if number < TOUCHED else f"held-{number}"
        self._agent = site_agent(site, self.name)
        self.connection = OpenConnection(site, self._agent, "site-a")
        self.connection.say(self._agent.registration())
        place = {"bench": {"place": SOME if number < TOUCHED else ALL}}
        self.connection.say(self._agent.full_properties(1, place, bytes(16)))
        self._number = 1
        self._lists = NO_LISTS
        self._has_all = self._hinted = False
        self.wait_anew()
        self._call_in()
        while not self._has_all:
            self.hear(0.0)

    def wait_anew(self) -> None:
        """Nothing of the next change was heard yet."""
        self.hinted_ms = self.changed_ms = 0.0

    def hear(self, now_ms: float) -> None:
        """A hint is followed by a call-in, whose answer has the signed change."""
        event = self.connection.hear()
        if isinstance(event, Told):
            self.hinted_ms = self.hinted_ms or now_ms
            self._hinted = True
            if not self._in_flight:
                self._call_in()
        elif isinstance(event, Answered):
            self._take(event, now_ms)

    def _take(self, event: Answered, now_ms: float) -> None:
        self._in_flight = False
        self._has_all = "manifest" not in event.content
        if not self._has_all:
            self.changed_ms = self.changed_ms or now_ms
            manifest = read_manifest(event.content["manifest"])
            self._lists = manifest.position.to_bytes(8, "big")
            self._call_in(held=held_plain(Held(manifest.version, {each.id: each.version for each in manifest.items})))
        elif self._hinted:
            self._call_in()

    def _call_in(self, **besides: Any) -> None:
        self._number += 1
        self._in_flight, self._hinted = True, False
        content = {"why": "wake-up", **besides}
        self.connection.send(
            self._agent.package(AgentType.PROPS_VERSION, content, self._number, bytes(8) + self._lists)
        )


def measure(ground: Ground) -> list[Figure]:
    """All hold a connection; the policy of some changes, then that of all. Times count from when the change was
    recorded, which is before the commit."""
    site, count = ground.site, ground.scale.pushed
    _prepare(site)
    with ThreadPoolExecutor(AT_ONCE) as arriving:
        held = list(arriving.map(lambda number: Pushed(site, number), range(count)))
    try:
        site.wait_until_caught_up(30)
        touched, others = held[:TOUCHED], held[TOUCHED:]
        rounds = [_told(site, touched, SOME, 3600 + number) for number in range(ground.scale.rounds)]
        every = _told(site, others, ALL, 1800)
    finally:
        for each in held:
            each.connection.__exit__(None, None, None)
    hints = sorted(wait for hinted, _ in rounds for wait in hinted)
    changes = sorted(wait for _, changed in rounds for wait in changed)
    name = f"{len(touched)} of {count:,} agents"
    return [
        Figure(f"change to hint, {name}: p50", _part(hints, 0.5), "ms"),
        Figure(f"change to hint, {name}: p99", _part(hints, 0.99), "ms", Target(1_000)),
        Figure(f"change to the signed change, {name}: p50", _part(changes, 0.5), "ms"),
        Figure(f"change to the signed change, {name}: p99", _part(changes, 0.99), "ms", Target(1_000)),
        Figure(f"policy to hint, the {len(others):,} others: last", max(every[0]), "ms", Target(10_000)),
        Figure(f"policy to the signed policy, the {len(others):,} others: last", max(every[1]), "ms", Target(10_000)),
    ]


def _prepare(site: BenchSite) -> None:
    """Two places, each with a policy of its own; who is in the one inherits nothing of the other."""
    _done(site, "groups", "create", SOME)
    rules = site.directory / "sorting.toml"
    rules.write_text(f'[[sort]]\nname = "some"\ngroup = "{SOME}"\nproperty = {{ "bench.place" = ["{SOME}"] }}\n')
    _done(site, "sorting", "set", str(rules))
    for group in (SOME, ALL):
        _write(site, group, 7200)
        _done(site, "policies", "assign", "agent", _policy(group), "--group", group)


def _told(site: BenchSite, held: Sequence[Pushed], group: str, interval_s: int) -> tuple[list[float], list[float]]:
    """When each heard the hint, and when it got what is new, in ms after the change was recorded."""
    time.sleep(HINTS_APART_S)
    for each in held:
        each.wait_anew()
    with selectors.DefaultSelector() as selector, ThreadPoolExecutor(1) as operator:
        for each in held:
            selector.register(each.connection, selectors.EVENT_READ, each)
        changed = operator.submit(_write, site, group, interval_s)
        _listen(selector, held)
        position = changed.result()
    recorded_ms = _recorded_ms(site, position)
    return [each.hinted_ms - recorded_ms for each in held], [each.changed_ms - recorded_ms for each in held]


def _listen(selector: selectors.BaseSelector, held: Sequence[Pushed]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    waiting = len(held)
    while waiting:
        for key, _ in selector.select(1):
            each = cast(Pushed, key.data)
            had = each.changed_ms
            each.hear(time.time() * 1000)
            waiting -= bool(each.changed_ms and not had)
        assert time.monotonic() < deadline, f"{waiting} of {len(held)} did not get the change"


def _policy(group: str) -> str:
    return "some" if group == SOME else "all"


def _write(site: BenchSite, group: str, interval_s: int) -> int:
    """The next version of a policy; returns where the log has it."""
    file = site.directory / f"{_policy(group)}.json"
    file.write_text(json.dumps({"interval_s": interval_s}))
    document: dict[str, Any] = site.people_json("policies", "set", "agent", _policy(group), str(file))
    position: int = document["position"]
    return position


def _done(site: BenchSite, *arguments: str) -> None:
    done = site.people(*arguments)
    assert done.returncode == 0, done.stderr


def _recorded_ms(site: BenchSite, position: int) -> int:
    log = PostgresLog(site.owner_dsn)
    try:
        [row] = log.read(position - 1, 1)
    finally:
        log.close()
    return decode_state(row.state)[0].recorded_at_ms


def _part(waits: Sequence[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(share * len(waits)))]
