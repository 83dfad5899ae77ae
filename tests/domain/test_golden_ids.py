"""Stream ids are in every log there is: pinned, and made by RFC 9562 version 5 from one name space."""

from uuid import UUID, uuid5

import pytest

from domain import ids

FINGERPRINT = bytes(range(32))
HEX = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"


def test_the_name_space() -> None:
    assert UUID("6d757374-6572-5c6f-a1b2-0d5c2f8e4a91") == ids.NS


@pytest.mark.parametrize(
    ("number", "stream", "version", "chapter"),
    [
        (1, "072f3bf3-a89c-53f3-956c-a4a23f1dd9c3", 1, 0),
        (65_536, "072f3bf3-a89c-53f3-956c-a4a23f1dd9c3", 65_536, 0),
        (65_537, "16b45ba1-ed98-5df7-a27c-da7f6c4629f6", 1, 1),
        (131_073, "2cbda91b-101c-5014-94df-81e2b56096d5", 1, 2),
    ],
)
def test_the_place_of_a_package_in_the_diary_of_its_key(number: int, stream: str, version: int, chapter: int) -> None:
    assert (ids.diary_stream(FINGERPRINT, number), ids.diary_version(number)) == (UUID(stream), version)
    assert uuid5(ids.NS, f"diary/{HEX}/{chapter}") == UUID(stream)


def test_the_streams_of_the_aggregates() -> None:
    assert ids.registration_stream(FINGERPRINT) == UUID("8aebe1f2-de3e-5c34-8985-48b1b599dc40")
    assert ids.order_stream(bytes(range(16))) == UUID("e03e0daf-9704-54ac-bf62-fa60e6600bbb")
    assert ids.server_key_stream(1) == UUID("010a1cc6-8db0-519c-ad27-85f086feb9a3")
    assert ids.agent_handler_stream("handler-1") == UUID("5aaa5d98-cf6d-518d-96b7-0eabe7f2f53f")
    assert ids.operator_token_stream("t-1") == UUID("6999289a-33f4-5fe5-9ece-f12c46bf34d1")
    assert ids.service_stream(7) == UUID("e8682575-17c7-5d3d-b825-0b3b88701a44")
    assert ids.unverified_stream(7) == UUID("f0819ded-c127-590a-8516-3e7e22e696b3")
    assert UUID("ed99fc95-9b3b-5635-ac32-8a6d1e8dab99") == ids.REGISTRATION_POLICY_STREAM
    assert UUID("7505ba35-69e0-5a63-99d5-db8ae7d792a3") == ids.SYSTEM_TREE_STREAM
    assert UUID("ea14eaec-6d44-58eb-8b02-615d6827161c") == ids.SORTING_RULES_STREAM
    assert UUID("136bc7c8-540d-5dca-aab9-8dc64141efe3") == ids.ROOT_GROUP
    assert ids.policy_stream("policy", "file", "motd") == UUID("b994da2d-bbfa-5c7d-a9b4-72b236590cf1")
    assert ids.policy_category_stream("vpn") == UUID("b4a4a910-eca4-5814-a9b0-33d8f7878d00")
    assert ids.placement_stream(UUID(int=7)) == UUID("5697ede2-bd65-5211-a056-d7c9c1a8ffbf")
    assert ids.wake_up_stream(bytes(range(16)), UUID(int=7)) == UUID("9cf81dba-0ad3-502f-878c-f5cbaa690a35")
    assert UUID("840a2fc2-903a-59ab-9c30-d241565fe418") == ids.SERVER_LIST_STREAM
    assert UUID("c61583bc-2541-5b95-b2c5-6423d774f528") == ids.REPOSITORY_LIST_STREAM
    assert UUID("d1df282d-55d2-5e0b-a476-7043d9d93fc8") == ids.CA_SET_STREAM
