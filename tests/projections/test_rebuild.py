"""A projection is built anew beside the one in use, which goes on; then it takes its place at once."""

from collections.abc import Sequence

from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.runner import Projector
from tests.projections.under_test import Room


def a_fleet(room: Room, machines: int = 3, call_ins: int = 6) -> None:
    def act() -> None:
        for number in range(machines):
            machine = room.fleet.register(f"pc{number}")
            room.fleet.allow(machine)
            room.fleet.full_properties(machine, {"number": number})
            for _ in range(call_ins):
                room.fleet.call_in(machine)

    room.fleet.together(act)


def all_rows(room: Room, projections: Sequence[Projection] = PROJECTIONS) -> list[object]:
    reports = room.reports(projections=projections)
    agents = reports.agents().items
    return [
        reports.registrations().items,
        agents,
        [reports.agent(agent["agent_id"]) for agent in agents],
        reports.call_ins().items,
        [reports.timeline(agent["agent_id"]).items for agent in agents],
    ]


def progress(room: Room, name: str) -> dict[str, object] | None:
    found: dict[str, object] | None
    found = next(each["rebuilding"] for each in room.reports().projections() if each["name"] == name)
    return found


def steps_until_switched(room: Room, projector: Projector, name: str) -> int:
    steps = 0
    while progress(room, name) is not None:
        projector.step()
        steps += 1
    return steps


def test_a_rebuild_gives_identical_rows(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    before = all_rows(room)
    for projection in PROJECTIONS:
        room.fleet.order_rebuild(projection.name)

    room.catch_up()

    assert all_rows(room) == before


def test_reports_answer_and_stay_fresh_while_a_rebuild_goes_on(room: Room) -> None:
    a_fleet(room)
    projector = room.projector(page_events=5)
    room.catch_up(projector)
    room.fleet.order_rebuild("agents")
    projector.step()
    assert progress(room, "agents") is not None

    late = room.fleet.register("late")
    projector.step()

    assert progress(room, "agents") is not None
    found = room.reports().agents(name="late")
    assert [row["agent_id"] for row in found.items] == [str(late.agent_id)]
    assert not found.stale


def test_progress_of_a_rebuild_is_visible_until_it_is_switched(room: Room) -> None:
    a_fleet(room)
    projector = room.projector(page_events=5)
    room.catch_up(projector)
    room.fleet.order_rebuild("call_ins")
    projector.step()
    seen = progress(room, "call_ins")

    steps = steps_until_switched(room, projector, "call_ins")

    assert seen is not None
    assert seen["position"] == 5
    assert steps > 1


def test_a_rebuild_goes_on_after_its_projector_was_killed(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    before = all_rows(room)
    room.fleet.order_rebuild("agents")
    room.projector(page_events=5).step()
    assert progress(room, "agents") is not None

    steps_until_switched(room, room.projector(page_events=5), "agents")

    assert all_rows(room) == before


def test_an_order_starts_one_rebuild_only(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    room.fleet.order_rebuild("agents")
    room.catch_up()
    room.fleet.register("late")

    room.projector().step()

    assert progress(room, "agents") is None
    with room.database.reading() as reader:
        builds = reader.query("SELECT build FROM builds WHERE name = ?", ("agents",))
    assert len(builds) == 1


def test_a_refused_order_or_one_for_an_unknown_projection_starts_nothing(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    room.fleet.order_rebuild("agents", outcome="role_missing")
    room.fleet.order_rebuild("no such thing")

    room.projector(page_events=5).step()

    assert all(each["rebuilding"] is None for each in room.reports().projections())


def test_old_orders_in_the_log_start_nothing_when_reports_are_lost_and_made_anew(room: Room) -> None:
    room.fleet.order_rebuild("agents")
    a_fleet(room)

    room.catch_up(room.projector(page_events=5))

    with room.database.reading() as reader:
        assert reader.query("SELECT max(build) AS last FROM builds") == [{"last": len(PROJECTIONS)}]


def test_a_new_version_of_the_code_is_built_beside_the_old_tables_and_then_read(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    before = all_rows(room)
    newer = Projection("call_ins", version=2, needs_personal=True)
    newer.handlers = next(each for each in PROJECTIONS if each.name == "call_ins").handlers
    projections = [newer if each.name == "call_ins" else each for each in PROJECTIONS]
    projector = room.projector(projections, page_events=5)
    projector.step()
    assert len(room.reports().call_ins().items) == 21, "code of the old version still finds its tables"

    room.catch_up(projector)

    assert all_rows(room, projections) == before
    with room.database.reading() as reader:
        assert reader.query("SELECT version, state FROM builds WHERE name = 'call_ins'") == [
            {"version": 2, "state": "live"}
        ]


def test_the_tables_of_the_replaced_build_are_dropped(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    room.fleet.order_rebuild("agents")
    room.catch_up()

    fence = room.leases().acquire("another", "test")
    assert fence is not None
    with room.database.writing(fence) as transaction:
        tables = [name for name in transaction.tables() if name.startswith("agents_v")]
    version = next(each.version for each in PROJECTIONS if each.name == "agents")
    assert tables == [f"agents_v{version}_b{len(PROJECTIONS) + 1}"]


def test_rows_of_a_log_that_was_put_back_since_are_made_anew(room: Room) -> None:
    a_fleet(room)
    room.catch_up()
    fence = room.leases().acquire("projector", "one")
    assert fence is not None
    with room.database.writing(fence) as transaction:
        transaction.execute("UPDATE builds SET position = position + 1000")

    room.catch_up()

    reports = room.reports()
    assert {each["lag_events"] for each in reports.projections()} == {0}
    assert len(reports.call_ins().items) == 21
