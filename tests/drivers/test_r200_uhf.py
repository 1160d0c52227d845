"""The tag reader's driver against its twin: what is in its place, what is gone, and every fault of line and reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.faults import Severity
from drivers.contract import DeviceDown, DeviceUp, JunkReceived, LevelChanged, Quantity, Signal, Unlock, WireLost
from drivers.r200_uhf import Driver, Settings
from simulator.devices.r200_uhf import R200Uhf, twin
from simulator.devices.spot import Spot
from simulator.faults import Fault, Faults
from simulator.wires.pty import PtyPort
from simulator.wires.virtual import DriverClock, VirtualPort
from station.check import check_file
from tests.drivers.rig import LoopThread, VirtualRoom, maker, only, threaded

PORT = "sim://shelf"
ONE, TWO, ELSEWHERE = "30751FEB705C5904E3D50D70", "E2801160600002054CC2096F", "A1B2"
FOREIGN = "E280689400005001AB12CD34"
TAGS = {"1": ONE, "2": TWO, "40": ELSEWHERE}
GONE_MS = 5_000
LOOK_MS = 300
"""A look, and the pause before it."""


@dataclass
class Stand:
    """A reader with two things before it, and its driver; a third belongs to another station."""

    room: VirtualRoom
    reader: R200Uhf
    port: VirtualPort

    def run(self, milliseconds: int) -> list[tuple[str, object]]:
        return told(self.room.run(milliseconds))


def told(signals: list[Signal]) -> list[tuple[str, object]]:
    levels = only(LevelChanged, signals)
    assert all(signal.quantity is Quantity.IN_PLACE for signal in levels)
    return [(signal.device, signal.value) for signal in levels]


def make_stand(reader: R200Uhf | None = None, **settings: object) -> Stand:
    room = VirtualRoom()
    reader = reader or R200Uhf((ONE, TWO))
    port = room.bench.ports[PORT] = VirtualPort(reader)
    room.add("shelf", "r200-uhf", port=PORT, **{"tags": TAGS, **settings})
    return Stand(room, reader, port)


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = make_stand()
    yield stand
    stand.room.close()


@pytest.fixture
def settled(stand: Stand) -> Stand:
    stand.room.run(10_000)
    return stand


def test_what_is_there_is_told_at_once_and_what_is_missing_once_it_was_looked_for_long_enough(stand: Stand) -> None:
    assert stand.run(GONE_MS - 100) == [("shelf/1", True), ("shelf/2", True)]
    assert stand.run(1_000) == [("shelf/40", False)]


def test_a_thing_that_stays_is_told_once(settled: Stand) -> None:
    assert settled.room.run(120_000) == []


def test_a_thing_that_is_taken_is_gone_after_the_named_time_and_not_before(settled: Stand) -> None:
    settled.reader.take(TWO)
    assert settled.run(GONE_MS - LOOK_MS) == []
    assert settled.run(2 * LOOK_MS) == [("shelf/2", False)]


def test_a_thing_that_comes_back_is_told_with_the_next_look(settled: Stand) -> None:
    settled.reader.take(ONE)
    settled.room.run(GONE_MS + LOOK_MS)
    settled.reader.put(ONE)
    assert settled.run(LOOK_MS) == [("shelf/1", True)]


def test_a_thing_of_another_station_is_told_when_it_is_put_here(settled: Stand) -> None:
    settled.reader.put(ELSEWHERE)
    assert settled.run(LOOK_MS) == [("shelf/40", True)]


def test_a_thing_that_was_lifted_for_a_moment_was_never_gone(settled: Stand) -> None:
    for _ in range(20):
        settled.reader.take(ONE)
        settled.room.run(GONE_MS - 2 * LOOK_MS)
        settled.reader.put(ONE)
        settled.room.run(LOOK_MS)
    assert told([signal for _, signal in settled.room.stamped]).count(("shelf/1", False)) == 0


def test_tags_that_nobody_named_are_told_nobody(settled: Stand) -> None:
    for number in range(500):
        settled.reader.put(f"{number:024X}")
        settled.room.run(100)
        settled.reader.take(f"{number:024X}")
    settled.reader.put(FOREIGN)
    settled.room.run(5_000)
    assert len(settled.room.at(LevelChanged)) == 3


def test_a_tag_that_is_heard_too_weakly_is_not_here(settled: Stand) -> None:
    settled.reader.put(ONE, dbm=-71)
    assert settled.run(GONE_MS + LOOK_MS) == [("shelf/1", False)]
    settled.reader.put(ONE, dbm=-70)
    assert settled.run(LOOK_MS) == [("shelf/1", True)]


def test_in_a_crowd_where_each_look_misses_half_nothing_is_told_as_gone() -> None:
    tags = {str(number): f"{number:024X}" for number in range(1, 61)}
    stand = make_stand(R200Uhf(tuple(tags.values()), seed=3), tags=tags)
    stand.reader.misses = 0.5
    stand.room.run(120_000)
    assert sorted(told([signal for _, signal in stand.room.stamped])) == sorted((f"shelf/{n}", True) for n in tags)


def test_a_reader_that_was_left_looking_all_the_time_is_stopped() -> None:
    stand = make_stand()
    stand.reader.receive(bytes.fromhex("BB 00 27 00 03 22 27 10 83 7E"), 0)
    stand.room.run(1_000)
    assert stand.reader.looks_left == 0
    assert told([signal for _, signal in stand.room.stamped]) == [("shelf/1", True), ("shelf/2", True)]


# ---------------------------------------------------------------- faults


@dataclass(frozen=True)
class Row:
    """One fault for six seconds. `lost`: whether the device is; `junk`: whether bytes are told that mean nothing."""

    name: str
    begin: Callable[[Stand], object]
    end: Callable[[Stand], object]
    lost: str = ""  # the words
    junk: bool | None = False


def line(fault: Fault, *, lost: str = "", junk: bool = False) -> Row:
    """The same thing happens to every answer."""
    return Row(
        fault.value,
        lambda stand: setattr(stand.port.line, "faults", Faults(chances={fault: 1.0})),
        lambda stand: setattr(stand.port.line, "faults", Faults()),
        lost,
        junk,
    )


def reader(name: str, value: object, mended: object, *, lost: str = "") -> Row:
    """The reader itself has the fault."""
    return Row(
        f"{name} {value}",
        lambda stand: setattr(stand.reader, name, value),
        lambda stand: setattr(stand.reader, name, mended),
        lost,
    )


NOBODY = "no tag reader answers: check its power, and TX to RX and RX to TX"
ROWS = [
    line(Fault.SILENT, lost=NOBODY),
    line(Fault.LATE, lost=NOBODY),
    line(Fault.SPLIT),
    line(Fault.JOINED),
    line(Fault.STRAY_BEFORE, junk=True),
    line(Fault.STRAY_AFTER, junk=True),
    line(Fault.WRONG_CHECKSUM, lost=NOBODY, junk=True),
    line(Fault.FLIPPED_BIT, lost=NOBODY, junk=True),
    line(Fault.TRUNCATED, lost=NOBODY, junk=True),
    reader("silent", True, False, lost=NOBODY),
    reader("think_ms", 200, 0),
    reader("think_ms", 2_000, 0, lost=NOBODY),
    reader("cannot_look", 0x20, None, lost="the tag reader cannot look (error 20): check its antenna"),
    Row(
        "babbles",
        lambda stand: stand.reader.babble(stand.room.now_ms, on=True),
        lambda stand: stand.reader.babble(stand.room.now_ms, on=False),
        junk=None,
    ),
    Row(
        "unplugged",
        lambda stand: stand.room.bench.plug(PORT, plugged=False),
        lambda stand: stand.room.bench.plug(PORT, plugged=True),
        "the port is gone",
    ),
    Row("power cycle", lambda stand: stand.reader.power_cycle(), lambda _: None),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_fault_makes_nothing_go_or_come_and_what_changed_meanwhile_is_told_after_it(settled: Stand, row: Row) -> None:
    row.begin(settled)
    signals = settled.room.run(6_000)
    assert told(signals) in ([], [("shelf/1", True), ("shelf/2", True)]), "nothing that stays is told as gone"
    downs = [signal.detail for signal in only(DeviceDown, signals)]
    assert downs[:1] == ([row.lost] if row.lost else [])
    junk = settled.room.at(JunkReceived)
    assert row.junk is None or bool(junk) == row.junk
    times = sorted({at_ms for at_ms, _ in junk})
    assert all(later - earlier >= 1_000 for earlier, later in pairwise(times))
    row.end(settled)
    settled.reader.take(ONE)
    settled.reader.put(ELSEWHERE)
    ended_ms = settled.room.now_ms
    after = settled.room.run(20_000)
    assert bool(only(DeviceUp, after)) == bool(row.lost)
    assert told(after)[-1] == ("shelf/1", False)
    assert ("shelf/40", True) in told(after)
    came = next(at for at, signal in settled.room.at(LevelChanged) if at >= ended_ms and signal.device == "shelf/40")
    assert came - ended_ms <= (9_000 if row.lost else 1_000)


@pytest.mark.parametrize("fault", list(Fault))
def test_a_line_that_fails_now_and_then_never_makes_a_thing_go_or_come(settled: Stand, fault: Fault) -> None:
    settled.port.line.faults = Faults(seed=1, chances={fault: 0.15})
    signals = settled.room.run(120_000)
    assert {device for device, value in told(signals) if value} <= {"shelf/1", "shelf/2"}
    assert {device for device, value in told(signals) if not value} <= {"shelf/40"}


def test_no_reader_at_all_says_what_to_check_and_gives_the_port_back() -> None:
    stand = make_stand()
    stand.reader.silent = True
    down = only(DeviceDown, stand.room.run(2_000))[0]
    assert down.detail == NOBODY
    assert not stand.room.bench.owners


def driver_of(stand: Stand, clock: DriverClock) -> Driver:
    """Another driver on a wire that the stand's own has never opened."""
    settings = Settings(driver="r200-uhf", port=PORT, tags=TAGS)
    return Driver("shelf", settings, stand.room.bench.wires("x", clock), clock)


def test_no_poll_blocks_for_longer_than_a_look(stand: Stand) -> None:
    clock = DriverClock()
    driver = driver_of(stand, clock)
    assert told(list(driver.poll())) == [("shelf/1", True), ("shelf/2", True)]
    stand.reader.silent = True
    for _ in range(2):
        clock.rest(driver.rest_ms())
        before = clock.steady_ms()
        assert list(driver.poll()) == []
        assert clock.steady_ms() - before <= LOOK_MS
    clock.rest(driver.rest_ms())
    with pytest.raises(WireLost, match="no tag reader answers"):
        driver.poll()
    driver.close()


def test_it_takes_no_command(stand: Stand) -> None:
    driver = driver_of(stand, DriverClock())
    with pytest.raises(TypeError, match="a tag reader cannot do Unlock"):
        driver.execute(Unlock("shelf", 500))
    driver.close()


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"0": ONE},
        {"1000": ONE},
        {"one": ONE},
        {"1": "30751"},
        {"1": ONE.lower()},
        {"1": ""},
        {"1": ONE, "2": ONE},
        {"1": "AB" * 64},
        {str(number): f"{number:04X}" for number in range(1, 202)},
    ],
)
def test_tags_that_cannot_be_told_apart_or_read_are_refused(tags: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(driver="r200-uhf", port=PORT, tags=tags)


def test_its_points_are_the_things_of_the_file() -> None:
    settings = Settings(driver="r200-uhf", port=PORT, tags=TAGS)
    assert settings.channel_numbers() == [1, 2, 40]


FILE = Path(__file__).parents[2] / "config/stations/courier-rest.toml"
TABLE = '\n[devices.shelf]\ndriver = "r200-uhf"\nport = "/dev/serial/by-id/shelf"\ntags = { %s }\n'


@pytest.mark.parametrize(
    ("tags", "fault"),
    [
        (f'1 = "{ONE}", 40 = "{ELSEWHERE}"', ""),
        (f'1 = "{ONE}", 2 = "{ONE}"', f"the tag {ONE} is there twice"),
        ('1 = "umbrella"', "umbrella"),
        ("", "tags"),
    ],
)
def test_the_check_takes_a_reader_with_tags_and_says_what_is_wrong_with_them(
    tmp_path: Path, tags: str, fault: str
) -> None:
    path = tmp_path / "station.toml"
    path.write_text(FILE.read_text(encoding="utf-8") + TABLE % tags, encoding="utf-8")
    faults = [one for one in check_file(path) if one.severity is Severity.ERROR]
    found = "\n".join(str(one) for one in faults)
    assert fault in found
    assert bool(found) == bool(fault)


# ---------------------------------------------------------------- in real time


def test_on_a_pseudo_terminal_with_the_stations_own_threads(tmp_path: Path) -> None:
    devices = LoopThread()
    reader = twin(Spot("shelf", {"tags": {"1": ONE, "2": TWO}}))
    port = devices.call(lambda: PtyPort(tmp_path / "shelf", reader))
    devices.call(port.plug)
    with threaded("shelf", maker("shelf", "r200-uhf", port=str(port.link), tags=TAGS, gone_seconds=2)) as running:
        running.wait_for(LevelChanged, lambda signal: signal.device == "shelf/1" and signal.value is True)
        running.wait_for(LevelChanged, lambda signal: signal.device == "shelf/40" and signal.value is False)
        devices.call(lambda: port.act(lambda _: reader.take(ONE)))
        assert running.wait_for(LevelChanged).device == "shelf/1"
        devices.call(port.unplug)
        running.wait_for(DeviceDown)
        devices.call(port.plug)
        devices.call(lambda: port.act(lambda _: reader.put(ONE)))
        running.wait_for(LevelChanged, lambda signal: signal.device == "shelf/1" and signal.value is True)
    devices.call(port.close)
    devices.close()
