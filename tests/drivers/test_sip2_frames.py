"""Messages of SIP2: the examples of protocols.md, and whatever else may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import sip2_frames as frames
from simulator.devices.sip2 import Sip2, check

LOGIN = b"9300CNstation1|COsecret|CPHM|AY0AZF457"
STATUS = b"9900802.00AY1AZFCA0"
PATRON = b"2300120260101    101500AOLIB|AAP001|AC|AD1234|AY2AZF3E3"
CHECKOUT = b"11YN20260101    10150020260131    235959AOLIB|AAP001|AB9787115546081|AC|AY3AZEE9D"
CHECKIN = b"09N20260101    10150020260101    101500APPOD07|AOLIB|AB9787115546081|AC|AY4AZEE93"
AT, DUE = "20260101    101500", "20260131    235959"
ITEM = "9787115546081"


def loan() -> str:
    return frames.checkout("LIB", "P001", ITEM, at=AT, due=DUE)


def test_login_and_status_are_the_examples() -> None:
    assert frames.numbered(frames.login("station1", "secret", "HM"), 0) == LOGIN + b"\r"
    assert frames.numbered(frames.status(), 1) == STATUS + b"\r"


def test_a_loan_and_a_return_are_the_examples_but_for_their_flags() -> None:
    """No renewal, and no block: they have happened already."""
    assert loan().encode() == CHECKOUT[:-9].replace(b"11YN", b"11NY")
    assert frames.checkin("LIB", "POD07", ITEM, at=AT).encode() == CHECKIN[:-9].replace(b"09N", b"09Y")
    assert frames.numbered(loan(), 3) == CHECKOUT[:-9].replace(b"11YN", b"11NY") + b"AY3AZEE9D\r"


@pytest.mark.parametrize("example", [LOGIN, STATUS, PATRON, CHECKOUT, CHECKIN])
def test_the_checksum_of_every_example(example: bytes) -> None:
    assert frames.checksum(example[:-4]) == example[-4:]
    assert check(example[:-4]).encode() == example[-4:]


def test_the_simulated_library_hears_the_examples() -> None:
    library = Sip2(user="station1", password="secret")
    library.connect(0)
    assert library.receive(LOGIN + b"\r", 0)[0][1] == b"941AY0AZFDFD\r"
    assert library.receive(STATUS + b"\r", 0)[0][1].startswith(b"98YYYNYY")
    assert library.receive(CHECKOUT + b"\r", 0)[0][1].startswith(b"121")
    assert library.loans == {ITEM: "P001"}
    assert library.receive(CHECKIN + b"\r", 0)[0][1].startswith(b"101")
    assert library.loans == {}


def test_the_answer_of_the_example_is_read() -> None:
    assert frames.read_message(b"941AY0AZFDFD") == frames.Answer(frames.Kind.LOGIN, "1", {}, 0)
    assert frames.read_message(b"941") == frames.Answer(frames.Kind.LOGIN, "1", {}, None)
    assert frames.read_message(b"940AY0AZFDFD") == frames.Damaged()


def test_an_answer_with_fields() -> None:
    answer = frames.read_message(f"120NUN{AT}AOLIB|AAP001|AFone|AFtwo|".encode())
    assert isinstance(answer, frames.Answer)
    assert not answer.is_yes
    assert answer.fields == {"AO": "LIB", "AA": "P001", "AF": "one"}


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (b"HTTP/1.1 400 Bad Request", "another kind"),
        (b"", "another kind"),
        (b"\xff\xfe", "another kind"),
        (b"12", "too short"),
        (b"98YYY", "too short"),
    ],
)
def test_what_is_no_answer(line: bytes, detail: str) -> None:
    message = frames.read_message(line)
    assert isinstance(message, frames.Nonsense)
    assert detail in message.detail


def test_a_message_that_never_ends_is_cut_off() -> None:
    reader = frames.Reader()
    found = [message for _ in range(9) for message in reader.feed(b"x" * 1_000)]
    assert len(found) == 1
    assert isinstance(found[0], frames.Nonsense)
    assert "more than 4096 bytes" in found[0].detail


def test_line_feeds_between_messages_are_nothing() -> None:
    assert frames.Reader().feed(b"941AY0AZFDFD\r\n\r\n941AY0AZFDFD\r") == 2 * [
        frames.Answer(frames.Kind.LOGIN, "1", {}, 0)
    ]


@pytest.mark.parametrize("value", ["a|AAother", "a\rb", "ü", "x" * 256])
def test_nothing_that_would_end_a_field_gets_into_one(value: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        frames.checkout("LIB", value, ITEM, at=AT, due=DUE)


def test_dates_are_the_librarys_local_time() -> None:
    assert frames.date(1_767_233_700_000, 480) == AT
    assert frames.date(0, 0) == "19700101    000000"
    for wall_ms in (-1, -(10**18), 10**18):
        with pytest.raises(ValueError, match="no time that SIP2 can write"):
            frames.date(wall_ms, 0)


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_any_bytes_are_read_without_an_error(chunks: list[bytes]) -> None:
    reader = frames.Reader()
    for chunk in chunks:
        for message in reader.feed(chunk):
            assert isinstance(message, frames.Answer | frames.Damaged | frames.Nonsense)


@given(st.binary(max_size=200).filter(lambda data: b"\r" not in data and b"\n" not in data), st.integers(1, 200))
def test_however_it_is_cut_it_is_the_same(data: bytes, cut: int) -> None:
    whole = frames.Reader().feed(data + b"\r")
    reader = frames.Reader()
    assert reader.feed(data[:cut]) + reader.feed(data[cut:] + b"\r") == whole
