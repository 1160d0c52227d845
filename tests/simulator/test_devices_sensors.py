"""The simulated tracker, beams, sensors and UPS server by themselves."""

from itertools import pairwise
from pathlib import Path

from simulator.devices.beam_counter import CHATTER_MS, Beam, BeamCounter
from simulator.devices.ds18b20 import Ds18b20
from simulator.devices.ld2450 import STILL_REPORTS, Ld2450
from simulator.devices.nut import Nut
from simulator.devices.sht3x import MEASURE_MS, SINGLE_SHOT, SOFT_RESET, Sht3x
from simulator.faults import Fault, Faults
from simulator.wires.stream import Channel


def people_in(report: bytes) -> int:
    return sum(any(report[at : at + 8]) for at in range(4, 28, 8))


def test_a_tracker_sees_three_people_at_most_and_one_when_set_so() -> None:
    tracker = Ld2450()
    tracker.people(*[(x_mm, 1_000) for x_mm in range(0, 500, 100)])
    assert people_in(tracker.tick(100)[0][1]) == 3
    tracker.single_target = True
    assert people_in(tracker.tick(200)[0][1]) == 1


def test_a_tracker_loses_who_sits_still_and_finds_them_when_they_move() -> None:
    tracker = Ld2450()
    tracker.people((0, 1_000), speed_cm_s=0)
    seen = [people_in(tracker.tick(at_ms)[0][1]) for at_ms in range(100, (STILL_REPORTS + 10) * 100, 100)]
    assert sum(seen) == STILL_REPORTS
    tracker.people((0, 1_000))
    assert people_in(tracker.tick(100_000)[-1][1]) == 1


def test_a_beam_has_its_active_level_while_something_stands_in_it() -> None:
    for active_high in (True, False):
        beam = Beam(active_high=active_high)
        assert beam.level is not active_high
        beam.shade(100, 300)
        beam.shade(200, 400)
        beam.shade(900, 950)
        edges = [(100, active_high), (400, not active_high), (900, active_high), (950, not active_high)]
        assert beam.tick(1_000) == edges
        assert beam.due_ms() is None


def test_a_beam_that_was_looked_at_already_changes_all_the_same() -> None:
    beam = Beam()
    assert beam.tick(5_000) == []
    beam.block(4_000)
    assert [level for _, level in beam.tick(5_000)] == [True]
    beam.clear(4_500)
    assert [level for _, level in beam.tick(5_000)] == [False]
    assert beam.tick(90_000) == []


def test_a_beam_that_flickers_ends_where_it_should_within_its_time() -> None:
    beam = Beam(chatter=True, seed=4)
    beam.shade(100, 300)
    edges = beam.tick(1_000)
    assert [level for _, level in edges] == [True, False, True, False, True, False]
    assert edges[2][0] - 100 < CHATTER_MS
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(edges))


def test_a_body_breaks_both_beams_for_a_while_in_the_order_of_its_way() -> None:
    counter = BeamCounter()
    counter.walk(0, inward=False, broken_ms=200, apart_ms=50)
    assert counter.inner.tick(1_000) == [(0, True), (200, False)]
    assert counter.outer.tick(1_000) == [(50, True), (250, False)]


def test_a_humidity_sensor_acknowledges_nothing_while_it_measures_and_answers_once() -> None:
    sensor = Sht3x()
    assert sensor.read(6, 0) == b""
    assert sensor.write(SINGLE_SHOT, 10)
    assert sensor.read(6, 10 + MEASURE_MS - 1) == b""
    assert not sensor.write(SINGLE_SHOT, 10 + MEASURE_MS - 1)
    assert len(sensor.read(6, 10 + MEASURE_MS)) == 6
    assert sensor.read(6, 10 + MEASURE_MS) == b""
    assert sensor.write(SOFT_RESET, 100)
    assert not sensor.write(SINGLE_SHOT, 100)


def test_a_one_wire_sensor_is_a_folder_that_comes_and_goes(tmp_path: Path) -> None:
    sensor = Ds18b20(tmp_path, "28-000000000001", 23.5)
    file = tmp_path / "28-000000000001" / "w1_slave"
    assert file.read_text().endswith("t=23500\n")
    sensor.disturb()
    assert " NO\n" in file.read_text()
    sensor.unplug()
    assert list(tmp_path.iterdir()) == []


def test_what_a_service_says_keeps_its_order_however_late_it_is() -> None:
    server = Nut("u")
    channel = Channel(server, Faults(seed=2, chances={Fault.LATE: 0.5, Fault.SPLIT: 0.5}))
    assert channel.connect(0)
    for at_ms in range(0, 200, 20):
        server.variables = {"ups.status": f"OL {at_ms}"}
        channel.from_client(b"LIST VAR u\n", at_ms)
    times = [at_ms for at_ms, _ in channel.coming]
    assert times == sorted(times)
    said = b"".join(data for _, data in channel.coming)
    assert [line for line in said.split(b"\n") if b"VAR u ups" in line] == [
        b'VAR u ups.status "OL %d"' % at_ms for at_ms in range(0, 200, 20)
    ]
