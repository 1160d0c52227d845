"""A station file is read whole: all its faults at once, each with its line, and no bytes that make it stumble."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.faults import MAX_SHOWN, Fault, dotted, nearest, shown
from config.load import MAX_FILE_BYTES, load, read
from config.models import Office, Station
from config.services import SERVICES, Door

POD = (Path(__file__).parents[2] / "config/stations/reading-pod.toml").read_text(encoding="utf-8")
STATION = '[station]\nid = "pod-1"\nname = { zh = "阅读舱", en = "Pod" }\nkind = "library"\nhelp_phone = "110"\n'
REST = '[devices.strike]\ndriver = "gpio-lock"\n[services.door]\ntype = "door"\nlock = "strike"\n'


def faults(text: str) -> list[tuple[str, str, str]]:
    found = sorted(read(text.encode(), "pod.toml").faults, key=lambda fault: (fault.line, fault.key))
    return [(fault.place, fault.words, fault.mend) for fault in found]


def test_a_right_file_has_no_fault_and_is_whole() -> None:
    loaded = read(POD.encode(), "pod.toml")
    assert loaded.faults == ()
    assert loaded.file is not None
    assert loaded.file.station.id == "fumin-pod-1"
    assert loaded.file.devices["strike"].model_dump() == {
        "driver": "gpio-lock",
        "pin": 17,
        "fail": "secure",
        "pulse_max_ms": 5000,
    }


def test_every_fault_is_told_at_once_with_its_line_and_a_mend() -> None:
    text = """\
[station]
id = "Pod 1"
name = { zh = "阅读舱", eng = "Pod" }
kind = "library"
help_phone = 110
has_clock = "true"
groups = "fumin"
[office]
url = "https://office.example/pages"
broker_port = 99999
[devices.Strike]
driver = "gpio-lock"
[devices.reed]
pin = 27
[services.door]
type = "door"
held_open_second = 45
held_open_seconds = "45"
unlock_seconds = 2.5
egress = "mecanical"
hours = "6-23"
roles = ["visitor"]
accepts = []
[services.sos]
type = "alrm"
[services.screen]
screen = "display"
[service.more]
"""
    accepts = (
        "at least 1 (order: the office, asked with a phone at this screen; pass_bound: a pass tied to one phone; "
        "pass_static: a pass that can be printed, and copied)"
    )
    url = (
        "what the rotating code leads to: https:// and a host in small letters, without a path "
        "(the code is written in capitals, which only a host does not mind)"
    )
    assert faults(text) == [
        (
            "pod.toml:2 station.id",
            '"Pod 1" does not have the right form',
            "3 to 32 of a-z 0-9 -; also its name at the broker and in its certificate",
        ),
        (
            "pod.toml:3 station.name.en",
            "is missing",
            'add en = "Fumin Park reading pod" (in English, at most 60 characters on one line)',
        ),
        ("pod.toml:3 station.name.eng", "there is no such key", "did you mean en?"),
        ("pod.toml:5 station.help_phone", "110 is not a text in quotes", 'write "110"'),
        ("pod.toml:6 station.has_clock", '"true" is not true or false', "write true without quotes"),
        ("pod.toml:7 station.groups", '"fumin" is not a list in [ ]', 'write ["fumin"]'),
        ("pod.toml:9 office.url", '"https://office.example/pages" does not have the right form', url),
        ("pod.toml:10 office.broker_port", "99999 is too large", "at most 65535 (TCP port of the broker)"),
        ("pod.toml:11 devices.Strike", "this name does not have the right form", "a name has 1 to 32 of a-z 0-9 _ -"),
        (
            "pod.toml:13 devices.reed.driver",
            "is missing",
            'add driver = "gpio-contact" (names the driver module: gpio-lock is drivers/gpio_lock.py)',
        ),
        ("pod.toml:15 services.door.lock", "is missing", 'add lock = "strike" (the device that unlocks)'),
        ("pod.toml:17 services.door.held_open_second", "there is no such key", "did you mean held_open_seconds?"),
        (
            "pod.toml:18 services.door.held_open_seconds",
            '"45" is not a whole number',
            "write 45 without quotes",
        ),
        (
            "pod.toml:19 services.door.unlock_seconds",
            "2.5 is not a whole number",
            "write a whole number (within this time after a grant the door may be opened)",
        ),
        ("pod.toml:20 services.door.egress", 'cannot be "mecanical"', "did you mean mechanical?"),
        (
            "pod.toml:21 services.door.hours",
            '"6-23" does not have the right form',
            (
                '"always", or from and to in local time such as "06:00-23:00", or a list by weekday such as '
                '["mon-fri 06:00-23:00", "sat,sun 08:00-22:00"]; keepers may always come in'
            ),
        ),
        (
            "pod.toml:22 services.door.roles[0]",
            'cannot be "visitor"',
            "there is: courier, keeper, resident, volunteer",
        ),
        (
            "pod.toml:23 services.door.accepts",
            "a list of 0 is too short",
            accepts,
        ),
        ("pod.toml:25 services.sos.type", "there is no such type", "did you mean alarm?"),
        ("pod.toml:26 services.screen", "has no type", "add type = " + " or ".join(f'"{name}"' for name in SERVICES)),
        ("pod.toml:28 service", "there is no such key", "did you mean services?"),
    ]


HELP_PHONE = 'add help_phone = "0760-8888-0000"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("pod.toml station", "is missing", "add [station] with id, name, kind and help_phone")),
        (STATION, ("pod.toml devices", "is missing", 'add [devices.strike] with driver = "gpio-lock"')),
        (
            "devices = 3\n" + STATION,
            ("pod.toml:1 devices", "3 is not a table", "write a table (what is screwed to the wall)"),
        ),
        (STATION + "[devices]\na = 3\n", ("pod.toml:7 devices.a", "3 is not a table", "write a table")),
        (STATION + "[services]\ndoor = 3\n", ("pod.toml:7 services.door", "3 is not a table", "write a table")),
        (
            STATION + '[services]\ndoor.type = ["door"]\n',
            ("pod.toml:7 services.door.type", "there is no such type", "did you mean door?"),
        ),
        (
            STATION.replace('help_phone = "110"\n', "") + REST,
            (
                "pod.toml:1 station.help_phone",
                "is missing",
                f"{HELP_PHONE} (a text in quotes: the number that somebody in need calls; it stands on every page)",
            ),
        ),
    ],
)
def test_one_fault(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in faults(text)


QUOTES = 'type quotes, commas, = and brackets with the keyboard in English: " , = [ ]'
SYNTAX = 'look at this line and the one above: each is key = value, texts stand in "quotes", tables in [brackets]'


@pytest.mark.parametrize(
    ("data", "place", "words", "mend"),
    [
        (b"a = 1\nb = \n", "pod.toml:2", "is not TOML: Invalid value", SYNTAX),
        ("a = 1\nb = “x”\n".encode(), "pod.toml:2", "is not TOML: Invalid value", QUOTES),
        (b'a = "x', "pod.toml:1", "is not TOML: Unterminated string", SYNTAX),
        (b"a = 1\na = 2", "pod.toml:2", "is not TOML: Cannot overwrite a value", SYNTAX),
        (b"a = 2026-02-30\n", "pod.toml:1", "is not TOML: Invalid date or datetime", SYNTAX),
        (b"a = 1\n\xff\n", "pod.toml:2", "this line is not UTF-8 text", "save the file with the encoding UTF-8"),
        (b"a = " + b"[" * 1900, "pod.toml", "brackets are nested too deep", "is this the right file?"),
        (b"#" * 2001, "pod.toml:1", "this line is longer than 2000 characters", "is this the right file?"),
        (
            b"#\n" * MAX_FILE_BYTES,
            "pod.toml",
            "is longer than 64 KiB",
            "is this the right file? A station file has a few kilobytes",
        ),
    ],
)
def test_what_is_not_toml(data: bytes, place: str, words: str, mend: str) -> None:
    (fault,) = read(data, "pod.toml").faults
    assert (fault.place, fault.words, fault.mend) == (place, words, mend)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read(b"\xef\xbb\xbf" + POD.encode(), "pod.toml").faults == ()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (fault,) = load(tmp_path / "none.toml").faults
    assert (fault.words, fault.mend) == ("cannot be read: No such file or directory", "correct the name of the file")
    (fault,) = load(tmp_path).faults
    assert fault.words == "cannot be read: Is a directory"


def test_the_right_parts_of_a_faulty_file_can_be_checked_further() -> None:
    loaded = read((STATION + REST + "[devices.x]\npin = 1\n[services.y]\n").encode(), "pod.toml")
    assert loaded.file is None
    assert isinstance(loaded.station, Station)
    assert list(loaded.devices) == ["strike"]
    assert isinstance(loaded.services["door"], Door)
    assert sorted(loaded.named_devices) == ["strike", "x"]
    assert sorted(loaded.named_services) == ["door", "y"]


def is_readable(fault: Fault, text_lines: int) -> bool:
    whole = f"{fault.place} {fault.words} {fault.mend}"
    return whole.isprintable() and bool(fault.words) and bool(fault.mend) and 0 <= fault.line <= text_lines


@given(st.binary(max_size=300))
@example(b"a = 0x" + b"f" * 1900)
@example(b"a = " + b"9" * 1900)
@example(b".".join([b"a"] * 900) + b" = 1")
@example(b'"\\u001b[31m" = 1\n[devices]\n"\\u001b" = "\\u001b"\n')
def test_any_bytes_give_faults_that_can_be_read(data: bytes) -> None:
    loaded = read(data, "pod.toml")
    assert loaded.file is None
    assert loaded.faults
    assert all(is_readable(fault, data.count(b"\n") + 1) for fault in loaded.faults)


PIECES = st.sampled_from(
    ["", '"', "'", "[", "]", "{", "}", "=", "\n", ".", "0", "-1", "1e9", "true", "[[a]]", "”", "é", '"""']
)


@given(st.integers(0, len(POD)), st.integers(0, 40), PIECES)
def test_a_damaged_station_file_is_read_or_told_about(at: int, cut: int, piece: str) -> None:
    text = POD[:at] + piece + POD[at + cut :]
    loaded = read(text.encode(), "pod.toml")
    assert (loaded.file is None) == bool(loaded.faults)
    assert all(is_readable(fault, text.count("\n") + 1) for fault in loaded.faults)


def test_values_are_shown_short_and_harmless() -> None:
    assert shown("\x1b[2J") == r'"\u001b[2J"'
    assert len(shown("x" * 1000)) == MAX_SHOWN
    assert [shown(one) for one in (True, 1.5, [1, 2], {"a": 1})] == ["true", "1.5", "a list of 2", "a table"]
    assert dotted(("a", "b c", 2, "\x00")) == r'a."b c"[2]."\u0000"'
    assert nearest("strke", ["strike", "reed"]) == "did you mean strike?"
    assert nearest("x", ["b", "a"]) == "there is: a, b"
    assert nearest("x", []) == "there is none"


def test_hours_and_offsets_are_read() -> None:
    hours = {"always": (0, 1440), "06:00-23:30": (360, 1410), "22:00-24:00": (1320, 1440), "22:00-06:00": (1320, 1800)}
    for text, minutes in hours.items():
        assert Door(type="door", lock="a", hours=text).week == ((minutes,),) * 7
    base = Station.model_validate(
        {"id": "abc", "name": {"zh": "甲", "en": "a"}, "kind": "library", "help_phone": "110", "utc_offset": "-03:30"}
    )
    assert base.utc_offset_minutes == -210
    assert Office(url="https://office.example:8443").broker == ("office.example", 8883)
    assert Office(url="https://office.example", broker_host="10.0.0.7", broker_port=1).broker == ("10.0.0.7", 1)
