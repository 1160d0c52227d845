"""LD2450 frames: the examples of the notes and of the maker, both ways, against the simulator's independent tracker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import hlk_frames
from drivers import ld2450_frames as frames
from simulator.devices.ld2450 import Ld2450, report, target

STILL = "AA FF 03 00 4E 80 A7 89 00 80 68 01" + " 00" * 16 + " 55 CC"
COMING = "AA FF 03 00 0E 03 B1 86 10 00 40 01" + " 00" * 16 + " 55 CC"
MILLIMETRES = st.integers(-32_767, 32_767)


def frame(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [(STILL, frames.Target(78, 2471, 0, 360)), (COMING, frames.Target(-782, 1713, -16, 320))],
)
def test_an_example_is_read_and_is_what_the_simulated_tracker_sends(text: str, expected: frames.Target) -> None:
    assert frames.stream().feed(frame(text)) == [frames.Report((expected,))]
    sent = target(expected.x_mm, expected.y_mm, expected.speed_cm_s, expected.resolution_mm)
    assert report([sent]) == frame(text)


def test_nobody_is_all_zero() -> None:
    assert frames.stream().feed(report([])) == [frames.Report(())]


def test_a_place_is_free_wherever_it_stands() -> None:
    second = target(-1, 500, 7)
    assert frames.stream().feed(report([bytes(8), second])) == [frames.Report((frames.Target(-1, 500, 7, 360),))]


@given(st.lists(st.tuples(MILLIMETRES, MILLIMETRES, MILLIMETRES, st.integers(1, 65_535)), max_size=3))
def test_what_the_tracker_sends_is_what_is_read(people: list[tuple[int, int, int, int]]) -> None:
    sent = report([target(*person) for person in people])
    assert frames.stream().feed(sent) == [frames.Report(tuple(frames.Target(*person) for person in people))]


def test_the_simulated_tracker_obeys_the_commands_of_the_maker() -> None:
    tracker = Ld2450()
    stream = frames.stream()
    talk = [
        ("FD FC FB FA 04 00 FF 00 01 00 04 03 02 01", "FD FC FB FA 08 00 FF 01 00 00 01 00 40 00 04 03 02 01"),
        ("FD FC FB FA 02 00 80 00 04 03 02 01", "FD FC FB FA 04 00 80 01 00 00 04 03 02 01"),
        ("FD FC FB FA 02 00 90 00 04 03 02 01", "FD FC FB FA 04 00 90 01 00 00 04 03 02 01"),
        ("FD FC FB FA 02 00 A0 00 04 03 02 01", "FD FC FB FA 0C 00 A0 01 00 00 00 00 02 01 16 24 06 22 04 03 02 01"),
        ("FD FC FB FA 04 00 A4 00 00 00 04 03 02 01", "FD FC FB FA 04 00 A4 01 00 00 04 03 02 01"),
        ("FD FC FB FA 02 00 FE 00 04 03 02 01", "FD FC FB FA 04 00 FE 01 00 00 04 03 02 01"),
    ]
    for asked, answer in talk:
        ((_, answered),) = tracker.receive(frame(asked), 0)
        assert answered == frame(answer)
        (ack,) = stream.feed(answered)
        assert isinstance(ack, hlk_frames.Ack)
        assert (ack.word, ack.ok) == (frame(asked)[6], True)
    assert hlk_frames.command(hlk_frames.Word.MULTI_TARGET) == frame("FD FC FB FA 02 00 90 00 04 03 02 01")


def test_frames_are_found_however_the_bytes_are_cut_and_between_noise() -> None:
    whole = b"\xaa\xff" + frame(STILL) + b"\x00\xfd\xfc" + frame(COMING) + frame(STILL)[:9] + frame(COMING)
    for cut in range(len(whole)):
        stream = frames.stream()
        found = [*stream.feed(whole[:cut]), *stream.feed(whole[cut:])]
        reports = [item for item in found if isinstance(item, frames.Report)]
        noise = sum(item.count for item in found if isinstance(item, hlk_frames.Noise))
        assert [item.targets[0].x_mm for item in reports] == [78, -782, -782]
        assert noise == len(whole) - 3 * 30


@given(st.lists(st.one_of(st.binary(max_size=600), st.sampled_from([frame(STILL)[:6], b"\xfd\xfc\xfb\xfa"]))))
def test_any_bytes_are_taken_and_little_is_held(chunks: list[bytes]) -> None:
    stream = frames.stream()
    for chunk in chunks:
        stream.feed(chunk)
        assert len(stream._held) <= 6 + hlk_frames.MAX_BODY + 4
