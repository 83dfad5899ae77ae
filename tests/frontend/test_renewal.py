"""A renewed certificate under a frontend that runs: new connections get it, open ones go on."""

import logging
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twisted.internet.task import Clock

from frontend.limits import Limits
from frontend.renewal import LOOK_EVERY_S, Pems, Renewal
from frontend.tls import ServerTls
from tests.frontend.certificates import certificate_and_key, handler_certificate
from tests.frontend.test_tls import Loopback, call_in, client_context, heard
from tests.frontend.world import SIGNED_ANSWER, frame

NOW = datetime.now(UTC)


class Files:
    """What is on the disk; ``renewal`` looks at it by a clock of the test's."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self._caplog = caplog
        self.pems: Pems | OSError = handler_certificate("a")
        self.tls = ServerTls(*self.pems)
        self.first = self.tls.certificate
        self.clock: Any = Clock()
        self.renewal = Renewal(self.tls, self.pems, self._read, self.clock, lambda: int(NOW.timestamp() * 1000))
        self.renewal.start()

    def _read(self) -> Pems:
        if isinstance(self.pems, OSError):
            raise self.pems
        return self.pems

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(LOOK_EVERY_S)

    @property
    def told(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records]


@pytest.fixture
def files(caplog: pytest.LogCaptureFixture) -> Files:
    return Files(caplog)


def test_a_renewed_certificate_is_taken_at_the_next_look_and_told(files: Files) -> None:
    files.pems = handler_certificate("a", until=NOW + timedelta(days=30))

    files.look()

    assert files.tls.certificate.not_valid_after_utc > NOW + timedelta(days=29)
    assert files.told == [
        f"New connections get the renewed certificate, which ends at {NOW + timedelta(days=30):%FT%TZ}"
    ]


def test_what_did_not_change_is_not_told(files: Files) -> None:
    files.look(3)

    assert (files.told, files.tls.certificate) == ([], files.first)


def test_a_key_that_is_written_before_its_certificate_alarms_nobody(files: Files) -> None:
    new, old = handler_certificate("a"), files.pems
    assert not isinstance(old, OSError)

    files.pems = (old[0], new[1])
    files.look()
    files.pems = new
    files.look()

    assert files.tls.certificate != files.first
    assert [each for each in files.told if "not used" in each] == []


@pytest.mark.parametrize("fault", ["no PEM", "another's key", "another handler", "ended", "gone"])
def test_what_cannot_be_used_leaves_the_old_one_in_use_and_is_told_once(files: Files, fault: str) -> None:
    good = handler_certificate("a")
    faults: dict[str, Pems | OSError] = {
        "no PEM": (b"nothing", good[1]),
        "another's key": (good[0], handler_certificate("a")[1]),
        "another handler": handler_certificate("b"),
        "ended": handler_certificate("a", until=NOW - timedelta(hours=1)),
        "gone": FileNotFoundError("there is no handler-a.pem"),
    }
    files.pems = faults[fault]

    files.look(4)

    assert files.tls.certificate == files.first
    [told] = files.told
    assert told.startswith("The renewed certificate is not used, the one before stays in use: ")
    files.pems = good
    files.look()
    assert files.tls.certificate != files.first


def test_who_asks_hears_what_came_of_it_at_once(files: Files) -> None:
    files.renewal.asked()
    files.pems = (b"nothing", b"")
    files.renewal.asked()
    files.pems = handler_certificate("a")
    files.renewal.asked()

    same, bad, good = files.told
    assert same == "The certificate in the files is the one in use"
    assert "not used" in bad
    assert good.startswith("New connections get the renewed certificate")


def test_a_stopped_renewal_looks_no_more(files: Files) -> None:
    files.renewal.stop()
    files.pems = handler_certificate("a")

    files.look(2)

    assert files.tls.certificate == files.first


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    running = Loopback(Limits(tick_s=0.05))
    yield running
    running.stop()


def test_over_real_tls_held_connections_go_on_and_new_ones_are_shown_the_new_certificate(loopback: Loopback) -> None:
    context = client_context()
    with call_in(loopback, context) as held:
        before = held.getpeercert(binary_form=True)
        certificate, key = certificate_and_key(renewal=1)
        context.load_verify_locations(cadata=certificate.decode())

        loopback.tls.renew(certificate, key, NOW)

        with loopback.connect(context, held.session) as new:
            heard(new, 1)
            shown, resumed = new.getpeercert(binary_form=True), new.session_reused
        held.sendall(frame())
        assert heard(held, 1) == [SIGNED_ANSWER]

    assert shown == ssl.PEM_cert_to_DER_cert(certificate.decode()) != before
    assert not resumed, "a session under the old certificate is not resumed"
