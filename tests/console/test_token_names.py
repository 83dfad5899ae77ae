"""Decisions carry the name of a token alone: of the living ones each has a name of its own."""

from console.exit_code import ExitCode
from domain.orders import IssueToken, RevokeToken
from tests.console.conftest import Muster
from tests.console.site import Site

HOUR_MS = 3_600_000


def create(muster: Muster, name: str, *more: str) -> tuple[int, str]:
    ran = muster("tokens", "create", "--name", name, "--role", "viewer", *more)
    return ran.code, ran.err


def test_a_second_living_token_of_one_name_is_refused_whatever_the_case(site: Site, muster: Muster) -> None:
    assert create(muster, "alice")[0] == ExitCode.OK

    for name in ("alice", "Alice"):
        code, told = create(muster, name)
        assert code == ExitCode.CONFLICT
        assert "is called alice and is good" in told
        assert "(token_name_held)" in told


def test_a_name_is_free_again_once_its_token_is_revoked(site: Site, muster: Muster) -> None:
    create(muster, "alice")
    found = {each["name"]: each["token_id"] for each in site.client().get("/tokens").json()["items"]}

    assert muster("tokens", "revoke", found["alice"]).code == ExitCode.OK

    assert create(muster, "alice")[0] == ExitCode.OK
    assert create(muster, "alice")[0] == ExitCode.CONFLICT


def test_a_name_is_free_again_once_its_token_is_past_its_time(site: Site, muster: Muster) -> None:
    create(muster, "alice", "--expires-days", "1")
    site.room.clock.forward(25 * HOUR_MS)

    assert create(muster, "alice")[0] == ExitCode.OK


def test_two_orders_that_know_nothing_of_each_other_make_one_token_of_a_name(site: Site) -> None:
    first, second = (IssueToken(f"t-{each}", bytes([each]) * 32, "bob", "viewer") for each in (1, 2))

    outcomes = [each.outcome for each in site.room.orders([first, second])]

    assert outcomes == ["done", "token_name_held"]


def test_a_token_from_before_names_were_kept_holds_its_name_too(site: Site) -> None:
    assert site.room.order(RevokeToken("token-admin")).outcome == "done"
    site.project()
    client = site.client(None)
    client.headers["Authorization"] = f"Bearer {(site.room.directory / 'admin-token').read_text().strip()}"

    answer = client.post("/tokens", json={"name": "Admin", "role": "viewer"})

    assert (answer.status_code, answer.json()["code"]) == (409, "token_name_held")


def test_a_namesake_that_has_another_name_says_nothing(site: Site) -> None:
    site.room.order(IssueToken("t-1", b"1" * 32, "bob", "viewer"))

    assert site.room.order(IssueToken("t-2", b"2" * 32, "carol", "viewer", namesakes=("t-1",))).outcome == "done"
