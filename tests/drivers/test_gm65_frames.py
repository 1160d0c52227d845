"""GM65 frames: every example of the protocol notes, both ways, against the simulator's independent module."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import gm65_frames as frames
from drivers.contract import MAX_CODE_BYTES
from simulator.devices.gm65 import Gm65

ACK = bytes.fromhex("02000001003331")


def frame(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


REQUESTS = [
    (frames.write_zones(0x0002, b"\x01"), "7E 00 08 01 00 02 01 02 DA"),
    (frames.read_zones(0x0000), "7E 00 07 01 00 00 01 01 41"),
    (frames.write_zones(0x0000, b"\xd5"), "7E 00 08 01 00 00 D5 EF 41"),
    (frames.write_zones(0x0000, b"\xd6"), "7E 00 08 01 00 00 D6 DF 22"),
    (frames.write_zones(0x0013, b"\x85"), "7E 00 08 01 00 13 85 E3 94"),
    (frames.write_zones(0x0060, b"\x01"), "7E 00 08 01 00 60 01 6F 92"),
    (frames.write_zones(0x002C, b"\x00"), "7E 00 08 01 00 2C 00 37 12"),
    (frames.write_zones(0x003F, b"\x01"), "7E 00 08 01 00 3F 01 71 13"),
    (frames.read_zones(0x002A, 2), "7E 00 07 01 00 2A 02 D8 0F"),
    (frames.write_zones(0x002A, frames.baud_divisor(9600)), "7E 00 08 02 00 2A 39 01 A7 EA"),
    (frames.write_zones(0x002A, frames.baud_divisor(115200)), "7E 00 08 02 00 2A 1A 00 E4 7E"),
    (frames.read_zones(0x00E2), "7E 00 07 01 00 E2 01 77 91"),
    (frames.save(), "7E 00 09 01 00 00 00 DE C8"),
]


@pytest.mark.parametrize(("request_", "text"), REQUESTS)
def test_a_request_is_encoded_as_in_the_notes(request_: frames.Request, text: str) -> None:
    assert request_.encode() == frame(text)


@pytest.mark.parametrize(("request_", "text"), REQUESTS)
def test_the_simulated_module_understands_the_notes_and_answers_in_frames(request_: frames.Request, text: str) -> None:
    module = Gm65()
    module.zones[0] = 0xD5
    ((_, answer),) = module.receive(frame(text), 0)
    (reply,) = frames.Stream().feed(answer)
    assert isinstance(reply, frames.Reply)
    assert reply.ok
    match request_.kind:
        case frames.Kind.WRITE if request_.zone != 0x0002:
            assert bytes(module.zones[request_.zone + step] for step in range(len(request_.data))) == request_.data
            assert reply.data == b"\x00"
        case frames.Kind.READ:
            assert reply.data == bytes(module.zones[request_.zone + step] for step in range(request_.data[0]))
        case frames.Kind.FLASH:
            assert module.flash == module.zones


def test_the_heartbeat_of_the_notes_is_answered_and_its_answer_is_taken_for_a_reply() -> None:
    ((_, answer),) = Gm65().receive(frame("7E 00 0A 01 00 00 00 30 1A"), 0)
    assert answer == frame("03 00 00 01 00 33 31")
    assert frames.Stream().feed(answer) == [frames.Reply(ok=True, data=b"\x00")]


def test_a_request_that_asks_not_to_be_checked_is_obeyed() -> None:
    module = Gm65()
    assert module.receive(frame("7E 00 08 01 00 60 01 AB CD"), 0)
    assert module.zones[0x60] == 1


@pytest.mark.parametrize(
    ("text", "data"),
    [("02 00 00 01 00 33 31", b"\x00"), ("02 00 00 01 D5 A8 E9", b"\xd5"), ("02 00 00 02 39 01 C1 4C", b"\x39\x01")],
)
def test_a_reply_of_the_notes_is_read(text: str, data: bytes) -> None:
    assert frames.Stream().feed(frame(text)) == [frames.Reply(ok=True, data=data)]


def test_the_simulated_module_sends_the_replies_of_the_notes() -> None:
    module = Gm65()
    module.zones[0x0000] = 0xD5
    sent = [
        module.receive(frames.write_zones(0x0060, b"\x01").encode(), 0),
        module.receive(frames.read_zones(0x0000).encode(), 0),
        module.receive(frames.read_zones(0x002A, 2).encode(), 0),
    ]
    assert [data for ((_, data),) in sent] == [
        frame("02 00 00 01 00 33 31"),
        frame("02 00 00 01 D5 A8 E9"),
        frame("02 00 00 02 39 01 C1 4C"),
    ]


@pytest.mark.parametrize(
    ("baud", "divisor"),
    [
        (1200, "C4 09"),
        (4800, "71 02"),
        (9600, "39 01"),
        (14400, "D0 00"),
        (19200, "9C 00"),
        (38400, "4E 00"),
        (57600, "34 00"),
        (115200, "1A 00"),
    ],
)
def test_every_speed_of_the_notes_has_its_divisor_on_both_sides(baud: int, divisor: str) -> None:
    assert frames.baud_divisor(baud) == frame(divisor)
    module = Gm65()
    module.zones[0x2A], module.zones[0x2B] = frame(divisor)
    assert module.baud == baud


def run(chunks: list[bytes]) -> list[frames.Reply | frames.Code | frames.Junk]:
    stream = frames.Stream()
    found = [item for chunk in chunks for item in stream.feed(chunk)]
    return [*found, *stream.silence()]


def test_an_acknowledgement_is_stripped_wherever_the_bytes_are_cut() -> None:
    whole = ACK + b"SG1:ABC\r" + ACK + ACK + b"31\r\n"
    expected = [
        frames.Reply(ok=True, data=b"\x00"),
        frames.Code(b"SG1:ABC"),
        frames.Reply(ok=True, data=b"\x00"),
        frames.Reply(ok=True, data=b"\x00"),
        frames.Code(b"31"),
    ]
    assert run([whole]) == expected
    assert run([bytes((byte,)) for byte in whole]) == expected
    for cut in range(len(whole)):
        assert run([whole[:cut], whole[cut:]]) == expected


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b""])
def test_a_record_ends_with_any_tail_or_with_silence(end: bytes) -> None:
    assert run([b"SG1:A" + end]) == [frames.Code(b"SG1:A")]


def test_two_records_that_arrive_joined_are_two() -> None:
    assert run([b"ONE\rTWO\r\nTHREE"]) == [frames.Code(b"ONE"), frames.Code(b"TWO"), frames.Code(b"THREE")]


def test_the_longest_code_is_taken_and_one_byte_more_is_junk() -> None:
    assert run([b"A" * MAX_CODE_BYTES + b"\r"]) == [frames.Code(b"A" * MAX_CODE_BYTES)]
    assert run([b"A" * (MAX_CODE_BYTES + 1) + b"\r"]) == [frames.Junk("longer than 512 bytes")]


@pytest.mark.parametrize("bad", [b"\x00", b"\x1b", b"\x7f", b"\x80", "富民".encode("gbk"), "富民".encode()])
def test_control_characters_and_other_scripts_are_junk(bad: bytes) -> None:
    (junk,) = run([b"SG1:A" + bad + b"B\r"])
    assert junk == frames.Junk("bytes that are no text")


def test_a_code_that_imitates_a_reply_is_junk_and_never_joined() -> None:
    assert run([b"OPEN" + ACK + b"SESAME\r"]) == [
        frames.Reply(ok=True, data=b"\x00"),
        frames.Junk("a reply inside a code"),
    ]


def test_a_reply_after_stray_bytes_is_still_found() -> None:
    assert run([b"\xff\x02" + ACK])[0] == frames.Reply(ok=True, data=b"\x00")


@pytest.mark.parametrize("place", range(7))
def test_a_reply_with_a_flipped_bit_is_no_reply(place: int) -> None:
    damaged = bytearray(ACK)
    damaged[place] ^= 0x04
    assert not any(isinstance(item, frames.Reply) for item in run([bytes(damaged)]))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_bytes_are_separated_and_little_is_held(chunks: list[bytes]) -> None:
    stream = frames.Stream()
    for chunk in chunks:
        for item in stream.feed(chunk):
            if isinstance(item, frames.Code):
                assert 1 <= len(item.text) <= MAX_CODE_BYTES
                assert all(0x20 <= byte <= 0x7E for byte in item.text)
        assert len(stream._record) <= MAX_CODE_BYTES
        assert len(stream._reply) <= 4 + frames.MAX_REPLY_DATA + 2
    stream.silence()
    assert not stream.partial


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=10), st.data())
def test_how_the_bytes_are_cut_makes_no_difference(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    cut = data.draw(st.integers(0, len(whole)))
    assert run([whole]) == run([whole[:cut], whole[cut:]]) == run(pieces)
