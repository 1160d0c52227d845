"""The bytes of the lock boards, literally: every example of the protocol notes, both ways, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import (
    lockboard_8a,
    lockboard_8a_frames,
    lockboard_cu16_frames,
    lockboard_dc02_frames,
    lockboard_wkly_frames,
)
from drivers.lock_board_line import Heard, Language, Opened, Status
from drivers.lockboard_8a_frames import All, Found, One
from drivers.lockboard_cu16 import Settings as Cu16Settings
from drivers.lockboard_cu16 import _Language as Cu16
from drivers.lockboard_dc02 import Settings as Dc02Settings
from drivers.lockboard_dc02 import _Language as Dc02
from drivers.lockboard_wkly import Settings as WklySettings
from drivers.lockboard_wkly import _Language as Wkly
from drivers.lockboard_wkly_frames import Frame, Word

PORT = "sim://cells"


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def eight_a(**settings: object) -> Language:
    settings = {"driver": "lockboard-8a", "port": PORT, **settings}
    return lockboard_8a._Language(lockboard_8a.Settings.model_validate(settings))


def wkly(**settings: object) -> Language:
    return Wkly(WklySettings.model_validate({"driver": "lockboard-wkly", "port": PORT, **settings}))


def cu16(**settings: object) -> Language:
    return Cu16(Cu16Settings.model_validate({"driver": "lockboard-cu16", "port": PORT, **settings}))


def dc02(**settings: object) -> Language:
    return Dc02(Dc02Settings.model_validate({"driver": "lockboard-dc02", "port": PORT, **settings}))


# ---------------------------------------------------------------- 8A/80


@pytest.mark.parametrize(
    ("request_bytes", "text"),
    [
        (lockboard_8a_frames.unlock(1, 1), "8A 01 01 11 9B"),
        (lockboard_8a_frames.unlock(1, 2), "8A 01 02 11 98"),
        (lockboard_8a_frames.unlock(2, 12), "8A 02 0C 11 95"),
        (lockboard_8a_frames.unlock(1, 24), "8A 01 18 11 82"),
        (lockboard_8a_frames.read_one(1, 1), "80 01 01 33 B3"),
        (lockboard_8a_frames.read_all(1), "80 01 00 33 B2"),
    ],
)
def test_8a_requests(request_bytes: bytes, text: str) -> None:
    assert request_bytes == raw(text)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("8A 01 01 00 8A", One(0x8A, 1, False)),
        ("80 01 01 11 91", One(0x80, 1, True)),
        ("80 01 01 00 80", One(0x80, 1, False)),
        ("80 01 00 00 00 33 B2", All((False,) * 24)),
        ("80 01 00 00 02 33 B0", All((False, True) + (False,) * 22)),
        ("80 01 FF FF FF 33 4D", All((True,) * 24)),
        ("82 01 01 11 93", One(0x82, 1, True)),
        ("82 01 01 00 82", One(0x82, 1, False)),
        ("81 01 01 11 90", One(0x81, 1, True)),
        ("81 01 01 00 81", One(0x81, 1, False)),
    ],
)
def test_8a_answers(text: str, frame: One | All) -> None:
    data = raw(text)
    assert list(lockboard_8a_frames.frames(data)) == [Found(1, frame, len(data))]
    assert eight_a(address=2).find(data).answers == ()
    assert not list(lockboard_8a_frames.frames(data[:-1] + bytes((data[-1] ^ 1,))))


@pytest.mark.parametrize("text", ["8A 01 00 11 9A", "90 01 02 02 02 93", "9A 01 01 11 8B", "9B 01 01 11 8A"])
def test_8a_what_is_never_said_is_no_answer(text: str) -> None:
    assert not list(lockboard_8a_frames.frames(raw(text)))


def test_8a_status_bytes_run_from_the_highest_channels_down_or_up() -> None:
    data = lockboard_8a_frames.checked(raw("80 01 80 00 01 33"))
    assert open_cells(eight_a(), data) == set(range(2, 24))
    assert open_cells(eight_a(status_order="low_first"), data) == set(range(1, 25)) - {8, 17}
    assert open_cells(eight_a(feedback="open_shorts"), data) == {1, 24}
    assert open_cells(eight_a(feedback="open_shorts", status_order="low_first"), data) == {8, 17}


def test_8a_the_live_note_is_channel_2_open() -> None:
    assert open_cells(eight_a(feedback="open_shorts"), raw("80 01 00 00 02 33 B0")) == {2}


def test_8a_how_many_status_bytes_there_are_is_told_by_the_frame() -> None:
    for count in range(1, 8):
        data = lockboard_8a_frames.checked(raw("80 01") + bytes(count) + b"\x33")
        (status,) = eight_a().find(data).answers
        assert isinstance(status, Status)
        assert list(status.shut) == list(range(1, 8 * count + 1))


def test_8a_what_an_unlock_answers_depends_on_the_contact() -> None:
    still, opened = raw("8A 01 01 11 9B"), raw("8A 01 01 00 8A")
    assert eight_a().find(opened) == Heard((Opened(1, True),), 0)
    assert eight_a().find(still) == Heard((Opened(1, False),), 0)
    assert eight_a(feedback="open_shorts").find(opened) == Heard((Opened(1, False),), 0)
    assert eight_a(feedback="open_shorts").find(still) == Heard((Opened(1, True),), 0)


def test_8a_a_change_that_is_told_unasked_is_neither_an_answer_nor_stray() -> None:
    assert eight_a().find(raw("82 01 01 00 82 81 01 01 11 90")) == Heard((), 0, told=True)


# ---------------------------------------------------------------- WKLY


@pytest.mark.parametrize(
    ("request_bytes", "text"),
    [
        (lockboard_wkly_frames.write(0, Word.OPEN_ONE, b"\x01"), "57 4B 4C 59 09 00 82 01 83"),
        (lockboard_wkly_frames.write(1, Word.READ_ONE, b"\x04"), "57 4B 4C 59 09 01 83 04 86"),
        (lockboard_wkly_frames.write(1, Word.READ_ALL), "57 4B 4C 59 08 01 84 84"),
        (wkly().unlock(1), "57 4B 4C 59 09 00 82 01 83"),
        (wkly(address=1).status(), "57 4B 4C 59 08 01 84 84"),
    ],
)
def test_wkly_requests(request_bytes: bytes, text: str) -> None:
    assert request_bytes == raw(text)


@pytest.mark.parametrize(
    ("board", "text", "word", "data"),
    [
        (0, "57 4B 4C 59 0B 00 82 00 01 00 81", 0x82, "00 01 00"),
        (1, "57 4B 4C 59 0B 01 83 00 04 01 85", 0x83, "00 04 01"),
        (1, "57 4B 4C 59 0E 01 84 00 04 01 01 00 01 87", 0x84, "00 04 01 01 00 01"),
        (1, "57 4B 4C 59 0A 01 85 04 00 83", 0x85, "04 00"),
        (1, "57 4B 4C 59 08 01 86 86", 0x86, ""),
    ],
)
def test_wkly_frames(board: int, text: str, word: int, data: str) -> None:
    whole = raw(text)
    assert list(lockboard_wkly_frames.frames(whole)) == [Frame(board, word, raw(data), len(whole))]
    assert wkly(address=board + 1).find(whole).answers == ()
    assert not list(lockboard_wkly_frames.frames(whole[:-1] + bytes((whole[-1] ^ 1,))))


def test_wkly_answers() -> None:
    assert wkly().find(raw("57 4B 4C 59 0B 00 82 00 01 00 81")) == Heard((Opened(1, True),), 0)
    status = Status({1: True, 2: True, 3: False, 4: True})
    assert wkly(address=1).find(raw("57 4B 4C 59 0E 01 84 00 04 01 01 00 01 87")) == Heard((status,), 0)
    assert wkly(address=1).find(raw("57 4B 4C 59 0A 01 85 04 00 83")) == Heard((), 0, told=True)


def test_wkly_a_board_that_counts_from_0() -> None:
    assert wkly(first_channel=0).unlock(1) == raw("57 4B 4C 59 09 00 82 00 82")
    assert wkly(first_channel=0).find(raw("57 4B 4C 59 0B 00 82 00 01 00 81")).answers == (Opened(2, True),)


def test_wkly_failures_are_no_states() -> None:
    failed = lockboard_wkly_frames.write(0, Word.OPEN_ONE, raw("FF 01 FF"))
    assert wkly().find(failed).answers == (Opened(1, None, failed=True),)
    status = lockboard_wkly_frames.write(0, Word.READ_ALL, raw("00 03 01 FF 00"))
    assert wkly().find(status).answers == (Status({1: True, 3: False}),)
    assert wkly().find(lockboard_wkly_frames.write(0, Word.READ_ALL, raw("FF 03 01 01 00"))).answers == ()
    assert wkly().find(lockboard_wkly_frames.write(0, Word.READ_ALL, raw("00 04 01 01 00"))).answers == ()


# ---------------------------------------------------------------- CU16


@pytest.mark.parametrize(
    ("request_bytes", "text"),
    [
        (lockboard_cu16_frames.read(0), "02 00 30 03 35"),
        (lockboard_cu16_frames.unlock(0, 0), "02 00 31 03 36"),
        (lockboard_cu16_frames.unlock(0, 4), "02 04 31 03 3A"),
        (lockboard_cu16_frames.unlock(1, 3), "02 13 31 03 49"),
        (cu16().unlock(5), "02 04 31 03 3A"),
        (cu16(address=1).unlock(4), "02 13 31 03 49"),
        (cu16().status(), "02 00 30 03 35"),
    ],
)
def test_cu16_requests(request_bytes: bytes, text: str) -> None:
    assert request_bytes == raw(text)


@pytest.mark.parametrize(
    ("text", "opened"), [("02 00 35 FF 7F 00 00 03 B8", {16}), ("02 00 35 FE FF 00 00 03 37", {1})]
)
def test_cu16_answers(text: str, opened: set[int]) -> None:
    data = raw(text)
    assert open_cells(cu16(), data) == opened
    assert cu16(address=1).find(data) == Heard((), 0)
    assert cu16().find(data[:-1] + bytes((data[-1] ^ 1,))).answers == ()


@pytest.mark.parametrize("text", ["02 F0 32 03 27", "02 00 33 03 38"])
def test_cu16_what_is_never_said_is_no_answer(text: str) -> None:
    assert cu16().find(raw(text)).answers == ()


# ---------------------------------------------------------------- DC02


@pytest.mark.parametrize(
    ("request_bytes", "text"),
    [
        (lockboard_dc02_frames.write(1, lockboard_dc02_frames.Word.OPEN_ONE, b"\x01"), "DC 02 01 10 01 01 13"),
        (lockboard_dc02_frames.write(1, lockboard_dc02_frames.Word.READ_ALL), "DC 02 01 12 00 13"),
        (dc02().unlock(1), "DC 02 01 10 01 01 13"),
        (dc02(address=15).unlock(12), "DC 02 0F 10 01 0C 2C"),
        (dc02().status(), "DC 02 01 12 00 13"),
    ],
)
def test_dc02_requests(request_bytes: bytes, text: str) -> None:
    assert request_bytes == raw(text)


@pytest.mark.parametrize(
    ("text", "word", "data"),
    [
        ("DC FE 01 10 02 01 01 15", 0x10, "01 01"),
        ("DC FE 01 10 01 01 13", 0x10, "01"),
        ("DC FE 01 12 02 00 00 15", 0x12, "00 00"),
        ("DC FE 01 14 02 0F FF 25", 0x14, "0F FF"),
        ("DC FE 01 16 01 01 19", 0x16, "01"),
    ],
)
def test_dc02_frames(text: str, word: int, data: str) -> None:
    whole = raw(text)
    assert list(lockboard_dc02_frames.frames(whole)) == [lockboard_dc02_frames.Frame(1, word, raw(data), len(whole))]
    assert dc02(address=2).find(whole).answers == ()
    assert not list(lockboard_dc02_frames.frames(whole[:-1] + bytes((whole[-1] ^ 1,))))
    assert not list(lockboard_dc02_frames.frames(whole[:-1]))


def test_dc02_answers() -> None:
    assert dc02().find(raw("DC FE 01 10 02 01 01 15")) == Heard((Opened(1, True),), 0)
    assert dc02().find(raw("DC FE 01 10 02 01 00 14")) == Heard((Opened(1, False),), 0)
    assert dc02().find(raw("DC FE 01 10 01 01 13")) == Heard((Opened(None, True),), 0)
    assert dc02().find(raw("DC FE 01 10 01 00 12")) == Heard((Opened(None, False),), 0)
    assert open_cells(dc02(), raw("DC FE 01 12 02 00 00 15")) == set()
    assert open_cells(dc02(), raw("DC FE 01 12 02 09 81 9F")) == {1, 8, 9, 12}


@pytest.mark.parametrize(
    "text",
    [
        "DC 02 01 10 01 01 13",  # what the host says is none
        "DC 02 01 15 02 00 07 1F",
        "DC 02 01 16 02 01 01 1B",
        "DC FE 01 14 02 0F FF 25",  # nor is the answer to what is never said
        "DC FE 01 16 01 01 19",
        "DC FE 01 10 02 01 05 19",  # nor are states, lengths and commands of no known meaning
        "DC FE 01 10 00 11",
        "DC FE 01 12 01 00 14",
        "DC FE 01 12 03 00 00 00 16",
    ],
)
def test_dc02_what_is_no_answer(text: str) -> None:
    assert dc02().find(raw(text)).answers == ()


# ---------------------------------------------------------------- all of them

LANGUAGES = [eight_a(), eight_a(status_order="low_first", feedback="open_shorts"), wkly(), cu16(), dc02()]
VALID = [
    raw("8A 01 01 00 8A"),
    raw("80 01 00 00 02 33 B0"),
    raw("57 4B 4C 59 0B 00 82 00 01 00 81"),
    lockboard_wkly_frames.write(0, Word.READ_ALL, raw("00 02 01 00")),
    raw("02 00 35 FF 7F 00 00 03 B8"),
    raw("DC FE 01 10 02 01 01 15"),
    raw("DC FE 01 12 02 0F FF 23"),
]


def open_cells(language: Language, data: bytes) -> set[int]:
    (status,) = language.find(data).answers
    assert isinstance(status, Status)
    return {channel for channel, shut in status.shut.items() if not shut}


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(VALID)), max_size=8), st.sampled_from(LANGUAGES))
def test_any_bytes_are_read_without_a_fault_and_all_are_accounted_for(pieces: list[bytes], language: Language) -> None:
    data = b"".join(pieces)
    heard = language.find(data)
    assert 0 <= heard.stray <= len(data)
    assert all(1 <= channel <= 256 for one in heard.answers if isinstance(one, Status) for channel in one.shut)


HEADS = b"\x8a\x80\x82\x81\x57\x02\xdc"
"""What begins like a frame may swallow the one behind it: a checksum of one byte tells no better. Noise is the rest."""
NOISE = st.binary(max_size=6).map(lambda data: data.translate(None, HEADS))


@given(
    NOISE,
    NOISE,
    st.sampled_from(list(zip(LANGUAGES[:1] * 2 + [wkly()] * 2 + [cu16()] + [dc02()] * 2, VALID, strict=True))),
)
def test_stray_bytes_around_an_answer_are_counted_and_hide_nothing(
    before: bytes, after: bytes, known: tuple[Language, bytes]
) -> None:
    language, frame = known
    alone, found = language.find(frame), language.find(before + frame + after)
    if not language.find(before).answers and not language.find(after).answers:
        assert alone.answers[0] in found.answers
        assert found.stray <= len(before + after)
