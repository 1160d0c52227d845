"""The bytes of the blood pressure module, literally: the examples of the notes, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import un300c_frames as frames
from drivers.un300c_frames import Cuff, Figures, Finished, Found, Noise, Reader, Status, Word


def told(data: bytes) -> list[Found]:
    return list(Reader().feed(data))


def status(text: str) -> bytes:
    """A frame with its sum."""
    return f"\x02{text}{sum(text.encode()) & 0xFF:02X}\x03\r".encode()


@pytest.mark.parametrize(
    ("word", "request_bytes"),
    [(Word.START, b"\x0201;;D7\x03"), (Word.MANUAL, b"\x0203;;D9\x03"), (Word.STATUS, b"\x0218;;DF\x03")],
)
def test_requests(word: Word, request_bytes: bytes) -> None:
    assert frames.command(word) == request_bytes
    assert told(request_bytes) == [Noise(8)]


def test_a_measurement_as_it_comes() -> None:
    result = b"\x02S1;A0;C03;M00;P125080090;R075;T0005;;40\x03\r"
    assert status("S1;A0;C03;M00;P125080090;R075;T0005;;") == result
    assert told(b"\x02035C0S3\x03\r\x02120C0S3\x03\r\x02999\x03\r" + result) == [
        Cuff(),
        Cuff(),
        Finished(),
        Status(1, Figures(125, 80, 90, 75)),
    ]


def test_what_failed_has_no_figures_though_those_of_the_person_before_are_in_it() -> None:
    assert told(b"\x02S2;A0;C00;M07;P120078090;R060;T    ;;FC\x03\r") == [Status(2, None, "message 07")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("S1;A0;C00;M03;P101065076;R060;T    ;;", Status(1, Figures(101, 65, 76, 60))),
        ("S0;A0;C--;M--;P---------;R---;T----;;", Status(0, None, "message --")),
        ("S1;A0;C00;M00;P---------;R---;T    ;;", Status(1, None, "no figures")),
        ("S1;A0;C00;M00;P120080095;R---;T    ;;", Status(1, None, "no figures")),
        ("S1;A0;C00;M00;P080120095;R060;T    ;;", Status(1, None, "figures that cannot be")),
        ("S1;A0;C00;M00;P000000000;R060;T    ;;", Status(1, None, "figures that cannot be")),
        ("S1;A0;C00;M00;P301080095;R060;T    ;;", Status(1, None, "figures that cannot be")),
        ("S1;A0;C00;M00;P120080095;R019;T    ;;", Status(1, None, "figures that cannot be")),
    ],
)
def test_states(text: str, found: Status) -> None:
    assert told(status(text)) == [found]


def test_a_wrong_sum_is_no_answer() -> None:
    assert told(b"\x02S1;A0;C03;M00;P125080090;R075;T0005;;D2\x03\r") == [Noise(41)]


def test_frames_in_pieces_and_after_stray_bytes() -> None:
    reader = Reader()
    found = [one for byte in b"\x0299\x02035C0S3\x03\r\x02999\x03\rab\x02" for one in reader.feed(bytes((byte,)))]
    assert [one for one in found if not isinstance(one, Noise)] == [Cuff(), Finished()]
    assert sum(one.count for one in found if isinstance(one, Noise)) == 5


def test_figures_are_in_no_log() -> None:
    assert "125" not in repr(told(status("S1;A0;C03;M00;P125080090;R075;T0005;;")))


@given(st.lists(st.one_of(st.binary(max_size=80), st.just(b"\x02999\x03\r"), st.just(b"\x02")), max_size=8))
def test_any_bytes_are_read_without_a_fault_and_little_is_held(pieces: list[bytes]) -> None:
    reader = Reader()
    for piece in pieces:
        assert sum(one.count for one in reader.feed(piece) if isinstance(one, Noise)) <= len(b"".join(pieces))
        assert len(reader._held) <= frames.MAX_TEXT_BYTES
    found = [one for one in reader.feed(b"\x03" * 2 + b"\x02999\x03\r") if not isinstance(one, Noise)]
    assert found[-1] == Finished()
