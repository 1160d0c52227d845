"""The scanner's driver on virtual wires: set-up, scans, hostile codes, faults."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers import registry
from drivers.contract import CodeScanned, DeviceDown, DeviceTampered, DeviceUp, JunkReceived, Unlock, WireLost
from drivers.gm65 import Driver, Settings
from simulator.devices.gm65 import Gm65
from simulator.faults import Fault, Faults
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import VirtualRoom, only

PORT = "sim://scanner"
CODE = "SG1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE"


@dataclass
class Stand:
    """A scanner on its wire, with its driver."""

    room: VirtualRoom
    module: Gm65
    port: VirtualPort

    def show(self, code: str | bytes, for_ms: int = 300) -> None:
        now_ms = self.room.now_ms
        self.room.bench.act(PORT, lambda: self.module.show(code, now_ms, for_ms=for_ms))

    def scan(self, code: str | bytes, for_ms: int = 300) -> list[CodeScanned]:
        self.show(code, for_ms)
        return only(CodeScanned, self.room.run(for_ms + 3_000))


def make_stand(module: Gm65 | None = None, **settings: object) -> Stand:
    room = VirtualRoom()
    module = module or Gm65()
    port = room.bench.ports[PORT] = VirtualPort(module)
    room.add("scanner", "gm65", port=PORT, **settings)
    return Stand(room, module, port)


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = make_stand()
    stand.room.run(10_000)
    yield stand
    stand.room.close()


def test_a_module_out_of_the_box_is_found_at_9600_set_up_saved_and_used(stand: Stand) -> None:
    assert stand.module.baud == 115200
    assert stand.module.zones[0x0000] == 0xD6
    assert stand.module.zones[0x0003] == 0x02
    assert stand.module.zones[0x0013] == 0x85
    assert stand.module.zones[0x0060] == 0x01
    assert (stand.module.zones[0x002C], stand.module.zones[0x003F]) == (0, 1)
    assert stand.module.flash == stand.module.zones
    assert [type(signal) for _, signal in stand.room.stamped] == [DeviceUp]
    assert stand.scan(CODE) == [CodeScanned("scanner", CODE.encode())]


def test_a_module_that_was_set_up_is_left_alone(stand: Stand) -> None:
    again = make_stand(stand.module)
    stand.module.flash[0x00E3] = 0x77  # a save would overwrite this mark
    again.room.run(5_000)
    assert stand.module.flash[0x00E3] == 0x77
    assert [type(signal) for _, signal in again.room.stamped] == [DeviceUp]


def test_a_picture_is_decoded_by_the_scanner_and_scanned(stand: Stand) -> None:
    code = qrcode.QRCode(border=0)
    code.add_data(CODE)
    code.make()
    now_ms = stand.room.now_ms
    read = stand.room.bench.act(PORT, lambda: stand.module.show_picture(code.get_matrix(), now_ms))
    assert read == CODE.encode()
    assert only(CodeScanned, stand.room.run(3_000)) == [CodeScanned("scanner", read)]


def test_a_code_that_stays_in_view_is_one_scan_and_shown_again_it_is_another(stand: Stand) -> None:
    assert len(stand.scan(CODE, for_ms=8_000)) == 1
    assert len(stand.scan(CODE)) == 1


def test_another_code_right_after_the_first_is_scanned(stand: Stand) -> None:
    stand.show(CODE)
    stand.room.run(200)
    assert stand.scan("SG1:OTHER") == [CodeScanned("scanner", b"SG1:OTHER")]


def test_a_code_is_handed_on_within_a_millisecond_of_its_last_byte(stand: Stand) -> None:
    shown_at = stand.room.now_ms
    stand.scan(CODE)
    ((at_ms, _),) = stand.room.at(CodeScanned)
    on_the_line_ms = -(-(len(CODE) + 1) * 10_000 // 115200)
    assert at_ms - shown_at == pytest.approx(60 + on_the_line_ms, abs=1)


def test_a_code_without_a_tail_ends_after_50_ms_of_silence(stand: Stand) -> None:
    stand.module.zones[0x0060] = 0
    shown_at = stand.room.now_ms
    stand.scan("SHORT")
    ((at_ms, signal),) = stand.room.at(CodeScanned)
    assert signal.code == b"SHORT"
    assert at_ms - shown_at == pytest.approx(60 + 1 + 50, abs=1)


@pytest.mark.parametrize(
    "hostile",
    ["富民公园", b"A" * 1024, b"\x1b]0;owned\x07", b"\x00", b"SG1:\r\x02\x00\x00\x01\x00\x33\x31", b"\xff" * 600],
)
def test_a_hostile_code_is_junk_and_the_next_one_is_scanned(stand: Stand, hostile: str | bytes) -> None:
    scanned = stand.scan(hostile)
    assert all(signal.code == b"SG1:" for signal in scanned)
    assert stand.room.at(JunkReceived)
    assert stand.scan(CODE) == [CodeScanned("scanner", CODE.encode())]


def test_junk_is_told_at_most_once_a_second_and_counted(stand: Stand) -> None:
    for _ in range(40):
        stand.show("富")
        stand.room.run(100)
    stand.room.run(2_000)
    told = stand.room.at(JunkReceived)
    assert sum(signal.count for _, signal in told) == 40
    times = [at_ms for at_ms, _ in told]
    assert all(later - earlier >= 1_000 for earlier, later in pairwise(times))


def test_setting_codes_are_refused_by_a_module_that_keeps_the_lock(stand: Stand) -> None:
    assert not stand.module.show_setting_code(0x0000, 0xD4, stand.room.now_ms)


@pytest.mark.parametrize(("zone", "value"), [(0x0000, 0xD4), (0x0003, 0x00), (0x0060, 0x61)])
def test_a_setting_code_is_undone_within_the_minute_saved_and_told(zone: int, value: int) -> None:
    stand = make_stand(Gm65(obeys_setting_lock=False))
    stand.room.run(10_000)
    good = dict(stand.module.zones)
    assert stand.module.show_setting_code(zone, value, stand.room.now_ms)
    tampered = only(DeviceTampered, stand.room.run(62_000))
    assert [signal.detail for signal in tampered] == [
        f"zone {zone:04X} was {value:02X} instead of {good[zone]:02X}: put back"
    ]
    assert stand.module.zones == good == stand.module.flash
    assert stand.scan(CODE)
    assert not only(DeviceTampered, stand.room.run(180_000))


def test_a_setting_code_that_changes_the_speed_is_found_and_undone() -> None:
    stand = make_stand(Gm65(obeys_setting_lock=False))
    stand.room.run(10_000)
    stand.module.show_setting_code(0x002A, 0x39, stand.room.now_ms)
    stand.module.show_setting_code(0x002B, 0x01, stand.room.now_ms)
    assert stand.module.baud == 9600
    signals = stand.room.run(80_000)
    assert only(DeviceDown, signals)
    assert only(DeviceUp, signals)
    assert [signal.detail for signal in only(DeviceTampered, signals)] == ["its speed was 9600 baud: put back"]
    assert stand.module.baud == 115200
    assert stand.scan(CODE)


def test_a_power_cycle_of_the_module_changes_nothing_because_the_settings_were_saved(stand: Stand) -> None:
    stand.module.power_cycle()
    assert not stand.room.run(130_000)
    assert stand.scan(CODE)


def test_a_module_replaced_by_one_out_of_the_box_is_set_up_again(stand: Stand) -> None:
    stand.port.line.device = fresh = Gm65()
    signals = stand.room.run(90_000)
    assert only(DeviceUp, signals)
    assert fresh.baud == 115200
    assert fresh.zones[0x0000] == 0xD6


def test_sleep_that_eats_the_first_command_is_survived() -> None:
    module = Gm65()
    module.asleep = True
    stand = make_stand(module)
    stand.room.run(10_000)
    module.asleep = True
    assert not only(DeviceDown, stand.room.run(130_000))
    assert stand.scan(CODE)


def test_unplugged_and_plugged_in_again(stand: Stand) -> None:
    stand.room.bench.plug(PORT, plugged=False)
    (down,) = only(DeviceDown, stand.room.run(900))
    assert "gone" in down.detail
    stand.room.bench.plug(PORT, plugged=True)
    assert only(DeviceUp, stand.room.run(10_000))
    assert stand.scan(CODE)


def test_no_module_at_all_says_what_to_check() -> None:
    module = Gm65()
    module.silent = True
    stand = make_stand(module)
    down = only(DeviceDown, stand.room.run(5_000))[0]
    assert down.detail.startswith("no scanner answers at sim://scanner: check its power, TX to RX")
    assert not stand.room.bench.owners, "the port is given back"


def test_a_module_that_falls_silent_is_noticed_within_a_minute(stand: Stand) -> None:
    stand.module.silent = True
    assert only(DeviceDown, stand.room.run(63_000))
    stand.module.silent = False
    assert only(DeviceUp, stand.room.run(65_000))


def test_command_mode_arms_the_module_anew_after_each_code() -> None:
    stand = make_stand(mode="command")
    stand.room.run(10_000)
    assert stand.module.zones[0x0000] == 0xD5
    assert len(stand.scan(CODE)) == 1
    assert len(stand.scan("SG1:NEXT")) == 1
    stand.module.power_cycle()
    stand.room.run(61_000)
    assert len(stand.scan("SG1:AFTER")) == 1


def test_settings_reach_the_module() -> None:
    stand = make_stand(sound=False, same_code_ms=2_000, only_qr=False, baud=57600)
    stand.room.run(10_000)
    assert stand.module.zones[0x0000] == 0x96
    assert stand.module.zones[0x0013] == 0x80 | 20
    assert stand.module.zones[0x002C] == 1
    assert stand.module.baud == 57600


def test_no_poll_blocks_for_much_more_than_a_second(stand: Stand) -> None:
    longest = 0
    timeline = stand.room._timelines["scanner"]
    stand.show(CODE, for_ms=100_000)
    while stand.room.now_ms < 150_000:
        before = timeline.clock.steady_ms()
        stand.room.run(500)
        longest = max(longest, timeline.clock.steady_ms() - before)
    assert longest <= 2_000


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_of_the_line_loses_scans_at_worst_and_never_changes_one(fault: Fault) -> None:
    stand = make_stand()
    stand.room.run(10_000)
    stand.port.line.faults = Faults(seed=1, chances={fault: 0.15})
    for number in range(60):
        stand.show(f"SG1:NUMBER-{number}-OF-SIXTY", for_ms=900)
        stand.room.run(2_500)
    stand.port.line.faults = Faults()
    stand.room.run(130_000)
    right = {f"SG1:NUMBER-{number}-OF-SIXTY".encode() for number in range(60)}
    codes = [signal.code for _, signal in stand.room.at(CodeScanned)]
    whole = [code for code in codes if code in right]
    assert len(whole) >= 30
    if fault in (Fault.SILENT, Fault.LATE, Fault.SPLIT, Fault.JOINED):
        assert set(codes) <= right
    assert stand.scan(CODE)[-1].code == CODE.encode()


def test_what_a_scanner_cannot_do_is_refused(stand: Stand) -> None:
    driver = stand.room._timelines["scanner"].driver
    assert driver is not None
    with pytest.raises(TypeError, match="a scanner cannot do Unlock"):
        driver.execute(Unlock("scanner", 100))


@pytest.mark.parametrize(
    "wrong", [{"baud": 1200}, {"same_code_ms": 150}, {"mode": "button"}, {"port": "ttyUSB0"}, {"colour": "red"}]
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "gm65", "port": PORT, **wrong})


class Babbler(Gm65):
    """A module that says whatever it is told to between its answers."""

    def __init__(self) -> None:
        super().__init__()
        self.babble: list[bytes] = []

    def due_ms(self) -> int | None:
        return 0 if self.babble else super().due_ms()

    def tick(self, now_ms: int) -> list[tuple[int, bytes]]:
        said, self.babble = [(now_ms, data) for data in self.babble], []
        return [*said, *super().tick(now_ms)]


def test_a_flood_of_codes_is_cut_to_what_a_scanner_can_read() -> None:
    module = Babbler()
    stand = make_stand(module)
    stand.room.run(10_000)
    module.babble = [b"".join(b"CODE%d\r" % number for number in range(2_000))]
    stand.room.bench.act(PORT, lambda: None)
    signals = stand.room.run(5_000)
    assert 20 <= len(only(CodeScanned, signals)) <= 80
    junk = [signal for signal in only(JunkReceived, signals) if signal.detail == "more codes than a scanner can read"]
    assert sum(signal.count for signal in junk) + len(only(CodeScanned, signals)) == 2_000


@given(st.lists(st.binary(min_size=1, max_size=2_000), max_size=8))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    module = Babbler()
    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(module)
    clock = DriverClock()
    settings = registry.find("gm65").Settings.model_validate({"driver": "gm65", "port": PORT})
    assert isinstance(settings, Settings)
    driver = Driver("scanner", settings, room.bench.wires("scanner", clock), clock)
    try:
        for chunk in chunks:
            module.babble = [chunk]
            for _ in range(4):
                for signal in driver.poll():
                    assert isinstance(signal, CodeScanned | JunkReceived | DeviceTampered)
                assert len(driver._junk) <= 5
                assert len(driver._to_ask) <= 4
    except WireLost:
        pass
    finally:
        driver.close()
