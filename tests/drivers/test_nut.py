"""The UPS driver against a simulated server: in virtual time with every fault, and over real TCP."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers import registry
from drivers.contract import (
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Quantity,
    Signal,
    SwitchOn,
    WireLost,
)
from simulator.devices.nut import Nut
from simulator.faults import Fault, Faults
from simulator.wires.stream import Channel, TcpService
from simulator.wires.virtual import DriverClock
from tests.drivers.rig import LoopThread, VirtualRoom, maker, only, threaded

PLACE = "127.0.0.1:3493"


def mains(gone: bool) -> LevelChanged:
    return LevelChanged("power", Quantity.ON_BATTERY, gone)


def charge(percent: int) -> LevelChanged:
    return LevelChanged("power", Quantity.CHARGE_PERCENT, percent)


@dataclass
class Stand:
    """A server with a UPS, with its driver."""

    room: VirtualRoom
    server: Nut
    channel: Channel

    def run(self, milliseconds: int) -> list[Signal]:
        return self.room.run(milliseconds)

    def down(self) -> list[str]:
        return [signal.detail for _, signal in self.room.at(DeviceDown)]


@pytest.fixture
def stand() -> Iterator[Stand]:
    room = VirtualRoom()
    server = Nut("ups")
    channel = room.bench.services[PLACE] = Channel(server)
    room.add("power", "nut", ups="ups")
    yield Stand(room, server, channel)
    room.close()


def test_it_tells_both_at_the_start_and_then_what_has_changed(stand: Stand) -> None:
    assert stand.run(0) == [DeviceUp("power"), mains(gone=False), charge(100)]
    assert stand.run(60_000) == []
    assert stand.server.questions == 12
    stand.server.mains_fail(97)
    failed_ms = stand.room.now_ms
    assert stand.run(10_000) == [mains(gone=True), charge(97)]
    assert stand.room.at(LevelChanged)[-1][0] - failed_ms <= 5_010
    stand.server.mains_fail(18)
    assert stand.run(10_000) == [charge(18)]
    stand.server.mains_return(19)
    assert stand.run(10_000) == [mains(gone=False), charge(19)]
    assert stand.server.connections == 1


def test_a_ups_without_a_charge_tells_of_the_mains_all_the_same(stand: Stand) -> None:
    del stand.server.variables["battery.charge"]
    assert stand.run(0) == [DeviceUp("power"), mains(gone=False)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("DATA-STALE", "the server hears nothing from the UPS: check its USB or serial cable"),
        ("DRIVER-NOT-CONNECTED", "the server's own driver for the UPS does not run"),
        ("ACCESS-DENIED", "the server lets this machine read nothing"),
        ("FEATURE-NOT-SUPPORTED", "the server refuses: FEATURE-NOT-SUPPORTED"),
    ],
)
def test_three_refusals_in_a_row_are_a_lost_device_and_it_comes_back(stand: Stand, error: str, words: str) -> None:
    stand.run(0)
    stand.server.error = error
    stand.run(8_900)
    assert stand.down() == []
    stand.run(200)
    assert words in stand.down()[0]
    stand.server.plug_ups()
    assert stand.run(61_000) == [DeviceUp("power"), mains(gone=False), charge(100)]


def test_one_refusal_is_nothing(stand: Stand) -> None:
    stand.run(4_900)
    stand.server.unplug_ups()
    assert stand.run(1_000) == []
    stand.server.plug_ups()
    assert stand.run(60_000) == []


def test_a_ups_that_the_server_does_not_know_is_told_at_once() -> None:
    room = VirtualRoom()
    room.bench.services[PLACE] = Channel(Nut("another"))
    room.add("power", "nut", ups="ups")
    (down,) = room.run(0)
    assert isinstance(down, DeviceDown)
    assert "the server has no UPS of this name: correct `ups` in the station file" in down.detail
    room.close()


def test_no_server_is_a_lost_device_until_there_is_one(stand: Stand) -> None:
    stand.server.stop()
    (down,) = stand.run(0)
    assert isinstance(down, DeviceDown)
    assert "takes no connection" in down.detail
    stand.server.start()
    assert stand.run(2_000) == [DeviceUp("power"), mains(gone=False), charge(100)]


def test_a_server_that_starts_anew_is_not_even_missed(stand: Stand) -> None:
    stand.run(12_000)
    stand.server.hang_up()
    stand.server.mains_fail(80)
    assert stand.run(8_000) == [mains(gone=True), charge(80)]
    assert stand.server.connections == 2
    stand.server.stop()
    stand.run(6_000)
    stand.server.start()
    assert stand.run(60_000) == []
    assert stand.server.connections == 3


def test_a_server_that_ends_is_lost_after_three_tries(stand: Stand) -> None:
    stand.run(0)
    stand.server.stop()
    ended_ms = stand.room.now_ms
    stand.run(20_000)
    assert "takes no connection" in stand.down()[0]
    assert stand.room.at(DeviceDown)[0][0] - ended_ms <= 9_100


def test_a_silent_server_is_lost_after_three_tries_and_never_overrun(stand: Stand) -> None:
    stand.run(0)
    stand.server.silent = True
    stand.run(16_000)
    assert "no answer for 2 s: see `systemctl status nut-server`" in stand.down()[0]
    assert stand.server.questions <= 6


@pytest.mark.parametrize("stops_after", [0, 1, 25, 100])
def test_an_answer_that_stops_half_way_is_none_and_its_rest_spoils_nothing(stand: Stand, stops_after: int) -> None:
    stand.run(4_000)
    stand.server.stops_after = stops_after
    assert stand.run(4_000) == []
    stand.server.stops_after = None
    stand.server.mains_fail(60)
    assert stand.run(10_000) == [mains(gone=True), charge(60)]


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff\xfb\x01\r\n",
        b"x" * 100_000,
        b'BEGIN LIST VAR ups\nVAR ups a "b"\n' * 9_999,
    ],
)
def test_a_service_that_is_no_ups_server_is_junk_and_then_a_lost_device(stand: Stand, greeting: bytes) -> None:
    stand.run(0)
    stand.server.greeting = greeting
    signals = stand.run(9_500)
    assert len(only(JunkReceived, signals)) == 2
    assert "what listens there is no UPS server (" in only(DeviceDown, signals)[0].detail


def test_an_answer_too_large_to_be_one_is_cut_off(stand: Stand) -> None:
    stand.run(0)
    stand.server.variables |= {f"outlet.{number}.desc": "x" * 500 for number in range(1_000)}
    assert "more than 65536 bytes" in only(JunkReceived, stand.run(6_000))[0].detail


def test_a_ups_that_says_nothing_yet_is_waited_for(stand: Stand) -> None:
    stand.server.variables = {"ups.status": "WAIT", "driver.name": "usbhid-ups"}
    stand.run(0)
    assert "says nothing of mains or battery yet" in stand.down()[0]
    stand.server.variables = {"ups.status": "OL"}
    assert stand.run(2_000) == [DeviceUp("power"), mains(gone=False)]


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_of_the_line_leaves_the_levels_right_in_the_end(stand: Stand, fault: Fault) -> None:
    stand.channel.faults = Faults(seed=3, chances={fault: 0.4})
    stand.run(60_000)
    stand.server.mains_fail(55)
    stand.run(60_000)
    stand.channel.faults = Faults()
    stand.server.mains_return(70)
    stand.run(130_000)
    for quantity, value in ((Quantity.ON_BATTERY, False), (Quantity.CHARGE_PERCENT, 70)):
        assert [told.value for _, told in stand.room.at(LevelChanged) if told.quantity is quantity][-1] == value


@given(st.lists(st.binary(max_size=3_000), min_size=1, max_size=6))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    room = VirtualRoom()
    server = Nut("ups")
    room.bench.services[PLACE] = Channel(server)
    clock = DriverClock()
    driver = maker("power", "nut", ups="ups")(room.bench.wires("power", clock), clock)
    try:
        for chunk in chunks:
            server.greeting = chunk
            clock.rest(5_000)
            for signal in driver.poll():
                assert isinstance(signal, LevelChanged | JunkReceived)
    except WireLost as lost:
        assert str(lost)  # noqa: PT017 - only some bytes end here
    finally:
        driver.close()
    assert room.bench.owners == {}


@pytest.mark.parametrize("wrong", [{"ups": "a b"}, {"ups": "a\nSET"}, {"ups": ""}, {"host": "a b"}, {"port": 0}])
def test_what_would_not_be_one_word_of_the_protocol_is_refused(wrong: dict[str, Any]) -> None:
    settings: Any = registry.find("nut").Settings
    assert settings.model_validate({"driver": "nut", "ups": "su700"}).wires() == ("UPS su700 at 127.0.0.1:3493",)
    with pytest.raises(ValidationError):
        settings.model_validate({"driver": "nut", "ups": "su700", **wrong})


def test_what_a_ups_cannot_do_is_refused(stand: Stand) -> None:
    stand.run(0)
    driver = stand.room._timelines["power"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a UPS cannot do SwitchOn"):
        driver.execute(SwitchOn("power"))


def test_over_real_tcp_the_mains_fail_and_the_server_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.nut.READ_EVERY_MS", 100)
    monkeypatch.setattr("drivers.nut.RETRY_MS", 50)
    devices = LoopThread()
    server = Nut("ups")

    async def make() -> TcpService:
        service = TcpService(server, Faults(seed=1, chances={Fault.SPLIT: 0.5}))
        await service.open()
        return service

    service = devices.wait(make())
    try:
        with threaded("power", maker("power", "nut", ups="ups", port=service.port)) as running:
            assert running.wait_for(LevelChanged) == mains(gone=False)
            devices.call(lambda: service.act(lambda _: server.mains_fail(90)))
            assert running.wait_for(LevelChanged, lambda level: level.quantity is Quantity.ON_BATTERY) == mains(
                gone=True
            )
            devices.wait(service.close())
            assert "takes no connection" in running.wait_for(DeviceDown).detail
            devices.wait(service.open())
            running.wait_for(DeviceUp)
            assert running.wait_for(LevelChanged) == mains(gone=True)
            assert server.connections >= 2
    finally:
        devices.wait(service.close())
        devices.close()
