"""LD2410 frames: every example of the protocol notes, both ways, against the simulator's independent radar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import hlk_frames
from drivers import ld2410_frames as frames
from simulator.devices.ld2410 import Ld2410, basic_fields, report

STILL = "F4 F3 F2 F1 0D 00 02 AA 02 51 00 00 00 00 3B 00 00 55 00 F8 F7 F6 F5"
BOTH = "F4 F3 F2 F1 0D 00 02 AA 03 51 00 3C 78 00 37 4B 00 55 00 F8 F7 F6 F5"


def frame(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        (STILL, (2, 81, 0, 0, 59, 0), frames.Report(frames.State.STILL, 81, 0, 0, 59, 0)),
        (BOTH, (3, 81, 60, 120, 55, 75), frames.Report(frames.State.BOTH, 81, 60, 120, 55, 75)),
    ],
)
def test_a_report_of_the_notes_is_read_and_is_what_the_simulated_radar_sends(
    text: str, fields: tuple[int, int, int, int, int, int], expected: frames.Report
) -> None:
    assert frames.stream().feed(frame(text)) == [expected]
    assert report(b"\x02", basic_fields(*fields)) == frame(text)


COMMANDS = [
    (hlk_frames.command(hlk_frames.Word.ENTER, b"\x01\x00"), "FD FC FB FA 04 00 FF 00 01 00 04 03 02 01"),
    (hlk_frames.command(hlk_frames.Word.LEAVE), "FD FC FB FA 02 00 FE 00 04 03 02 01"),
    (hlk_frames.command(hlk_frames.Word.BLUETOOTH, b"\x00\x00"), "FD FC FB FA 04 00 A4 00 00 00 04 03 02 01"),
    (hlk_frames.command(hlk_frames.Word.RESTART), "FD FC FB FA 02 00 A3 00 04 03 02 01"),
]


@pytest.mark.parametrize(("encoded", "text"), COMMANDS)
def test_a_command_is_encoded_as_in_the_notes(encoded: bytes, text: str) -> None:
    assert encoded == frame(text)


def test_the_simulated_radar_obeys_the_commands_of_the_notes() -> None:
    radar = Ld2410()
    ((_, entered),) = radar.receive(frame("FD FC FB FA 04 00 FF 00 01 00 04 03 02 01"), 0)
    assert entered == frame("FD FC FB FA 08 00 FF 01 00 00 01 00 40 00 04 03 02 01")
    assert frames.stream().feed(entered) == [hlk_frames.Ack(0xFF, ok=True, data=b"\x01\x00\x40\x00")]
    assert radar.configuring is True
    ((_, firmware),) = radar.receive(frame("FD FC FB FA 02 00 A0 00 04 03 02 01"), 0)
    assert isinstance(frames.stream().feed(firmware)[0], hlk_frames.Ack)
    modes = []
    for word in ("62", "63", "FE"):
        radar.receive(frame(f"FD FC FB FA 02 00 {word} 00 04 03 02 01"), 0)
        modes.append((radar.engineering, radar.configuring))
    assert modes == [(True, True), (False, True), (False, False)]


def test_an_engineering_report_is_read_like_a_basic_one() -> None:
    gates = b"\x08\x08" + bytes(range(18)) + b"\x80\x01"
    whole = report(b"\x01", basic_fields(1, 120, 40, 0, 0, 120) + gates)
    assert whole[4:6] == b"\x23\x00"
    assert frames.stream().feed(whole) == [frames.Report(frames.State.MOVING, 120, 40, 0, 0, 120)]


def test_background_calibration_is_no_word_about_people() -> None:
    (found,) = frames.stream().feed(report(b"\x02", basic_fields(4, 0, 0, 0, 0, 0)))
    assert isinstance(found, frames.Report)
    assert found.state is None


@pytest.mark.parametrize(
    ("state", "moving", "still", "detection", "expected"),
    [(1, 80, 0, 0, 80), (2, 81, 0, 0, 81), (2, 0, 90, 0, 90), (3, 81, 120, 75, 75), (1, 80, 0, 70, 70)],
)
def test_the_distance_is_the_best_that_the_firmware_gives(
    state: int, moving: int, still: int, detection: int, expected: int
) -> None:
    assert frames.Report(frames.State(state), moving, 50, still, 50, detection).distance_cm == expected


def test_frames_are_found_however_the_bytes_are_cut_and_between_noise() -> None:
    whole = b"\xf4\xf3" + frame(STILL) + b"\x00\xfd\xfc\xfb\xfa" + frame(BOTH) + frame(STILL)[:9] + frame(BOTH)
    for cut in range(len(whole)):
        stream = frames.stream()
        found = [*stream.feed(whole[:cut]), *stream.feed(whole[cut:])]
        reports = [item for item in found if isinstance(item, frames.Report)]
        noise = sum(item.count for item in found if isinstance(item, hlk_frames.Noise))
        assert [item.state for item in reports] == [frames.State.STILL, frames.State.BOTH, frames.State.BOTH]
        assert noise == len(whole) - len(frame(STILL)) - 2 * len(frame(BOTH))


@given(st.lists(st.one_of(st.binary(max_size=600), st.sampled_from([frame(STILL)[:6], b"\xfd\xfc\xfb\xfa"]))))
def test_any_bytes_are_taken_and_little_is_held(chunks: list[bytes]) -> None:
    stream = frames.stream()
    for chunk in chunks:
        stream.feed(chunk)
        assert len(stream._held) <= 6 + hlk_frames.MAX_BODY + 4
