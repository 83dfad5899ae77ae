"""The registration of an offered key rests on a package of the key before it, and on no policy."""

import json

from console.exit_code import ExitCode
from tests.console.conftest import Muster
from tests.console.site import Site
from wire import keys
from wire.key_update import key_update
from wire.types import AgentType
from worker_room import SpeakingAgent


def re_keyed(site: Site) -> tuple[SpeakingAgent, int]:
    """An allowed agent that has offered a key, and the position of that."""
    agent, new = site.allowed_agent("pc-1"), SpeakingAgent(site.room, "pc-1", keys.ED25519, seed=8)
    body = key_update(agent.fingerprint, new.public.der, ["p256"], lambda message: keys.sign(new.private, message))
    agent.say(agent.package(AgentType.AGENT_KEY_UPDATE, body, 0))
    site.project()
    return agent, site.room.events("Registration.Requested")[-1].position


def test_the_evidence_of_an_offered_key_is_signed_by_the_key_before_it(site: Site, muster: Muster) -> None:
    agent, position = re_keyed(site)

    ran = muster("agents", "evidence", "pc-1", str(position), "-o", "json")

    assert ran.code == ExitCode.OK, ran.err
    assert "verified" in ran.err
    document = json.loads(ran.out)
    package = document["package"]
    assert document["registration_id"] == agent.fingerprint.hex()
    assert package["key"] == agent.public.der.hex()
    assert package["header"]["type"] == "AgentKeyUpdate"


def test_a_dry_run_counts_an_offered_key_as_decided_by_no_policy(site: Site) -> None:
    agent, _ = re_keyed(site)

    answer = site.client().post("/registration-policy/dry-run", json={"otherwise": "allow-all"}).json()

    assert answer["bypassed"] == 1
    assert [each["registration_id"] for each in answer["items"]] == [agent.fingerprint.hex()]
