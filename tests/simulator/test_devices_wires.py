"""What lies between devices and drivers: faults, character time, speeds, virtual wires."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import WireLost
from simulator.devices.gm65 import Gm65
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.faults import Fault, Faults, Sent
from simulator.wires.line import Line
from simulator.wires.virtual import Bench, DriverClock, VirtualPort

MESSAGE = bytes.fromhex("02000001003331")


class Speaker:
    """Says what it is told to at its speed."""

    def __init__(self, baud: int = 9600) -> None:
        self.baud = baud
        self.heard: list[Sent] = []

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        self.heard.append((now_ms, data))
        return []

    def due_ms(self) -> int | None:
        return None

    def tick(self, now_ms: int) -> list[Sent]:  # noqa: ARG002
        return []


def whole(sent: list[Sent]) -> bytes:
    return b"".join(data for _, data in sent)


def certain(fault: Fault, seed: int = 0) -> Faults:
    return Faults(seed=seed, chances={fault: 1.0})


def test_without_faults_nothing_changes() -> None:
    assert Faults().apply(5, MESSAGE) == [(5, MESSAGE)]


def test_each_fault_does_what_it_says() -> None:
    assert certain(Fault.SILENT).apply(0, MESSAGE) == []
    assert certain(Fault.LATE).apply(0, MESSAGE) == [(1_500, MESSAGE)]
    assert certain(Fault.JOINED).apply(201, MESSAGE) == [(400, MESSAGE)]
    split = certain(Fault.SPLIT).apply(0, MESSAGE)
    assert [len(data) for _, data in split] == [1] * len(MESSAGE)
    assert whole(split) == MESSAGE
    assert whole(certain(Fault.STRAY_BEFORE).apply(0, MESSAGE)).endswith(MESSAGE)
    assert whole(certain(Fault.STRAY_AFTER).apply(0, MESSAGE)).startswith(MESSAGE)
    assert MESSAGE.startswith(whole(certain(Fault.TRUNCATED).apply(0, MESSAGE)))
    wrong = whole(certain(Fault.WRONG_CHECKSUM).apply(0, MESSAGE))
    assert wrong[:-2] == MESSAGE[:-2]
    assert wrong != MESSAGE
    flipped = whole(certain(Fault.FLIPPED_BIT).apply(0, MESSAGE))
    assert sum((a ^ b).bit_count() for a, b in zip(flipped, MESSAGE, strict=True)) == 1


@given(st.integers(0, 10**9), st.integers(0, 10**7), st.binary(min_size=1, max_size=60))
def test_faults_are_a_pure_function_of_seed_time_and_bytes(seed: int, at_ms: int, data: bytes) -> None:
    faults = Faults(seed=seed, chances=dict.fromkeys(Fault, 0.3))
    assert faults.apply(at_ms, data) == faults.apply(at_ms, data)


def test_a_chance_is_about_as_likely_as_it_says() -> None:
    faults = Faults(seed=9, chances={Fault.SILENT: 0.25})
    lost = sum(not faults.apply(at_ms, MESSAGE) for at_ms in range(4_000))
    assert 800 < lost < 1_200


@pytest.mark.parametrize(("baud", "expected_ms"), [(9600, 179), (115200, 15), (256_000, 7)])
def test_characters_take_their_time(baud: int, expected_ms: int) -> None:
    arrivals = Line(Speaker(baud)).carry([(1_000, bytes(172))], None)
    assert whole(arrivals) == bytes(172)
    assert arrivals[-1][0] - 1_000 == pytest.approx(expected_ms, abs=1.01)
    assert [at_ms for at_ms, _ in arrivals] == sorted(at_ms for at_ms, _ in arrivals)


def test_a_second_message_waits_until_the_first_is_through() -> None:
    arrivals = Line(Speaker(9600)).carry([(0, bytes(96)), (10, b"x" * 96)], None)
    assert arrivals[-1][0] == pytest.approx(200, abs=1)
    assert whole(arrivals) == bytes(96) + b"x" * 96


def test_what_the_host_sends_takes_its_time_too() -> None:
    speaker = Speaker(9600)
    Line(speaker).from_host(bytes(9), 100, 9600)
    assert speaker.heard == [(110, bytes(9))]


def test_at_the_wrong_speed_both_sides_hear_rubbish() -> None:
    line = Line(Gm65())
    assert line.from_host(bytes.fromhex("7E00070100E2017791"), 0, 115200) == []
    assert all(byte & 0x80 for byte in whole(line.carry([(0, b"SG1:ABC\r")], 115200)))
    assert whole(line.carry([(0, b"SG1:ABC\r")], 9600)) == b"SG1:ABC\r"


def test_a_virtual_read_moves_the_drivers_clock_to_the_arrival_or_to_its_end() -> None:
    bench, clock = Bench(), DriverClock(1_000)
    port = bench.ports["sim://x"] = VirtualPort(Gm65())
    wire = bench.wires("x", clock).serial("sim://x", 9600)
    assert wire.read(100, 250) == b""
    assert clock.steady_ms() == 1_250
    wire.write(bytes.fromhex("7E00070100E2017791"))
    data = b""
    while len(data) < 7 and clock.steady_ms() < 1_400:
        data += wire.read(100, 20)
    assert data[:5] == bytes.fromhex("0200000187")
    assert 1_265 <= clock.steady_ms() <= 1_280
    port.plugged = False
    with pytest.raises(WireLost):
        wire.read(1, 1)
    wire.close()
    wire.close()


def test_a_virtual_port_has_one_owner() -> None:
    bench, clock = Bench(), DriverClock()
    bench.ports["sim://x"] = VirtualPort(Gm65())
    first = bench.wires("one", clock).serial("sim://x", 9600)
    with pytest.raises(WireLost, match="in use by one"):
        bench.wires("two", clock).serial("sim://x", 9600)
    first.close()
    bench.wires("two", clock).serial("sim://x", 9600).close()
    with pytest.raises(WireLost, match="not there"):
        bench.wires("two", clock).serial("sim://y", 9600)


def test_the_world_hears_whose_driver_should_look() -> None:
    told: list[str] = []
    bench = Bench(told.append)
    door = bench.inputs[27] = GpioContact(closed=True)
    assert bench.act(27, lambda: 7) == 7
    wire = bench.wires("reed", DriverClock()).input(27, pull_up=True)
    bench.act(27, lambda: door.move(closed=False, now_ms=0))
    wire.close()
    bench.act(27, lambda: None)
    assert told == ["reed"]


def test_a_pin_with_nothing_on_it_has_the_level_of_its_pull() -> None:
    bench, clock = Bench(), DriverClock()
    for pull_up, level in ((True, True), (False, False), (None, False)):
        pin = bench.wires("x", clock).input(5, pull_up=pull_up)
        assert pin.level() is level
        assert pin.wait(100) is None
        pin.close()
    output = bench.wires("x", clock).output(5, active_high=True, active=True)
    output.set(active=False)
    output.close()
    output.close()


def test_a_virtual_output_is_stamped_with_the_drivers_own_time() -> None:
    bench, clock = Bench(), DriverClock(500)
    lock = GpioLock()
    bench.outputs[17] = lock
    pin = bench.wires("strike", clock).output(17, active_high=True, active=False)
    clock.rest(40)
    pin.set(active=True)
    assert list(lock.edges) == [(500, False), (540, True)]
    pin.close()
