"""Orders over the bus: sealed, repeated under one id, their replies checked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import msgspec
import pytest

from broker.bus import BusLost
from broker.in_process import InProcessBroker
from broker.seal import ForgedMessage, unseal
from console.orders import Orders, OutcomeUnknown, command_id_of
from domain.orders import AllowRegistration, Order
from tests.console.site import Site

ANY = {"If-Match": "*"}


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def _orders(site: Site) -> list[Order]:
    key = site.room.order_keys.order
    return [msgspec.msgpack.decode(unseal(key, sealed), type=Order) for sealed in site.bus.sealed]


def test_an_order_says_who_gave_it_when_and_on_which_version(site: Site) -> None:
    agent = site.agent("pc-1")
    client = site.client("operator")
    client.get("/whoami")

    client.post("/registrations/pc-1/allow", json={"reason": "known"}, headers={"If-Match": '"1"'})

    order = _orders(site)[-1]
    assert order.command == AllowRegistration(agent.fingerprint, "known")
    assert (order.operator, order.role) == ("operator", "operator")
    assert (order.issued_at_ms, order.if_match) == (site.room.clock.now_ms, 1)


def test_the_same_request_under_the_same_key_is_carried_out_once(site: Site) -> None:
    site.agent("pc-1")
    client = site.client()
    headers = ANY | {"Idempotency-Key": "order-1"}
    first = client.post("/registrations/pc-1/allow", headers=headers).json()
    client.post("/registrations/pc-1/revoke", json={"reason": "x"}, headers=ANY)
    before = len(site.room.topics())

    again = client.post("/registrations/pc-1/allow", headers=headers).json()

    assert again["outcome"] == first["outcome"] == "done"
    assert again["registration"]["status"] == "Revoked"
    assert len(site.room.topics()) == before
    assert _orders(site)[-1].command_id == command_id_of("admin", "order-1")


def test_another_request_under_the_same_key_is_refused(site: Site) -> None:
    site.agent("pc-1")
    headers = ANY | {"Idempotency-Key": "order-1"}
    site.client().post("/registrations/pc-1/allow", headers=headers)

    answer = site.client().post("/registrations/pc-1/revoke", json={"reason": "x"}, headers=headers)

    assert _code(answer) == (422, "idempotency_key_reused")


def test_the_same_key_of_two_operators_means_two_orders() -> None:
    assert command_id_of("alice", "k") != command_id_of("bob", "k")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_a_key_that_cannot_be_sent_again_unchanged_is_refused(site: Site, key: str) -> None:
    site.agent("pc-1")

    answer = site.client().post("/registrations/pc-1/allow", headers=ANY | {"Idempotency-Key": key})

    assert _code(answer) == (422, "invalid_request")


def test_an_answer_lost_once_is_asked_for_again_with_the_same_order(site: Site) -> None:
    site.agent("pc-1")
    client = site.client()
    client.get("/whoami")
    site.bus.sealed.clear()
    site.bus.lost_answers = 1

    answer = client.post("/registrations/pc-1/allow", headers=ANY)

    assert answer.json()["outcome"] == "done"
    assert len(site.bus.sealed) == 2
    assert len({order.command_id for order in _orders(site)}) == 1
    assert site.room.topics().count("Agent.Allowed") == 1


def test_an_unknown_outcome_can_be_asked_for_under_the_key_that_the_problem_names(site: Site) -> None:
    site.agent("pc-1")
    client = site.client()
    client.get("/whoami")
    site.bus.lost_answers = 2

    silent = client.post("/registrations/pc-1/allow", headers=ANY)
    key = silent.json()["idempotency_key"]
    answer = client.post("/registrations/pc-1/allow", headers=ANY | {"Idempotency-Key": key})

    assert _code(silent) == (504, "outcome_unknown")
    assert key in silent.json()["detail"]
    assert answer.json()["outcome"] == "done"
    assert site.room.topics().count("Agent.Allowed") == 1


def test_without_a_broker_nothing_is_ordered(site: Site) -> None:
    site.agent("pc-1")
    site.bus.is_down = True

    answer = site.client().post("/registrations/pc-1/allow", headers=ANY)

    assert _code(answer) == (503, "bus_unavailable")
    assert "Retry-After" in answer.headers


def test_a_reply_sealed_by_somebody_else_is_refused(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.agent("pc-1")
    site.client().get("/whoami")
    site.bus.forge = b"k" * 32

    answer = site.client().post("/registrations/pc-1/allow", headers=ANY)

    assert _code(answer) == (502, "forged_reply")
    assert "forged" in caplog.text


def test_a_true_reply_to_another_order_is_refused(site: Site) -> None:
    site.agent("pc-1")
    keys, clock = site.room.order_keys, site.room.clock
    orders = Orders(site.bus, keys.order, keys.reply, clock, lambda size: b"\1" * size)
    site.bus.replay = Recording(site).reply_to(AllowRegistration(b"\0" * 32))

    with pytest.raises(ForgedMessage):
        orders.give(AllowRegistration(b"\1" * 32), operator="olga", role="admin")


class Recording:
    """Somebody who keeps the true replies that travel over the bus."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def order(self, body: bytes, timeout_s: float) -> bytes:
        """Pass on, and keep the reply."""
        self.reply = self._site.bus.order(body, timeout_s)
        return self.reply

    def close(self) -> None:
        """Nothing is open."""

    def reply_to(self, command: AllowRegistration) -> bytes:
        """The reply to an order of our own."""
        keys = self._site.room.order_keys
        orders = Orders(self, keys.order, keys.reply, self._site.room.clock, lambda size: b"\2" * size)
        orders.give(command, operator="olga", role="admin")
        return self.reply


def test_an_order_that_waited_too_long_is_refused_and_may_be_given_again(site: Site) -> None:
    site.agent("pc-1")
    client = site.client()
    client.get("/whoami")
    console_clock = site.room.clock.now_ms

    site.app.state.orders._clock_ms = lambda: console_clock - 61_000
    answer = client.post("/registrations/pc-1/allow", headers=ANY)

    assert _code(answer) == (503, "order_expired")
    assert client.get("/registrations/pc-1").json()["status"] == "Pending"


@contextmanager
def _worker(broker: InProcessBroker, site: Site) -> Iterator[None]:
    bus = broker.worker_bus()
    bus.open()

    def work() -> None:
        with suppress(BusLost):
            while True:
                deliveries = bus.take(10, 1.0)
                for message in site.room.shift.handle(deliveries) if deliveries else ():
                    bus.reply(message.address, message.body, message.correlation_id)
                bus.acknowledge(deliveries)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        bus.close()
        thread.join()


def test_orders_travel_over_the_bus_to_the_worker_and_back(site: Site) -> None:
    agent = site.agent("pc-1")
    broker, keys = InProcessBroker(), site.room.order_keys
    orders = Orders(broker.order_bus(), keys.order, keys.reply, site.room.clock, lambda size: b"\1" * size)

    with _worker(broker, site):
        outcome = orders.give(AllowRegistration(agent.fingerprint), operator="olga", role="admin")

    assert outcome.outcome == "done"
    assert site.room.topics().count("Agent.Allowed") == 1


def test_a_worker_that_is_not_there_leaves_the_outcome_unknown(site: Site) -> None:
    bus, keys = InProcessBroker().order_bus(), site.room.order_keys
    orders = Orders(bus, keys.order, keys.reply, site.room.clock, lambda size: b"\1" * size, timeout_s=0.01)

    with pytest.raises(OutcomeUnknown) as unknown:
        orders.give(AllowRegistration(b"f" * 32), operator="olga", role="admin")

    assert unknown.value.idempotency_key == "01" * 16
