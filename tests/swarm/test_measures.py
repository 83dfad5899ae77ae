"""Figures that are told."""

from agents.swarm.measures import Measured, summary_ms
from agents.swarm.traffic import Traffic, TrafficSum


def test_percentiles_are_in_milliseconds() -> None:
    assert summary_ms([each / 1000 for each in range(101)]) == {"p50": 50.0, "p99": 99.0, "max": 100.0}


def test_of_nothing_there_is_nothing_to_say() -> None:
    assert summary_ms([]) == {"p50": None, "p99": None, "max": None}


def test_the_series_tells_each_second_of_acknowledgement() -> None:
    measured = Measured()
    measured.intended = 4
    for intended, now in ((100.0, 100.5), (100.1, 101.2), (100.2, 101.4)):
        measured.done(intended, now, 100.0)

    series = measured.series()

    assert [(each["second"], each["acknowledged"]) for each in series] == [(0, 1), (1, 2)]
    assert series[1]["max"] == 1200.0
    assert measured.time_until(0.25) == 1
    assert measured.time_until(0.75) == 2
    assert measured.time_until(1.0) is None


def test_overhead_is_counted_for_segments_and_for_the_close_of_whole_connections() -> None:
    traffic = TrafficSum()

    traffic.add(Traffic(1000, 500, 10) - Traffic(100, 100, 2), whole=False)
    assert traffic.ip_bytes == 900 + 400 + 8 * 52

    traffic.add(Traffic(0, 0, 0), whole=True)
    assert traffic.ip_bytes == 900 + 400 + 8 * 52 + 4 * 52 + 16
