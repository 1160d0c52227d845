"""The door controller's driver against its twin on a UDP port of loopback, in real time: `uhppoted` keeps its own."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.faults import Severity
from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceTampered,
    DeviceUp,
    HoldReleased,
    JunkReceived,
    LevelChanged,
    Outcome,
    Quantity,
    Relock,
    Signal,
    Unlock,
    WireLost,
)
from drivers.uhppote import ANSWER_MS, CHECK_MS, EVERY_MS, Driver, Settings
from drivers.uhppote_doors import levels
from drivers.wire import RealWires
from simulator.devices.spot import Spot
from simulator.devices.uhppote import OPEN_FOR_GOOD, SHUT_FOR_GOOD, Uhppote, twin
from simulator.faults import Fault, Faults
from simulator.wires.datagram import UdpService
from station.check import check_file
from station.clock import SteadyClock
from tests.drivers.rig import LoopThread, maker, only, threaded

SERIAL = 405419896
STATUS, OPEN, SET_DOOR = 0x20, 0x40, 0x80


class Leap:
    """A real clock that a test may put forward."""

    def __init__(self) -> None:
        self._real = SteadyClock()
        self.ahead_ms = 0

    def steady_ms(self) -> int:
        return self._real.steady_ms() + self.ahead_ms

    def rest(self, milliseconds: int) -> None:
        self.ahead_ms += milliseconds


@dataclass
class Stand:
    """A controller of two doors on its port, and its driver without a runner."""

    loop: LoopThread
    service: UdpService
    controller: Uhppote
    clock: Leap = field(default_factory=Leap)

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self.service.port, "serial": SERIAL, "doors": 2, **changes}

    def driver(self, **changes: Any) -> Driver:
        settings = Settings.model_validate({"driver": "uhppote", **self.settings(**changes)})
        return Driver("gate", settings, RealWires(), self.clock)

    def act(self, deed: Callable[[int], Any]) -> Any:
        return self.loop.call(lambda: self.service.act(deed))

    def poll(self, driver: Driver) -> list[Signal]:
        """As the runner does: after its rest."""
        self.clock.rest(driver.rest_ms())
        return list(driver.poll())


@pytest.fixture
def stand() -> Iterator[Stand]:
    loop = LoopThread()
    controller = Uhppote(SERIAL)

    async def open_service() -> UdpService:
        service = UdpService(controller)
        await service.open()
        return service

    service = loop.wait(open_service())
    yield Stand(loop, service, controller)
    loop.call(service.close)
    loop.close()


def told(signals: list[Signal]) -> dict[tuple[str, Quantity], object]:
    return {(one.device, one.quantity): one.value for one in only(LevelChanged, signals)}


def done(signals: list[Signal]) -> tuple[Outcome, str]:
    (one,) = only(CommandDone, signals)
    return one.outcome, one.detail


# ---------------------------------------------------------------- packets


def test_requests_and_answers_are_those_of_the_notes(stand: Stand) -> None:
    """Byte 0 is 17, byte 1 the function, bytes 4 to 7 the serial number with its low byte first, the door at byte 8."""
    heard: list[bytes] = []
    receive = stand.controller.receive

    def listen(packet: bytes, now_ms: int) -> Any:
        heard.append(packet)
        return receive(packet, now_ms)

    stand.service.device = SimpleNamespace(receive=listen)
    driver = stand.driver()
    list(driver.execute(Unlock("gate/2", 500)))
    stand.poll(driver)
    head = bytes.fromhex("17 82 00 00") + SERIAL.to_bytes(4, "little")
    assert heard[0] == (head + b"\x01").ljust(64, b"\0")
    assert heard[1] == (bytes((0x17, 0x80)) + head[2:] + bytes((1, 3, 3))).ljust(64, b"\0")
    assert heard[-2] == (bytes((0x17, 0x40)) + head[2:] + b"\x02").ljust(64, b"\0")
    assert heard[-1] == (bytes((0x17, 0x20)) + head[2:]).ljust(64, b"\0")


@given(st.binary(max_size=80) | st.binary(min_size=60, max_size=60).map(lambda rest: b"\x17\x40\0\0" + rest))
def test_any_packet_is_taken_by_the_simulated_controller(packet: bytes) -> None:
    for _, answer in Uhppote(int.from_bytes(packet[4:8], "little")).receive(packet, 0):
        assert len(answer) == 64


@given(st.lists(st.booleans(), min_size=8, max_size=8), st.integers(0, 255), st.sampled_from([1, 2, 4]))
def test_a_status_says_of_each_door_what_it_says_of_no_other(flags: list[bool], relays: int, doors: int) -> None:
    names = [f"door_{place}_{what}" for what in ("open", "button") for place in range(1, 5)]
    status = SimpleNamespace(**dict(zip(names, flags, strict=True)), relays=relays, controller=1)
    found = levels(status, doors)
    assert len(found) == 3 * doors
    for place in range(doors):
        assert found[place + 101, Quantity.CLOSED] is not flags[place]
        assert found[place + 1, Quantity.RELEASED] is bool(relays & (1, 2, 4, 8)[place])
        assert found[place + 201, Quantity.CLOSED] is flags[4 + place]


# ---------------------------------------------------------------- doors


def test_everything_is_told_at_the_start_and_then_only_what_changes(stand: Stand) -> None:
    driver = stand.driver()
    first = told(stand.poll(driver))
    assert first == {
        **{(f"gate/{lock}", Quantity.RELEASED): False for lock in (1, 2)},
        **{(f"gate/{contact}", Quantity.CLOSED): True for contact in (101, 102)},
        **{(f"gate/{button}", Quantity.CLOSED): False for button in (201, 202)},
    }
    assert stand.poll(driver) == []


def test_a_door_is_opened_once_and_its_contact_told(stand: Stand) -> None:
    driver = stand.driver()
    stand.poll(driver)
    assert done(list(driver.execute(Unlock("gate/2", 500)))) == (Outcome.ACKED, "")
    assert [door for door, _ in stand.controller.opened] == [2]
    assert stand.act(lambda now_ms: stand.controller.pull(2, now_ms))
    assert told(stand.poll(driver)) == {("gate/2", Quantity.RELEASED): True, ("gate/102", Quantity.CLOSED): False}
    stand.controller.push_shut(2)
    assert told(stand.poll(driver))["gate/102", Quantity.CLOSED] is True


def test_a_button_is_told_while_it_is_pressed(stand: Stand) -> None:
    driver = stand.driver()
    stand.poll(driver)
    stand.act(lambda now_ms: stand.controller.press(1, now_ms))
    assert told(stand.poll(driver))["gate/201", Quantity.CLOSED] is True
    stand.controller.let_go(1)
    assert told(stand.poll(driver)) == {("gate/201", Quantity.CLOSED): False}


def test_a_door_that_is_broken_open_is_told(stand: Stand) -> None:
    driver = stand.driver()
    stand.poll(driver)
    stand.controller.force(1)
    assert told(stand.poll(driver)) == {("gate/101", Quantity.CLOSED): False}


def test_locked_now_is_said_only_when_it_is(stand: Stand) -> None:
    driver = stand.driver()
    assert done(list(driver.execute(Relock("gate/1")))) == (Outcome.OBSERVED, "")
    list(driver.execute(Unlock("gate/1", 500)))
    assert done(list(driver.execute(Relock("gate/1")))) == (Outcome.UNKNOWN, "the lock is released for 3 s at most")


def test_other_commands_are_a_mistake(stand: Stand) -> None:
    with pytest.raises(TypeError, match="a door controller cannot do HoldReleased"):
        stand.driver().execute(HoldReleased("gate/1"))


# ---------------------------------------------------------------- its settings


def test_its_time_is_set_once_and_a_controller_that_has_it_is_left_alone(stand: Stand) -> None:
    stand.driver(open_seconds=4)
    assert (stand.controller.delays_s[1], stand.controller.delays_s[2], stand.controller.written) == (4, 4, 2)
    stand.driver(open_seconds=4)
    assert stand.controller.written == 2


@pytest.mark.parametrize("mode", [OPEN_FOR_GOOD, SHUT_FOR_GOOD])
def test_a_door_that_somebody_set_open_or_shut_for_good_is_put_back_within_the_minute_and_told(
    stand: Stand, mode: int
) -> None:
    driver = stand.driver()
    stand.poll(driver)
    stand.controller.modes[2] = mode
    stand.clock.rest(CHECK_MS)
    (tampered,) = only(DeviceTampered, stand.poll(driver))
    assert tampered.detail == f"door 2 was set to mode {mode}, 3 s: put back"
    assert stand.controller.modes[2] == 3
    stand.clock.rest(CHECK_MS)
    assert only(DeviceTampered, stand.poll(driver)) == []


def test_a_controller_that_keeps_other_settings_is_not_used(stand: Stand) -> None:
    stand.controller.keeps_settings = True
    with pytest.raises(WireLost, match="does not take the settings of door 1"):
        stand.driver()


# ---------------------------------------------------------------- faults


@dataclass(frozen=True)
class Row:
    """One fault, while a door is to be opened: what is said of it, how often the lock was let go."""

    name: str
    begin: Callable[[Stand], object]
    opened: int
    junk: bool = False
    detail: str = "the controller did not answer"
    reads: bool = False  # a status is read all the same


def line(fault: Fault, *, late_ms: int = 2 * ANSWER_MS) -> Row:
    faults = Faults(chances={fault: 1.0}, late_ms=late_ms)
    return Row(fault.value, lambda stand: setattr(stand.service, "faults", faults), opened=1)


def controller(name: str, value: object, *, opened: int = 1, junk: bool = False) -> Row:
    return Row(f"{name} {value}", lambda stand: setattr(stand.controller, name, value), opened, junk)


ROWS = [
    *(line(fault) for fault in (Fault.SILENT, Fault.LATE, Fault.SPLIT, Fault.STRAY_BEFORE, Fault.STRAY_AFTER)),
    line(Fault.TRUNCATED),
    controller("silent", True, opened=0),
    controller("answers_as", 1, junk=True),
    controller("answers_function", 0x32, junk=True),
    controller("deaf_to", {STATUS, OPEN}, opened=0),
    Row("its port is gone", lambda stand: stand.loop.call(stand.service.close), opened=0),
    Row("answer lost", lambda stand: stand.controller.swallows_answer_to.add(OPEN), opened=1, reads=True),
    Row(
        "shut for good",
        lambda stand: stand.controller.modes.update({1: SHUT_FOR_GOOD}),
        opened=0,
        detail="the controller refuses to open: is the door set to be shut for good?",
        reads=True,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_fault_opens_a_door_twice_and_none_is_taken_for_an_opening(stand: Stand, row: Row) -> None:
    driver = stand.driver()
    stand.poll(driver)
    row.begin(stand)
    outcome = done(list(driver.execute(Unlock("gate/1", 500))))
    assert outcome == (Outcome.UNKNOWN, row.detail)
    signals: list[Signal] = []
    if row.reads:
        signals += stand.poll(driver)
    else:
        signals += [*stand.poll(driver), *stand.poll(driver)]
        with pytest.raises(WireLost, match=f"no controller {SERIAL} answers at 127.0.0.1:"):
            stand.poll(driver)
    assert len(stand.controller.opened) == row.opened
    assert bool(only(JunkReceived, signals)) == row.junk
    released = {("gate/1", Quantity.RELEASED): True} if row.reads and row.opened else {}
    assert told(signals) == released


def test_an_answer_that_is_late_is_never_taken_for_the_next(stand: Stand) -> None:
    driver = stand.driver()
    stand.poll(driver)
    stand.service.faults = Faults(chances={Fault.LATE: 1.0}, late_ms=ANSWER_MS + 100)
    assert done(list(driver.execute(Unlock("gate/1", 500))))[0] is Outcome.UNKNOWN
    stand.service.faults = Faults()
    stand.controller.deaf_to.add(OPEN)
    assert done(list(driver.execute(Unlock("gate/2", 500))))[0] is Outcome.UNKNOWN
    assert [door for door, _ in stand.controller.opened] == [1]


def test_no_controller_says_what_to_check(stand: Stand) -> None:
    stand.controller.silent = True
    with pytest.raises(WireLost, match="check its power, its network cable, its address and its serial number"):
        stand.driver()


def test_without_the_package_it_says_what_to_install(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uhppoted", None)
    with pytest.raises(WireLost, match=r"pip install 'micro-station\[uhppote\]'"):
        stand.driver()


def test_no_call_blocks_for_much_longer_than_an_answer_may_take(stand: Stand) -> None:
    driver = stand.driver()
    stand.controller.silent = True
    began_ms = stand.clock.steady_ms()
    list(driver.execute(Unlock("gate/1", 500)))
    list(driver.poll())
    assert stand.clock.steady_ms() - began_ms <= 2 * ANSWER_MS + EVERY_MS


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "gate.local"},
        {"host": ""},
        {"port": 0},
        {"serial": 0},
        {"serial": 2**32},
        {"doors": 3},
        {"open_seconds": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "uhppote", "host": "192.168.1.100", "serial": SERIAL, **wrong})


def test_contacts_and_buttons_are_told_and_never_opened() -> None:
    settings = Settings.model_validate({"driver": "uhppote", "host": "192.168.1.100", "serial": SERIAL, "doors": 2})
    assert settings.channel_numbers() == [1, 2, 101, 102, 201, 202]
    for channel in (101, 202):
        assert settings.accepted_by(channel, Driver.accepts) == frozenset()
        assert settings.given_by(channel, Driver.gives) == {Quantity.CLOSED}
    assert settings.accepted_by(2, Driver.accepts) == {Unlock, Relock}
    assert settings.given_by(2, Driver.gives) == {Quantity.RELEASED}


FILE = Path(__file__).parents[2] / "config/stations/courier-rest.toml"
TABLE = """
[devices.gate]
driver = "uhppote"
host = "192.168.1.100"
serial = 405419896
[services.yard]
type = "door"
name = { zh = "院门", en = "Yard" }
lock = "gate/1"
contact = "gate/101"
egress = "mechanical"
egress_button = "gate/201"
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("院门", "院门", ""),
        ('host = "192.168.1.100"', 'host = "gate"', "devices.gate.host"),
        ('lock = "gate/1"', 'lock = "gate/101"', "services.yard.lock"),
        ('contact = "gate/101"', 'contact = "gate/1"', "services.yard.contact"),
    ],
)
def test_the_check_takes_its_doors_and_says_what_is_wrong(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = tmp_path / "station.toml"
    path.write_text(FILE.read_text(encoding="utf-8") + TABLE.replace(old, new), encoding="utf-8")
    keys = [one.key for one in check_file(path) if one.severity is Severity.ERROR]
    assert keys == ([fault] if fault else [])


# ---------------------------------------------------------------- in the station's own threads


def test_in_the_stations_own_threads_it_is_lost_and_found_again(stand: Stand) -> None:
    with threaded("gate", maker("gate", "uhppote", **stand.settings())) as running:
        running.wait_for(DeviceUp)
        running.wait_for(LevelChanged, lambda signal: signal.device == "gate/202")
        running.runner.post(Unlock("gate/1", 500))
        assert running.wait_for(CommandDone).outcome is Outcome.ACKED
        stand.act(lambda now_ms: stand.controller.pull(1, now_ms))
        opened = LevelChanged("gate/101", Quantity.CLOSED, value=False)
        running.wait_for(LevelChanged, lambda signal: signal == opened)
        stand.loop.call(stand.service.close)
        running.wait_for(DeviceDown)
        stand.loop.wait(stand.service.open())
        running.wait_for(DeviceUp)
    assert len(stand.controller.opened) == 1


def test_a_twin_has_the_serial_number_of_its_place() -> None:
    assert twin(Spot("gate", {"serial": SERIAL})).serial == SERIAL
