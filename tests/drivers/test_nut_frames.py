"""Lines of NUT: the examples of its protocol document, and whatever else may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import nut_frames as frames
from simulator.devices.nut import Nut, quoted

GOLDEN = b"""BEGIN LIST VAR su700
VAR su700 ups.mfr "APC"
VAR su700 ups.mfr.date "10/17/96"
VAR su700 battery.charge "100"
VAR su700 ups.status "OL"
END LIST VAR su700
"""


def read(data: bytes, ups: str = "su700") -> frames.Answer | None:
    return frames.Reader(ups).feed(data)


def variables(**values: str) -> frames.Variables:
    return frames.Variables({name.replace("_", "."): value for name, value in values.items()})


def test_the_list_of_the_protocol_document_is_read_and_is_what_the_simulated_server_says() -> None:
    assert frames.list_variables("su700") == b"LIST VAR su700\n"
    found = read(GOLDEN)
    assert found == variables(ups_mfr="APC", ups_mfr_date="10/17/96", battery_charge="100", ups_status="OL")
    server = Nut("su700")
    assert isinstance(found, frames.Variables)
    server.variables = dict(found.values)
    server.connect(0)
    assert server.receive(b"LIST VAR su700\n", 0) == [(1, GOLDEN)]


def test_the_other_answers_of_the_simulated_server_are_those_of_the_document() -> None:
    server = Nut("su700")
    server.connect(0)

    def say(line: bytes) -> bytes:
        return b"".join(data for _, data in server.receive(line, 0))

    assert say(b"LIST VAR other\n") == b"ERR UNKNOWN-UPS\n"
    assert say(b"LIST NONSENSE\n") == b"ERR INVALID-ARGUMENT\n"
    assert say(b"FLY\n") == b"ERR UNKNOWN-COMMAND\n"
    assert say(b"LIST UPS\n") == b'BEGIN LIST UPS\nUPS su700 "Unavailable"\nEND LIST UPS\n'
    assert say(b"LIST V") == b""
    assert say(b"AR su700\n").startswith(b"BEGIN LIST VAR su700\n")
    assert say(b"LOGOUT\n") == b"OK Goodbye\n"
    assert not server.connected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ERR UNKNOWN-UPS\n", "UNKNOWN-UPS"),
        (b"ERR DATA-STALE\r\n", "DATA-STALE"),
        (b"ERR DRIVER-NOT-CONNECTED\n", "DRIVER-NOT-CONNECTED"),
        (b"ERR ACCESS-DENIED some day more\n", "ACCESS-DENIED"),
        (b'BEGIN LIST VAR su700\nVAR su700 a "1"\nERR DATA-STALE\n', "DATA-STALE"),
    ],
)
def test_an_error_is_read_in_the_servers_own_word(line: bytes, reason: str) -> None:
    assert read(line) == frames.Refused(reason)


@pytest.mark.parametrize(
    ("status", "on_battery"),
    [
        ("OL", False),
        ("OL CHRG", False),
        ("ALARM OL RB", False),
        ("OL BYPASS", False),
        ("OB", True),
        ("OB DISCHRG", True),
        ("OB LB", True),
        ("CAL OB", True),
        ("FSD OL", True),
        ("FSD OB LB", True),
        ("WAIT", None),
        ("", None),
        ("OLD OBOE", None),
    ],
)
def test_where_the_power_comes_from(status: str, on_battery: bool | None) -> None:
    assert variables(ups_status=status).on_battery is on_battery
    assert variables().on_battery is None


@pytest.mark.parametrize(
    ("charge", "percent"),
    [
        ("100", 100),
        ("100.0", 100),
        ("0", 0),
        ("57.5", 58),
        ("-1", None),
        ("101", None),
        ("1,5", None),
        ("1e1", None),
        ("٣", None),
        ("", None),
        ("nan", None),
    ],
)
def test_how_full_the_battery_is(charge: str, percent: int | None) -> None:
    assert variables(battery_charge=charge).charge_percent == percent
    assert variables().charge_percent is None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60))
def test_every_value_is_read_as_it_was_quoted(value: str) -> None:
    line = f'BEGIN LIST VAR u\nVAR u x.y "{quoted(value)}"\nEND LIST VAR u\n'
    assert read(line.encode(), "u") == frames.Variables({"x.y": value})


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"BEGIN LIST VAR other\n",
        b'VAR su700 ups.status "OL"\n',
        b'BEGIN LIST VAR su700\nVAR other ups.status "OB"\n',
        b"BEGIN LIST VAR su700\nVAR su700 ups.status OL\n",
        b'BEGIN LIST VAR su700\nVAR su700 ups.status "OL\n',
        b"END LIST VAR su700\n",
        b"\n",
    ],
)
def test_other_lines_are_nonsense(data: bytes) -> None:
    assert isinstance(read(data), frames.Nonsense)


def test_an_answer_comes_however_it_is_cut() -> None:
    whole = read(GOLDEN)
    for cut in range(1, len(GOLDEN)):
        reader = frames.Reader("su700")
        assert reader.feed(GOLDEN[:cut]) is None
        assert reader.feed(GOLDEN[cut:]) == whole
    reader = frames.Reader("su700")
    assert [answer for byte in GOLDEN if (answer := reader.feed(bytes((byte,)))) is not None] == [whole]


def test_an_answer_without_end_is_cut_off() -> None:
    reader = frames.Reader("u")
    assert reader.feed(b"BEGIN LIST VAR u\n") is None
    fed = 0
    while (answer := reader.feed(b'VAR u x "y"\n' * 100)) is None:
        fed += 1_200
        assert fed <= frames.MAX_ANSWER_BYTES
    assert answer == frames.Nonsense("more than 65536 bytes in one answer")
    assert read(b"x" * 1_025) == frames.Nonsense("a line of more than 1024 bytes")


@given(st.lists(st.one_of(st.binary(max_size=2_000), st.sampled_from([GOLDEN, GOLDEN[:70], b"ERR X\n", b'"\\']))))
def test_any_bytes_are_an_answer_or_none_and_little_is_held(chunks: list[bytes]) -> None:
    reader = frames.Reader("su700")
    for chunk in chunks:
        reader.feed(chunk)
        assert len(reader._held) <= frames.MAX_LINE_BYTES
