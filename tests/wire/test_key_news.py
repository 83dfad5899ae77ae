"""A KeyUpdate is unsigned: its certificates are the root key's, each by itself, or the session ends."""

import pytest

from tests.wire.ends import CODEC, OTHER_ROOT, certificate, outgoing, trust, welcomed
from wire import keys
from wire.agent_session import AgentSession, State, Told, Violated
from wire.frames import to_frame
from wire.packages import MAX_KEY_UPDATE, encode_unsigned
from wire.trust import Pair, ServerTrust
from wire.types import ServerType


def key_update(*pairs: Pair) -> bytes:
    content = {"reason": "key_update_required", "certificates": [list(each) for each in pairs]}
    return to_frame(encode_unsigned(CODEC, ServerType.KEY_UPDATE, content))


def waiting_session(*held: Pair) -> tuple[AgentSession, ServerTrust]:
    """A session whose package awaits its answer."""
    believed = trust(*held)
    session = welcomed(believed)
    session.send(outgoing({}))
    return session, believed


def test_a_key_update_is_believed_for_the_root_keys_signatures_alone() -> None:
    session, believed = waiting_session(certificate(1))

    (told,) = session.receive(key_update(certificate(2), certificate(3)))

    assert isinstance(told, Told)
    assert (told.type, believed.newest_version, session.state) == (ServerType.KEY_UPDATE, 3, State.READY)


@pytest.mark.parametrize(
    "pairs",
    [
        [certificate(2, root=OTHER_ROOT)],
        [(certificate(2)[0], certificate(3)[1])],
        [(certificate(2)[0], b"")],
        [certificate(2, purpose="agent")],
        [certificate(2, algorithm=keys.RSA1024)],
        [certificate(2)] * (MAX_KEY_UPDATE + 1),
    ],
)
def test_a_key_update_with_a_certificate_that_is_not_the_roots_ends_the_session(pairs: list[Pair]) -> None:
    session, believed = waiting_session(certificate(1))

    (violated,) = session.receive(key_update(*pairs))

    assert isinstance(violated, Violated)
    assert (believed.newest_version, session.state) == (1, State.CLOSED)


@pytest.mark.parametrize("certificates", [None, 7, {}, [1], [[b""]], [[b"", "x"]]])
def test_a_key_update_without_certificates_ends_the_session(certificates: object) -> None:
    session, _ = waiting_session(certificate(1))

    (violated,) = session.receive(
        to_frame(encode_unsigned(CODEC, ServerType.KEY_UPDATE, {"certificates": certificates}))
    )

    assert isinstance(violated, Violated)


def test_a_key_update_that_nobody_asked_for_ends_the_session() -> None:
    session = welcomed(trust(certificate(1)))

    (violated,) = session.receive(key_update(certificate(2)))

    assert isinstance(violated, Violated)
