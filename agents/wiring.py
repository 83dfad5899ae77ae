"""Puts an installed agent together from the files of its home; the one place that picks real clocks and sockets."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from agents.agent_policy import AgentPolicy, stored_agent_policy
from agents.authorities import Authorities
from agents.bootstrap import Bootstrap, read_bootstrap
from agents.caller import Caller
from agents.codec import MsgpackCodec
from agents.collect import collect_claims, collect_properties
from agents.connection import Dialer
from agents.delivery import adopt_authorities
from agents.enforced import EnforcedBook
from agents.enforcement import Assigns, Enforcement
from agents.events import DiskEvents, new_event
from agents.handler_trust import HandlerTrust
from agents.held_connection import HeldConnection
from agents.holdings import Holdings
from agents.home import AUTHORITIES, BOOTSTRAP, SETTINGS, Home
from agents.in_force import InForce, Place
from agents.keep import DiskKeep
from agents.key_ring import DiskKeyRing
from agents.member import Member
from agents.mode import Mode
from agents.notices import Notices
from agents.plugins import ENFORCERS_FOLDER, load_enforcers, load_task_types
from agents.properties import addresses
from agents.property_file import UnusableProperties
from agents.re_key import settle_keys
from agents.settings import Settings, read_settings
from agents.shelf import DiskShelf
from agents.state import DamagedState, State
from agents.tasks.board import TaskBoard
from agents.tasks.book import Book
from agents.tasks.journal import Journal
from agents.tasks.runs import Runs
from agents.tasks.zone import machine_zone
from agents.ticket import stored_ticket
from agents.visit import Visitor
from wire.authorities import UntrustedAuthorities
from wire.certificates import UntrustedCertificate
from wire.codec import Codec, MalformedBody
from wire.trust import ServerTrust


class Installed(NamedTuple):
    """An agent ready to call in."""

    member: Member
    events: DiskEvents
    caller: Caller
    held: HeldConnection
    going: HandlerTrust


def task_board(home: Home, nudge: Callable[[], None]) -> TaskBoard:
    """What runs the tasks of an agent that stays; call only while holding its lock."""
    codec, settings = MsgpackCodec(), settings_of(home)
    journal = Journal(Book(home.path, codec), DiskEvents(home.path, codec).add, now_ms)
    runs = Runs(load_task_types(settings), time.monotonic, nudge)
    return TaskBoard(journal, runs, now_ms, time.monotonic, machine_zone, DiskKeyRing(home.path, codec).current.salt)


class NoTasks:
    """For a process that calls in once and runs nothing: tasks stay with the agent that runs, but for one thing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def assign(self, tasks: Mapping[str, InForce]) -> None:
        """What is withdrawn now was not held: should it come back, what was ordered meanwhile is no order here."""
        self._journal.hear((), {chosen.item.id for chosen in tasks.values()})


def now_ms() -> int:
    """The machine's clock; before 1970 it is 0, for a header holds no less."""
    return max(0, time.time_ns() // 1_000_000)


def settings_of(home: Home) -> Settings:
    """What was said at install."""
    return read_settings(home.path / SETTINGS)


def bootstrap_of(home: Home) -> Bootstrap:
    """What was known at install."""
    return read_bootstrap((home.path / BOOTSTRAP).read_text(encoding="utf-8"))


def agent_policy_of(home: Home) -> AgentPolicy:
    """The agent's own settings as a policy has set them by now."""
    return stored_agent_policy(home.path / ENFORCERS_FOLDER / "agent")


def load(home: Home, tasks: Assigns | None = None, mode: Callable[[], Mode] = lambda: Mode.PULL) -> Installed:
    """The agent of this home; call only while holding its lock. ``tasks`` and ``mode`` are given by one that stays."""
    codec = MsgpackCodec()
    settings, bootstrap = settings_of(home), bootstrap_of(home)
    keep, events = _keep(home, codec), DiskEvents(home.path, codec)
    ticket = stored_ticket(home.path) or bootstrap.ticket
    keys = DiskKeyRing(home.path, codec)
    successor = keys.next() if settle_keys(keep, keys) else None
    trust = _trust(codec, bootstrap, keep.state)
    holdings = Holdings(codec, DiskShelf(home.path), keys.current.salt)
    authorities = authorities_of(home, bootstrap, codec)
    member = Member(
        codec,
        successor or keys.current,
        keep,
        events,
        trust,
        ticket,
        keys,
        holdings=holdings,
        authorities=authorities,
    )
    with suppress(MalformedBody, UntrustedAuthorities):  # was told as an event when it came
        adopt_authorities(member)  # a power cut may have come between taking it and believing it
    held = HeldConnection(mode, time.monotonic)
    collected = partial(collect_properties, settings, codec)
    enforcement = Enforcement(
        holdings,
        partial(_place, collected, keep),
        load_enforcers(home, settings),
        EnforcedBook(home.path, codec),
        tasks or NoTasks(Journal(Book(home.path, codec), events.add, now_ms)),
        lambda kind, data: events.add(new_event(kind, data, now_ms())),
        codec,
        now_ms,
    )
    member.enforcement, member.entrusted = enforcement, [enforcement, holdings]
    going = HandlerTrust(codec, bootstrap, holdings, authorities)
    visitor = Visitor(member, going.handlers, Dialer(going), now_ms, time.monotonic, random.SystemRandom(), held=held)
    caller = Caller(
        member,
        Notices(member, events),
        partial(collect_claims, settings),
        collected,
        visitor,
        now_ms,
    )
    return Installed(member, events, caller, held, going)


def authorities_of(home: Home, bootstrap: Bootstrap, codec: Codec) -> Authorities:
    """The CAs that the agent of this home believes."""
    return Authorities(codec, bootstrap.root, bootstrap.ca, home.path / AUTHORITIES)


def _place(collected: Callable[[], dict[str, Any]], keep: DiskKeep) -> Place:
    """As of now; while a property file is broken the machine is what it last was."""
    try:
        properties = collected()
    except UnusableProperties:
        accepted = keep.accepted()
        properties = accepted.properties if accepted else {}
    return Place(addresses(), properties)


def _keep(home: Home, codec: Codec) -> DiskKeep:
    try:
        return DiskKeep(home.path, codec)
    except DamagedState:
        # Safe to begin anew: an agent without standing registers first, and that answer names the next number.
        (home.path / "state").rename(home.path / "state.damaged")
        return DiskKeep(home.path, codec)


def _trust(codec: Codec, bootstrap: Bootstrap, state: State) -> ServerTrust:
    try:
        return ServerTrust(codec, bootstrap.root, state.certificates, state.minimum_version)
    except UntrustedCertificate:  # damaged on disk: the next answer brings them again
        return ServerTrust(codec, bootstrap.root, (), state.minimum_version)
