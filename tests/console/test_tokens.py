"""Bearer tokens: which are good, what their use leaves behind, how they are made and revoked."""

import httpx
import pytest

from console.bearer_token import hash_of, looks_like_token, new_bearer_token
from tests.console.site import Site, secret_of


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_token_has_256_bits_and_a_prefix_that_scanners_find() -> None:
    token = new_bearer_token(lambda size: bytes(range(size)))

    assert token.secret == "muster_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert token.token_hash == hash_of(token.secret)
    assert looks_like_token(token.secret)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer " + secret_of("nobody"), "token_unknown"),
        ("Bearer x", "token_unknown"),
        ("Bearer muster_" + "é" * 43, "token_unknown"),
        ("Bearer ", "token_missing"),
        ("Basic YTpi", "token_missing"),
        (secret_of("admin"), "token_missing"),
    ],
)
def test_what_is_no_good_token_is_refused(site: Site, header: str, code: str) -> None:
    answer = site.client(None).get("/whoami", headers=[(b"Authorization", header.encode())])

    assert _code(answer) == (401, code)


def test_the_scheme_may_be_written_in_any_case(site: Site) -> None:
    answer = site.client(None).get("/whoami", headers={"Authorization": f"bearer {secret_of('viewer')}"})

    assert answer.json()["name"] == "viewer"


def test_a_token_ends_at_its_time(site: Site) -> None:
    site.add_token("viewer", "short", expires_at_ms=site.room.clock.now_ms + 1000)
    client = site.client("short")

    before = client.get("/whoami")
    site.room.clock.forward(1000)
    after = client.get("/whoami")

    assert before.json()["expires_at"] == "2026-01-01T00:00:01.000Z"
    assert _code(after) == (401, "token_expired")


def test_a_revoked_token_is_good_for_nothing_at_once(site: Site) -> None:
    client = site.client("viewer")
    assert client.get("/whoami").status_code == 200

    revoked = site.client().delete("/tokens/token-viewer", params={"reason": "left"})

    assert revoked.json()["outcome"] == "done"
    assert _code(client.get("/whoami")) == (401, "token_revoked")
    assert site.client().delete("/tokens/token-viewer").json()["outcome"] == "unchanged"


def test_a_token_made_here_works_at_once_and_its_secret_is_in_no_list(site: Site) -> None:
    made = site.client().post("/tokens", json={"name": "alice", "role": "operator", "expires_in_s": 3600})

    assert made.status_code == 201
    secret = made.json()["token"]
    identity = site.client(None).get("/whoami", headers={"Authorization": f"Bearer {secret}"}).json()
    assert (identity["name"], identity["role"]) == ("alice", "operator")
    assert identity["expires_at"] == made.json()["expires_at"] == "2026-01-01T01:00:00.000Z"
    listed = site.client("auditor").get("/tokens")
    assert "alice" in listed.text
    assert secret not in listed.text
    assert hash_of(secret).hex() not in listed.text
    assert secret.encode() not in b"".join(site.bus.sealed)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "role": "viewer"},
        {"name": "a\nb", "role": "viewer"},
        {"name": " a", "role": "viewer"},
        {"name": "a" * 101, "role": "viewer"},
        {"name": "a", "role": "root"},
        {"name": "a", "role": "viewer", "expires_in_s": 0},
        {"name": "a", "role": "viewer", "surprise": 1},
        {"name": "a"},
    ],
)
def test_a_token_with_a_value_out_of_range_is_not_made(site: Site, body: dict[str, object]) -> None:
    answer = site.client().post("/tokens", json=body)

    assert _code(answer) == (422, "invalid_request")
    assert len(site.client().get("/tokens").json()["items"]) == 4 + 1  # the founding one is the fifth


def test_making_a_token_again_under_the_same_key_is_refused_because_its_secret_was_told_once(site: Site) -> None:
    body, headers = {"name": "alice", "role": "viewer"}, {"Idempotency-Key": "k"}
    assert site.client().post("/tokens", json=body, headers=headers).status_code == 201

    answer = site.client().post("/tokens", json=body, headers=headers)

    assert _code(answer) == (422, "idempotency_key_reused")


def test_the_use_of_a_token_is_noted_once_a_day(site: Site) -> None:
    client = site.client("viewer")

    for hours in (0, 1, 22, 2):
        site.room.clock.forward(hours * 3_600_000)
        assert client.get("/whoami").status_code == 200

    assert len(site.bus.sealed) == 2
    (row,) = [row for row in site.client().get("/tokens").json()["items"] if row["name"] == "viewer"]
    assert row["last_used_at"] == "2026-01-02T01:00:00.000Z"


def test_a_use_that_cannot_be_noted_fails_no_request_and_is_tried_again_later(site: Site) -> None:
    site.bus.is_down = True
    client = site.client("viewer")
    assert client.get("/whoami").status_code == 200
    site.bus.is_down = False

    client.get("/whoami")
    at_once = len(site.bus.sealed)
    site.room.clock.forward(300_000)
    client.get("/whoami")

    assert (at_once, len(site.bus.sealed)) == (0, 1)


def test_a_token_that_nobody_has_cannot_be_revoked(site: Site) -> None:
    answer = site.client().delete("/tokens/nobody")

    assert _code(answer) == (404, "not_found")
