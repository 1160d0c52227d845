"""Frames of UHF tag readers: every example of the protocol notes, both ways, against the simulator's own reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import r200_uhf_frames as frames
from simulator.devices.r200_uhf import R200Uhf, frame, notice

EPC = "30751FEB705C5904E3D50D70"
NOTICE = bytes.fromhex("BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E")
NO_TAG = bytes.fromhex("BB 01 FF 00 01 15 16 7E")
TAG = frames.Tag(bytes.fromhex(EPC), -55)

SINGLE = bytes.fromhex("BB 00 22 00 00 22 7E")
MANY = bytes.fromhex("BB 00 27 00 03 22 27 10 83 7E")
STOP = bytes.fromhex("BB 00 28 00 00 28 7E")


def test_requests_are_encoded_as_in_the_notes() -> None:
    assert frames.request(frames.INVENTORY) == SINGLE
    assert frames.request(frames.INVENTORIES, b"\x22\x27\x10") == MANY
    assert frames.request(frames.STOP) == STOP


def test_the_simulated_reader_obeys_the_requests_of_the_notes() -> None:
    reader = R200Uhf((EPC,))
    assert [data for _, data in reader.receive(SINGLE, 0)] == [NOTICE]
    assert reader.receive(MANY, 0) == []
    assert reader.looks_left == 10_000
    assert {data for _, data in reader.tick(1_000)} == {NOTICE}
    ((_, stopped),) = reader.receive(STOP, 1_000)
    assert frames.Stream().feed(stopped) == [frames.Other(0x28)]
    assert reader.looks_left == 0
    reader.take(EPC)
    assert [data for _, data in reader.receive(SINGLE, 1_000)] == [NO_TAG]


def test_a_tag_of_the_notes_is_read_and_is_what_the_simulated_reader_sends() -> None:
    assert frames.Stream().feed(NOTICE) == [TAG]
    assert notice(TAG.epc, -55) == NOTICE


def test_no_tag_of_the_notes_is_read_and_is_what_the_simulated_reader_sends() -> None:
    assert frames.Stream().feed(NO_TAG) == [frames.NoTag()]
    assert frame(0x01, 0xFF, b"\x15") == NO_TAG


def test_another_error_is_no_empty_look() -> None:
    assert frames.Stream().feed(bytes.fromhex("BB 01 FF 00 01 20 21 7E")) == [frames.Failed(0x20)]


@pytest.mark.parametrize("words", [1, 6, 31])
def test_numbers_of_any_length_that_a_tag_can_have_are_read(words: int) -> None:
    epc = bytes(range(2 * words))
    assert frames.Stream().feed(notice(epc, -101)) == [frames.Tag(epc, -101)]


@pytest.mark.parametrize(
    "data",
    [
        *("", "C9", "C9 34 00", "C9 00 00 3A 76"),
        "C9 2C 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76",  # five words, and six came
        "C9 3C 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76",  # seven words
    ],
)
def test_a_number_that_is_not_as_long_as_it_says_is_noise(data: str) -> None:
    whole = frame(0x02, 0x22, bytes.fromhex(data))
    assert frames.Stream().feed(whole) == [frames.Noise(len(whole))]


def test_our_own_question_coming_back_is_no_answer() -> None:
    assert frames.Stream().feed(SINGLE) == [frames.Noise(len(SINGLE))]


@pytest.mark.parametrize("place", range(len(NOTICE)))
def test_a_notice_with_a_flipped_bit_is_no_tag(place: int) -> None:
    damaged = bytearray(NOTICE)
    damaged[place] ^= 0x04
    stream = frames.Stream()
    found = [*stream.feed(bytes(damaged)), *stream.silence()]
    assert not any(isinstance(one, frames.Tag) for one in found)


def test_frames_are_found_between_stray_bytes_and_however_they_are_cut() -> None:
    whole = b"\xbb" + NOTICE + b"\x00\xbb\x02" + NO_TAG
    for cut in range(len(whole)):
        stream = frames.Stream()
        found = [*stream.feed(whole[:cut]), *stream.feed(whole[cut:]), *stream.silence()]
        assert [one for one in found if not isinstance(one, frames.Noise)] == [TAG, frames.NoTag()]
        assert sum(one.count for one in found if isinstance(one, frames.Noise)) == 4


def test_a_frame_that_never_ends_hides_no_other_for_longer_than_the_silence() -> None:
    stream = frames.Stream()
    assert stream.feed(bytes.fromhex("BB 02 22 00 43") + NO_TAG) == []
    assert stream.silence() == [frames.NoTag(), frames.Noise(5)]


def test_a_length_beyond_any_tag_is_noise_at_once() -> None:
    assert frames.Stream().feed(bytes.fromhex("BB 02 22 FF FF")) == [frames.Noise(5)]


@given(st.lists(st.binary(max_size=300) | st.just(NOTICE[:9]), max_size=20))
def test_any_bytes_are_taken_and_little_is_held(chunks: list[bytes]) -> None:
    stream = frames.Stream()
    for chunk in chunks:
        for one in stream.feed(chunk):
            if isinstance(one, frames.Tag):
                assert 2 <= len(one.epc) <= frames.MAX_EPC_BYTES
        assert len(stream._held) < 7 + frames.MAX_DATA
    stream.silence()
    assert not stream._held


@given(st.binary(max_size=400))
def test_any_bytes_are_taken_by_the_simulated_reader(data: bytes) -> None:
    reader = R200Uhf((EPC,))
    reader.receive(data, 0)
    reader.tick(1_000)
    assert len(reader._held) <= 256
