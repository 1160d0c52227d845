"""Modbus frames: every example of the protocol notes both ways, the twins' bytes, and pymodbus' server as a third."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU

from drivers import modbus_frames as frames
from simulator.devices import modbus
from simulator.devices.modbus import ModbusDevice
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.devices.xy_md02 import XyMd02

RELAYS_OFF = frames.Answer(bits=(False,) * 8)


def frame(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def ask(device: ModbusDevice, text: str, now_ms: int = 1_000) -> bytes:
    """What the device says to these bytes."""
    return b"".join(data for _, data in device.receive(frame(text), now_ms))


REQUESTS = [
    (frames.read_input_registers(1, 0, 10), "01 04 00 00 00 0A 70 0D", 4, 0, 10),
    (frames.read_input_registers(1, 1, 2), "01 04 00 01 00 02 20 0B", 4, 1, 2),
    (frames.read_input_registers(1, 1, 1), "01 04 00 01 00 01 60 0A", 4, 1, 1),
    (frames.read_coils(1, 8), "01 01 00 00 00 08 3D CC", 1, 0, 8),
    (frames.read_inputs(1, 8), "01 02 00 00 00 08 79 CC", 2, 0, 8),
    (frames.write_coil(1, 0, on=True), "01 05 00 00 FF 00 8C 3A", 5, 0, 0),
    (frames.write_coil(1, 0, on=False), "01 05 00 00 00 00 CD CA", 5, 0, 0),
    (frames.write_coil(1, 0xFF, on=True), "01 05 00 FF FF 00 BC 0A", 5, 0xFF, 0),
    (frames.write_coil(1, 0xFF, on=False), "01 05 00 FF 00 00 FD FA", 5, 0xFF, 0),
    (frames.pulse_coil(1, 0, 7), "01 05 02 00 00 07 8D B0", 5, 0x0200, 0),
    (frames.pulse_coil(1, 1, 8), "01 05 02 01 00 08 9C 74", 5, 0x0201, 0),
]


@pytest.mark.parametrize(("request_", "text", "function", "address", "count"), REQUESTS)
def test_a_request_is_encoded_as_in_the_notes_and_a_server_understands_it(
    request_: frames.Request, text: str, function: int, address: int, count: int
) -> None:
    assert request_.frame == frame(text)
    used, pdu = FramerRTU(DecodePDU(is_server=True)).handleFrame(request_.frame, 1, 0)
    assert used == len(request_.frame)
    assert pdu is not None
    assert (pdu.function_code, pdu.address, pdu.count) == (function, address, count)


@pytest.mark.parametrize("text", [text for request, text, *_ in REQUESTS if not request.count])
def test_a_write_is_echoed_by_the_board_and_the_echo_is_the_answer(text: str) -> None:
    request = next(request for request, found, *_ in REQUESTS if found == text)
    echo = ask(WaveshareRelay(), text)
    assert echo == frame(text)
    assert frames.find(request, echo) == frames.Found(frames.Answer(), 0)


METER = "01 04 14 08 FD 04 D2 00 00 0B 16 00 00 00 0F 00 00 01 F4 00 62 00 00 F9 6F"


def test_the_meter_of_the_notes_is_read_and_is_what_the_twin_says() -> None:
    meter = Pzem004t(load_w=283.8)
    meter.noise = False
    meter.energy_mws = 15 * 3_600_000.0
    meter._counted_ms = 1_000
    measured = meter._measured(1_000)
    assert measured[0] == 2301
    assert measured[3:] == [2838, 0, 15, 0, 500, 98, 0]
    assert measured[1] == round(283.8 / 230.1 / 0.98 * 1_000)
    measured[1] = 1234  # the notes' volts, amperes and factor give 278 W, not their 283.8
    assert modbus.framed(1, b"\x04" + modbus.registers(measured)) == frame(METER)
    found = frames.find(frames.read_input_registers(1, 0, 10), frame(METER))
    assert found is not None
    assert found.answer == frames.Answer(registers=(2301, 1234, 0, 2838, 0, 15, 0, 500, 98, 0))


def test_the_sensor_of_the_notes_is_read_and_is_what_the_twin_says() -> None:
    sensor = XyMd02()
    sensor.weather(30.3, 54.6)
    said = ask(sensor, "01 04 00 01 00 02 20 0B")
    assert said == frame("01 04 04 01 2F 02 22 4A C8")
    found = frames.find(frames.read_input_registers(1, 1, 2), said)
    assert found == frames.Found(frames.Answer(registers=(303, 546)), 0)


def test_the_twins_obey_the_requests_of_the_notes_that_the_drivers_never_send() -> None:
    board = WaveshareRelay(inputs=8)
    assert ask(board, "01 05 00 00 55 00 F2 9A") == frame("01 05 00 00 55 00 F2 9A")
    assert board.is_on(1, 1_000)
    assert ask(board, "01 05 04 00 00 07 8D 38", 2_000) == frame("01 05 04 00 00 07 8D 38")
    assert [board.is_on(1, at_ms) for at_ms in (2_000, 2_699, 2_700)] == [False, False, True]
    assert ask(board, "01 0F 00 00 00 08 01 FF BE D5", 3_000) == modbus.framed(1, frame("0F 00 00 00 08"))
    assert all(board.is_on(relay, 3_000) for relay in range(1, 9))
    assert ask(board, "00 03 40 00 00 01 90 1B", 4_000) == modbus.framed(0, frame("03 02 00 01"))
    assert ask(board, "01 06 40 00 00 02 1D CB", 5_000) == frame("01 06 40 00 00 02 1D CB")
    assert board.address == 2
    meter = Pzem004t()
    meter.energy_mws = 1e9
    assert ask(meter, "01 06 00 01 03 E8 D8 B4") == frame("01 06 00 01 03 E8 D8 B4")
    assert meter.alarm_w == 1_000
    assert ask(meter, "F8 03 00 02 00 01 31 A3", 2_000) == modbus.framed(0xF8, frame("03 02 00 01"))
    assert ask(meter, "01 42 80 11", 3_000) == frame("01 42 80 11")
    assert meter.energy_wh(3_000) == 0
    assert ask(meter, "F8 42 C2 41", 4_000) == frame("F8 42 C2 41")
    assert ask(meter, "01 06 00 02 00 05 E8 09", 5_000) == frame("01 06 00 02 00 05 E8 09")
    assert meter.address == 5


@pytest.mark.parametrize("number", range(256))
def test_the_twins_checksum_is_pymodbus(number: int) -> None:
    data = bytes((number, number ^ 0x5A, 7))
    assert modbus.crc(data) == FramerRTU.compute_CRC(data).to_bytes(2, "big")


@given(st.lists(st.booleans(), min_size=1, max_size=32))
def test_the_twins_bits_are_read_by_the_driver_and_by_pymodbus(values: list[bool]) -> None:
    board = WaveshareRelay(channels=len(values))
    board._on = list(values)
    request = frames.read_coils(1, len(values))
    ((_, said),) = board.receive(request.frame, 0)
    assert len(said) == request.answer_bytes
    found = frames.find(request, said)
    assert found is not None
    assert found.answer == frames.Answer(bits=tuple(values))
    _, pdu = FramerRTU(DecodePDU(is_server=False)).handleFrame(said, 1, 0)
    assert isinstance(pdu, ModbusPDU)
    assert list(pdu.bits[: len(values)]) == values


def test_a_pulse_has_at_least_a_tenth_and_fits() -> None:
    assert frames.pulse_coil(1, 0, frames.MAX_PULSE_TENTHS).frame[4:6] == b"\x7f\xff"
    for tenths in (0, -1, frames.MAX_PULSE_TENTHS + 1):
        with pytest.raises(ValueError, match="a pulse has 1 to 32767 tenths"):
            frames.pulse_coil(1, 0, tenths)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (1, "it does not know this function"),
        (2, "it has no such coil or register"),
        (3, "it does not take this value"),
        (4, "it has failed inside"),
        (9, "a meaning of its own"),
    ],
)
def test_an_exception_is_told_with_its_meaning(code: int, meaning: str) -> None:
    board = WaveshareRelay()
    board.refuses = code
    request = frames.write_coil(1, 0, on=True)
    ((_, said),) = board.receive(request.frame, 0)
    found = frames.find(request, said)
    assert found == frames.Found(frames.Refused(code), 0)
    assert str(found.answer) == f"refused with exception {code}: {meaning}"


READ_8 = frames.read_coils(1, 8)
EIGHT_OFF = "01 01 01 00 51 88"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no answer"),
        (EIGHT_OFF[:-3], "5 bytes without a right checksum"),
        ("01 01 01 00 51 89", "6 bytes without a right checksum"),
        ("02 01 01 00 51 CC", "an answer from address 2 instead of 1"),
        ("01 02 01 00 A1 88", "an answer to another question"),
        ("01 01 02 00 00 B9 FC", "an answer to another question"),
        ("01 05 00 00 FF 00 8C 3A", "an answer to another question"),
        ("01 82 02 C1 61", "an answer to another question"),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one_and_is_told(text: str, words: str) -> None:
    assert frames.find(READ_8, frame(text)) is None
    assert frames.what_is_wrong(READ_8, frame(text)) == words


def test_an_echo_with_another_value_is_no_answer_to_a_write() -> None:
    assert frames.find(frames.pulse_coil(1, 0, 8), frame("01 05 02 00 00 07 8D B0")) is None


def test_an_answer_is_found_between_stray_bytes_and_only_when_it_is_whole() -> None:
    whole = frame("00 01 01") + frame(EIGHT_OFF) + frame("FF 00")
    for size in range(len(whole) + 1):
        found = frames.find(READ_8, whole[:size])
        assert found == (frames.Found(RELAYS_OFF, 3) if size >= 9 else None)


@given(st.sampled_from([request for request, *_ in REQUESTS]), st.binary(max_size=300))
def test_any_bytes_are_looked_at(request_: frames.Request, data: bytes) -> None:
    found = frames.find(request_, data)
    assert found is None or isinstance(found.answer, frames.Answer | frames.Refused)
    assert frames.what_is_wrong(request_, data)


@given(st.binary(max_size=300))
def test_whatever_comes_with_a_right_checksum_gives_what_was_asked_for(body: bytes) -> None:
    found = frames.find(READ_8, modbus.framed(1, body))
    assert found is None or not isinstance(found.answer, frames.Answer) or len(found.answer.bits) == 8


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_the_twins_take_any_bytes(chunks: list[bytes]) -> None:
    for device in (WaveshareRelay(inputs=8), Pzem004t(), XyMd02()):
        for step, chunk in enumerate(chunks):
            device.receive(chunk, step * 10)
            device.receive(modbus.framed(1, chunk), 1_000 + step * 100)
