"""The install ticket on the agent's side: shown until it was answered, then never again."""

import base64
from pathlib import Path

import pytest

from agents.bootstrap import BadBootstrap, read_bootstrap
from agents.home import Home
from agents.identity import new_identity
from agents.install import install
from agents.machine import Claims
from agents.packing import registration_request
from agents.settings import Settings
from agents.standing import registration_answered
from agents.state import State
from agents.ticket import UnusableTicket, read_ticket_file, stored_ticket
from tests.agents.loopback import Loopback
from tests.agents.world import World
from wire.agent_session import Answered, Outgoing
from wire.install_ticket import public_half, ticket_key
from wire.types import AgentType, ServerType

SEED = bytes(range(32))
CLAIMS = Claims("box", "", "", "", [], {})


def answer(kind: ServerType, **content: object) -> Answered:
    return Answered(kind, content, 1, 1_800_000_000_000, 1, certificates_to_store=False)


def test_the_ticket_in_a_request_is_signed_for_this_key_alone(tmp_path: Path) -> None:
    member = World(tmp_path).member
    identity, other = member.identity, new_identity("p256")

    field = registration_request(member, CLAIMS, SEED)["ticket"]

    assert ticket_key(field, identity.fingerprint) == public_half(SEED)
    assert ticket_key(field, other.fingerprint) is None
    assert "ticket" not in registration_request(member, CLAIMS)


@pytest.mark.parametrize("field", [None, 1, {}, {"key": b"", "signature": b""}, {"key": bytes(32), "signature": "x"}])
def test_what_is_no_ticket_is_none(field: object) -> None:
    assert ticket_key(field, bytes(32)) is None


def test_the_ticket_is_put_away_when_the_agent_is_allowed_and_the_state_remembers(world: World) -> None:
    state = world.member.keep.state

    registration_answered(world.member, answer(ServerType.REGISTRATION_RESPONSE, status="pending"))
    waiting = state.ticket_done
    registration_answered(world.member, answer(ServerType.REGISTRATION_RESPONSE, status="allowed"))

    assert (waiting, state.ticket_done) == (False, True)
    assert State.from_plain(state.to_plain()) == state


def test_a_state_of_an_older_agent_has_shown_no_ticket() -> None:
    plain = State().to_plain()
    del plain["ticket_done"]

    assert State.from_plain(plain) == State()


@pytest.mark.parametrize("reason", ["ticket_used", "ticket_expired", "ticket_unknown", "ticket_revoked"])
def test_a_refused_ticket_is_told_and_never_shown_again(world: World, reason: str) -> None:
    object.__setattr__(world.member, "ticket", SEED)
    flow = world.flow()
    first = flow.start(lambda _: False)

    done = flow.answered(answer(ServerType.ACCESS_DENIED, reason=reason))
    again = world.flow().start(lambda _: False)

    assert isinstance(first, Outgoing)
    assert isinstance(again, Outgoing)
    assert getattr(done, "reason", None) == reason
    packages = [world.member.codec.decode(each.body) for each in (first, again)]
    assert ["ticket" in each for each in packages] == [True, False]
    assert again.type == AgentType.REGISTRATION_REQUEST


def test_an_install_keeps_the_ticket_for_the_owner_alone(tmp_path: Path, loopback: Loopback) -> None:
    bootstrap, ticket = loopback.bootstrap(4711), tmp_path / "ticket"
    ticket.write_text(base64.b64encode(SEED).decode() + "\n")
    home = Home(tmp_path / "home")

    install(home, bootstrap, Settings("box", "", None, "p256"), ticket)

    assert stored_ticket(home.path) == SEED
    assert (home.path / "ticket").stat().st_mode & 0o777 == 0o600
    assert stored_ticket(tmp_path) == SEED


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(bytes(31)).decode(), "AAAA\nAAAA"])
def test_a_file_that_holds_no_ticket_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "ticket").write_text(text)

    with pytest.raises(UnusableTicket):
        read_ticket_file(tmp_path / "ticket")


def test_a_bootstrap_file_may_bring_the_ticket(loopback: Loopback) -> None:
    ticket = base64.b64encode(SEED).decode()

    assert read_bootstrap(loopback.bootstrap(1).read_text()).ticket == b""
    assert read_bootstrap(loopback.bootstrap(1, ticket=ticket).read_text()).ticket == SEED
    with pytest.raises(BadBootstrap, match=r"^ticket: "):
        read_bootstrap(loopback.bootstrap(1, ticket="short").read_text())
