"""The bytes of the JBD battery, literally: the examples of the notes and of its document, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import jbd_frames as frames
from drivers.jbd_frames import Basic, Found, Refused


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


PACK = raw("DD 03 00 1B 17 00 00 00 02 D0 03 E8 00 00 20 78 00 00 00 00 00 00 10 48 03 0F 02 0B 76 0B 82 FB FF 77")
"""From JBD's document: 15 cells, 58.88 V, nothing flows, 72 %, sensors at 20.3 and 21.5 °C."""
FIGURES = PACK[4:-3]


def framed(data: bytes, *, status: int = 0) -> bytes:
    body = bytes((status, len(data))) + data
    return b"\xdd\x03" + body + (0x10000 - sum(body) & 0xFFFF).to_bytes(2, "big") + b"\x77"


def answer(data: bytes) -> Basic | Refused:
    found = frames.find(data)
    assert found is not None
    return found.answer


@pytest.mark.parametrize(("command", "text"), [(0x03, "DD A5 03 00 FF FD 77"), (0x04, "DD A5 04 00 FF FC 77")])
def test_requests(command: int, text: str) -> None:
    assert frames.read(command) == raw(text)
    assert frames.find(raw(text)) is None


def test_the_answer_of_the_document() -> None:
    assert framed(FIGURES) == PACK
    assert frames.find(PACK) == Found(Basic(58.88, 0.0, 72, (20.3, 21.5)), 0)


def test_what_is_drawn_is_negative() -> None:
    assert answer(framed(FIGURES[:2] + raw("FF 6A") + FIGURES[4:])) == Basic(58.88, -1.5, 72, (20.3, 21.5))
    assert answer(framed(FIGURES[:2] + raw("01 F4") + FIGURES[4:])) == Basic(58.88, 5.0, 72, (20.3, 21.5))


def test_sensors_are_counted_by_the_pack_and_those_that_are_not_connected_left_out() -> None:
    for sensors, degrees in {
        "00": (),
        "01 0A AB": (0.0,),
        "01 09 1A": (),
        "03 0A 47 0A AB 0F 5B": (-10.0, 0.0, 120.0),
        "02 00 00 0B 76": (20.3,),
        "01 0B 76 00 00 17 70 00": (20.3,),  # newer ones have more behind it
    }.items():
        read = answer(framed(FIGURES[:22] + raw(sensors)))
        assert isinstance(read, Basic)
        assert read.temperatures_c == degrees, sensors


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (framed(b"", status=0x80), "it answers with the error 80"),
        (framed(b""), "its answer of 0 bytes is too short"),
        (framed(FIGURES[:22]), "its answer of 22 bytes is too short"),
        (framed(FIGURES[:-1]), "its answer of 26 bytes is too short"),
        (framed(FIGURES[:19] + b"\x65" + FIGURES[20:]), "a charge of 101 % cannot be"),
    ],
)
def test_answers_that_are_none(data: bytes, reason: str) -> None:
    assert answer(data) == Refused(reason)


def test_stray_bytes_are_counted_and_hide_nothing() -> None:
    for before, after in ((b"\xdd\x03\x00", b""), (b"\xdd\x03\x00\xff", b"\xdd"), (b"\x00" * 9, b"\x77\x77")):
        assert frames.find(before + PACK + after) == Found(Basic(58.88, 0.0, 72, (20.3, 21.5)), len(before + after))


@given(st.integers(0, len(PACK) - 1), st.integers(0, 7))
def test_one_wrong_bit_is_no_answer(place: int, bit: int) -> None:
    damaged = bytearray(PACK)
    damaged[place] ^= 1 << bit
    assert frames.find(bytes(damaged)) is None


@pytest.mark.parametrize("length", range(len(PACK)))
def test_half_an_answer_is_none(length: int) -> None:
    assert frames.find(PACK[:length]) is None


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(PACK), st.just(b"\xdd\x03")), max_size=6).map(b"".join))
def test_any_bytes_are_read_without_a_fault(data: bytes) -> None:
    found = frames.find(data)
    assert found is None or 0 <= found.stray < len(data)
    if PACK in data:
        assert found is not None
