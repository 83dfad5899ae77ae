"""Names and rights, without a broker."""

import re

import pytest

from broker import topology
from broker.topology import Rights


@pytest.mark.parametrize(
    ("user", "queue", "owns"),
    [
        ("fe1", "muster.reply.fe1.abc", True),
        ("fe1", "muster.reply.fe2.abc", False),
        ("fe1", "muster.reply.fe10.abc", False),
        ("fe1", "muster.commands", False),
        ("fe1", "", False),
        ("", "muster.reply..abc", False),
    ],
)
def test_a_frontend_owns_the_queues_that_carry_its_name(user: str, queue: str, owns: bool) -> None:
    assert topology.owns_queue("commands", user, queue) is owns
    assert (user != "" and re.match(topology.frontend_rights(user).read, queue) is not None) is owns


def test_new_reply_queues_have_new_names_of_ones_own() -> None:
    first, second = topology.reply_queue("fe1"), topology.reply_queue("fe1")

    assert first != second
    assert topology.owns_queue("commands", "fe1", first)


@pytest.mark.parametrize("user", ["", "a.b", "a*", "fe1\n", "muster.reply.x"])
def test_a_user_name_that_means_something_in_a_pattern_is_refused(user: str) -> None:
    with pytest.raises(topology.ForbiddenUserName):
        topology.frontend_rights(user)


@pytest.mark.parametrize("rights", [topology.frontend_rights("fe1"), topology.CONSOLE_RIGHTS, topology.WORKER_RIGHTS])
def test_rights_are_anchored_and_let_nobody_near_other_queues(rights: Rights) -> None:
    for pattern in rights:
        assert pattern.startswith("^")
        assert not re.search(pattern, "amq.direct")
        assert not re.search(pattern, "x.muster.commands")
