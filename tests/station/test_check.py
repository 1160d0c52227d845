"""Every unsafe or impossible station file is refused with its reason and a mend; the shipped ones have no fault."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Severity
from config.load import read
from station.check import EXIT_FINE, EXIT_REFUSED, check_file, examine, examined, run_check

STATIONS = Path(__file__).parents[2] / "config/stations"

GOOD = """\
[station]
id = "pod-1"
name = { zh = "阅读舱", en = "Pod" }
kind = "library"
help_phone = "110"
[office]
url = "https://office.example"
[devices.scanner]
driver = "gm65"
port = "/dev/serial/by-id/usb-x"
[devices.strike]
driver = "gpio-lock"
pin = 17
[devices.reed]
driver = "gpio-contact"
pin = 27
[devices.pir]
driver = "pir"
pin = 23
[devices.lamp]
driver = "gpio-switch"
pin = 22
[devices.button]
driver = "gpio-contact"
pin = 24
[devices.siren]
driver = "gpio-switch"
pin = 25
[devices.display]
driver = "screen"
port = 8091
[devices.board]
driver = "pi-health"
[services.door]
type = "door"
egress = "mechanical"
lock = "strike"
reader = "scanner"
contact = "reed"
presence = ["pir"]
lamp = "lamp"
[services.sos]
type = "alarm"
what = "sos"
button = "button"
siren = "siren"
releases = ["door"]
[services.screen]
type = "screen"
screen = "display"
opens = ["door"]
"""

MAGLOCK = 'pin = 17\nfail = "safe"'
HARDWIRED = 'egress = "hardwired"\nfire = "button"'
EGRESS = 'egress = "mechanical"'
BACK_DOOR = '[services.back]\ntype = "door"\nroom = false\nreader = "scanner"\n'
BACK_STRIKE = '[devices.back_strike]\ndriver = "gpio-lock"\npin = 16\n'
SECOND_SCREEN = '[services.other]\ntype = "screen"\nscreen = "display"\nopens = ["door"]\n'
NAME_A_WAY_OUT = (
    'egress = "mechanical" (the inside handle always opens) or "hardwired" (a button cuts the lock\'s power); '
    "room = false if nobody can go in"
)
ADD_A_NUMBER = (
    'add help_phone = "0760-8888-0000" '
    "(a text in quotes: the number that somebody in need calls; it stands on every page)"
)


def changed(*edits: tuple[str, str]) -> str:
    """The good file with some text replaced, or with more at its end where the old text is empty."""
    text = GOOD
    for old, new in edits:
        assert not old or text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        text = text.replace(old, new) if old else text + new
    return text


def faults(text: str, severity: Severity) -> list[tuple[str, str, str]]:
    found = examined(read(text.encode(), "pod.toml"))
    assert (found.file is None) == any(one.severity is Severity.ERROR for one in found.faults)
    return [(one.key, one.words, one.mend) for one in found.faults if one.severity is severity]


def test_the_good_file_has_no_fault() -> None:
    assert examined(read(GOOD.encode(), "pod.toml")).faults == ()


@pytest.mark.parametrize("path", sorted(STATIONS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_station_has_no_fault(path: Path) -> None:
    assert check_file(path) == []
    checked = examine(path)
    assert checked.file is not None
    assert len(checked.digest) == 64


def test_three_stations_are_shipped() -> None:
    assert {path.stem for path in STATIONS.glob("*.toml")} == {"reading-pod", "courier-rest", "micro-station"}


UNSAFE = {
    "a room without a way out": (
        [(EGRESS + "\n", "")],
        (
            "services.door.egress",
            "people go in here, and nothing says how they get out without the controller",
            NAME_A_WAY_OUT,
        ),
    ),
    "a maglock that no button cuts": (
        [("pin = 17", MAGLOCK)],
        (
            "services.door.egress",
            "strike holds the door by current: an inside handle does not open it",
            'wire an exit button and the fire relay into the lock\'s supply, then write egress = "hardwired"',
        ),
    ),
    "a strike that locks people in when the power fails": (
        [(EGRESS, HARDWIRED)],
        (
            "services.door.egress",
            "without power strike stays locked, so a button that cuts its power lets nobody out",
            'fit an inside handle that always opens and write egress = "mechanical", or fit a lock with fail = "safe"',
        ),
    ),
    "a pulse that burns the coil": (
        [("pin = 17", "pin = 17\npulse_max_ms = 1500")],
        (
            "services.door.pulse_seconds",
            "strike may be driven for at most 1.5 s",
            "pulse_seconds = 1.5, or raise pulse_max_ms if the lock's maker allows it",
        ),
    ),
    "a pulse longer than its window": (
        [(EGRESS, f"{EGRESS}\nunlock_seconds = 2")],
        (
            "services.door.pulse_seconds",
            "the lock would be driven for longer than the 2 s in which the door may be opened",
            "at most unlock_seconds = 2",
        ),
    ),
    "an alarm before one can come in": (
        [(EGRESS, f"{EGRESS}\nheld_open_seconds = 7")],
        (
            "services.door.held_open_seconds",
            "an open door would be an alarm within the 8 s in which it may be opened",
            "at least unlock_seconds = 8",
        ),
    ),
    "hours that never open": (
        [(EGRESS, f'{EGRESS}\nhours = "06:00-06:00"')],
        ("services.door.hours", "begin and end are the same: it would never open", 'hours = "always"?'),
    ),
    "strangers without a record": (
        [(EGRESS, f'{EGRESS}\nwhen_unrecorded = "admit"\naccepts = ["order", "pass_static"]')],
        (
            "services.door.when_unrecorded",
            "people would come in without a record by a pass that anybody can copy",
            'when_unrecorded = "refuse", or take "pass_static" out of accepts',
        ),
    ),
    "two devices on one pin": (
        [("pin = 27", "pin = 17")],
        ("devices.reed", "GPIO 17 is used by the device strike already", "give each device a pin or port of its own"),
    ),
    "two devices on one port": (
        [("", '[devices.radar]\ndriver = "ld2410"\nport = "/dev/serial/by-id/usb-x"\n')],
        (
            "devices.radar",
            "/dev/serial/by-id/usb-x is used by the device scanner already",
            "give each device a pin or port of its own",
        ),
    ),
    "a pin of the port on the header": (
        [("/dev/serial/by-id/usb-x", "/dev/serial0"), ("pin = 27", "pin = 15")],
        ("devices.reed", "GPIO 15 is used by the device scanner already", "give each device a pin or port of its own"),
    ),
    "a driver that is not there": (
        [('driver = "pir"', 'driver = "gm66"')],
        ("devices.pir.driver", 'no driver is called "gm66"', "did you mean gm65?"),
    ),
    "a setting that the driver does not know": (
        [("pin = 17", "pin = 17\npulse_max = 5000")],
        ("devices.strike.pulse_max", "there is no such key", "did you mean pulse_max_ms?"),
    ),
    "a pin that is not on the header": (
        [("pin = 17", "pin = 40")],
        ("devices.strike.pin", "40 is too large", "at most 27 (GPIO number (BCM), not the number on the header)"),
    ),
    "a name of the station's own": (
        [("[devices.board]", "[devices.journal]")],
        ("devices.journal", "this name is taken by a part of the station", "choose another name"),
    ),
    "a device that is not there": (
        [('lock = "strike"', 'lock = "strke"')],
        (
            "services.door.lock",
            "there is no device called strke",
            "did you mean strike? (devices that can unlock a door)",
        ),
    ),
    "a lock that is none": (
        [('lock = "strike"', 'lock = "reed"')],
        ("services.door.lock", "reed (gpio-contact) cannot unlock a door", "name a device that can: strike"),
    ),
    "a reader that is none": (
        [('reader = "scanner"', 'reader = "reed"')],
        ("services.door.reader", "reed (gpio-contact) cannot read codes", "name a device that can: scanner"),
    ),
    "a contact that is none": (
        [('contact = "reed"', 'contact = "pir"')],
        (
            "services.door.contact",
            "pir (pir) cannot tell an open circuit from a closed one",
            "name a device that can: reed, button",
        ),
    ),
    "eyes that see nobody": (
        [('presence = ["pir"]', 'presence = ["pir", "reed"]')],
        ("services.door.presence", "reed (gpio-contact) cannot see people", "name a device that can: pir"),
    ),
    "a siren that is none": (
        [('siren = "siren"', 'siren = "display"')],
        (
            "services.sos.siren",
            "display (screen) cannot switch something on and off",
            "name a device that can: lamp, siren",
        ),
    ),
    "a screen that is none": (
        [('screen = "display"', 'screen = "lamp"')],
        ("services.screen.screen", "lamp (gpio-switch) cannot show pages", "name a device that can: display"),
    ),
    "a voice that is none": (
        [('screen = "display"', 'screen = "display"\nvoice = "lamp"')],
        ("services.screen.voice", "lamp (gpio-switch) cannot speak", "add a device that can"),
    ),
    "one lock of two doors": (
        [("", BACK_DOOR + 'lock = "strike"\n')],
        ("services.back.lock", "strike is the lock of door already", "each lock needs a device of its own"),
    ),
    "one contact of two doors": (
        [("", BACK_DOOR + 'lock = "back_strike"\ncontact = "reed"\n' + BACK_STRIKE)],
        ("services.back.contact", "reed is the contact of door already", "each contact needs a device of its own"),
    ),
    "a siren that is the lamp": (
        [('siren = "siren"', 'siren = "lamp"')],
        ("services.sos.siren", "lamp is the lamp of door already", "each siren needs a device of its own"),
    ),
    "one display of two screens": (
        [("", SECOND_SCREEN)],
        ("services.other.screen", "display is the screen of screen already", "each screen needs a device of its own"),
    ),
    "an alarm that releases a door that is not there": (
        [('releases = ["door"]', 'releases = ["dor"]')],
        ("services.sos.releases", "there is no door service called dor", "did you mean door?"),
    ),
    "an alarm that releases what is no door": (
        [('releases = ["door"]', 'releases = ["screen"]')],
        ("services.sos.releases", "screen is no door", "there is: door"),
    ),
    "a screen that opens what is not there": (
        [('opens = ["door"]', 'opens = ["back"]')],
        ("services.screen.opens", "there is no door service called back", "there is: door"),
    ),
    "a fire loop read the wrong way round": (
        [(EGRESS, f'{EGRESS}\nfire = "button"'), ('what = "sos"', 'what = "fire"\npressed = "closed"')],
        (
            "services.sos.pressed",
            "button is the fire loop of a door, which is open while it burns",
            'pressed = "open"',
        ),
    ),
    "a kind without a colour": (
        [('kind = "library"', 'kind = "laundry"')],
        (
            "station.kind",
            "laundry has no colour of its own",
            "add colour, or take one of: micro-station, reading-pod, library, courier-rest, low-carbon, safety",
        ),
    ),
    "no number to call": (
        [('help_phone = "110"\n', "")],
        (
            "station.help_phone",
            "is missing",
            ADD_A_NUMBER,
        ),
    ),
    "a broker in the open": (
        [('office.example"', 'office.example"\nbroker_tls = false')],
        (
            "office.broker_tls",
            "the connection to office.example would be open to everybody on the way",
            "write broker_tls = true",
        ),
    ),
}


@pytest.mark.parametrize("why", UNSAFE)
def test_an_unsafe_file_is_refused_with_its_reason_and_mend(why: str) -> None:
    edits, expected = UNSAFE[why]
    assert faults(changed(*edits), Severity.ERROR) == [expected]


DOUBTFUL = {
    "a page without encryption": (
        [("https://", "http://")],
        (
            "office.url",
            "people's phones would open the office's page without encryption",
            "write https://office.example",
        ),
    ),
    "a port whose name moves": (
        [("/dev/serial/by-id/usb-x", "/dev/ttyUSB0")],
        (
            "devices.scanner.port",
            "/dev/ttyUSB0 is another device after a re-plug or a restart",
            "name it as in ls /dev/serial/by-id (or by-path, where two adapters have the same name)",
        ),
    ),
    "a relay that is pulled up at boot": (
        [("pin = 17", "pin = 5")],
        (
            "devices.strike.pin",
            "GPIO 5 is pulled up from power-up until the station runs: this relay may switch on by itself",
            "take a pin from 9 to 27, or put a resistor of 10 kΩ against it",
        ),
    ),
    "an active-low relay that is pulled down at boot": (
        [("pin = 25", "pin = 25\nactive_high = false")],
        (
            "devices.siren.pin",
            "GPIO 25 is pulled down from power-up until the station runs: this relay may switch on by itself",
            "take a pin from 2 to 8, or put a resistor of 10 kΩ against it",
        ),
    ),
    "a device for nothing": (
        [('reader = "scanner"', ""), (EGRESS, f'{EGRESS}\naccepts = ["order"]')],
        ("devices.scanner", "no service uses this device", "name it in a service, or take it out of the file"),
    ),
    "leaving looks like forcing": (
        [
            ('presence = ["pir"]\nlamp = "lamp"\n', ""),
            ('siren = "siren"', 'siren = "siren"\nlight = "lamp"'),
            ('[devices.pir]\ndriver = "pir"\npin = 23\n', ""),
        ],
        (
            "services.door",
            "a door that is forced cannot be told from somebody who leaves",
            "add presence = [...] or egress_button = ...",
        ),
    ),
    "a lamp that stays on": (
        [('presence = ["pir"]', 'egress_button = "pir"'), ('"pir"\npin = 23', '"gpio-contact"\npin = 23')],
        (
            "services.door.lamp",
            "nothing sees the room empty, so the lamp would never go off",
            "add presence = [...]",
        ),
    ),
    "a door that nobody sees": (
        [('contact = "reed"\n', ""), ('[devices.reed]\ndriver = "gpio-contact"\npin = 27\n', "")],
        (
            "services.door",
            "without a contact nobody learns whether the door was opened, forced or left open",
            "add contact = ...",
        ),
    ),
    "hours without a clock": (
        [(EGRESS, f'{EGRESS}\nhours = "06:00-23:00"')],
        (
            "services.door.hours",
            "after a power cut it stays shut for everybody but keepers until the time has come from the network",
            "fit a battery-backed clock and write has_clock = true in [station], if that matters here",
        ),
    ),
    "passes that nothing reads": (
        [('reader = "scanner"\n', ""), ('[devices.scanner]\ndriver = "gm65"\nport = "/dev/serial/by-id/usb-x"\n', "")],
        (
            "services.door.accepts",
            "passes are accepted here, and nothing reads them",
            'add reader = ..., or accepts = ["order"]',
        ),
    ),
    "orders that no screen asks for": (
        [('opens = ["door"]', "opens = []")],
        (
            "services.door.accepts",
            "no screen shows a code for this door: its orders can only be given by the office's operators",
            'add "door" to opens of a screen',
        ),
    ),
    "a code that leads nowhere": (
        [('[office]\nurl = "https://office.example"\n', "")],
        (
            "services.screen.opens",
            "there is no [office], so this screen shows no code; people need a pass and a reader",
            'add [office] with url = "https://..."',
        ),
    ),
    "a maglock whose fire relay is not seen": (
        [("pin = 17", MAGLOCK), (EGRESS, 'egress = "hardwired"')],
        (
            "services.door.fire",
            "the fire relay must cut this lock's power, and nothing here sees that it has done so",
            "watch the relay's loop with a contact: fire = ...",
        ),
    ),
}


@pytest.mark.parametrize("why", DOUBTFUL)
def test_a_doubtful_file_starts_with_a_warning(why: str) -> None:
    edits, expected = DOUBTFUL[why]
    text = changed(*edits)
    assert faults(text, Severity.ERROR) == []
    assert faults(text, Severity.WARNING) == [expected]


@pytest.mark.parametrize(
    "edits",
    [
        [(EGRESS, "room = false")],
        [("pin = 17", MAGLOCK), (EGRESS, HARDWIRED)],
        [("pin = 17", "pin = 5\nactive_high = false")],
        [('https://office.example"', 'http://127.0.0.1:8000"\nbroker_tls = false')],
        [("https://office.example", "http://localhost")],
        [('kind = "library"', 'kind = "laundry"\ncolour = "cyan"')],
        [(EGRESS, f'{EGRESS}\nhours = "22:00-06:00"'), ('help_phone = "110"', 'help_phone = "110"\nhas_clock = true')],
        [(EGRESS, f'{EGRESS}\nwhen_unrecorded = "admit"')],
        [("/dev/serial/by-id/usb-x", "sim://scanner")],
        [("", '[services.fire]\ntype = "alarm"\nwhat = "fire"\nbutton = "loop"\nsiren = "siren"\n'),
         ("", '[devices.loop]\ndriver = "gpio-contact"\npin = 5\n'), (EGRESS, f'{EGRESS}\nfire = "loop"')],
    ],
)  # fmt: skip
def test_what_is_safe_is_let_through(edits: list[tuple[str, str]]) -> None:
    assert examined(read(changed(*edits).encode(), "pod.toml")).faults == ()


def test_faults_of_all_kinds_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "pod.toml"
    edits = [("help_phone", "help_fone"), ("pin = 27", "pin = 17"), (EGRESS + "\n", ""), ('"gm65"', '"gm66"')]
    path.write_text(changed(*edits, ('["door"]\n[services.screen]', '["dor"]\n[services.screen]')), encoding="utf-8")
    out = io.StringIO()
    assert run_check(path, out) == EXIT_REFUSED
    lines = out.getvalue().replace(f"{path}:", "").splitlines()
    assert [line.split(": ")[0] for line in lines[:-1:2]] == [
        "1 station.help_phone",
        "5 station.help_fone",
        "9 devices.scanner.driver",
        "14 devices.reed",
        "34 services.door.egress",
        "46 services.sos.releases",
    ]
    assert lines[2:4] == ["5 station.help_fone: 错误 error: there is no such key", "    → did you mean help_phone?"]
    assert lines[-1] == "REFUSED: 6 errors · 不能启动：6 处错误"


def test_what_a_technician_reads(tmp_path: Path) -> None:
    path = tmp_path / "pod.toml"
    path.write_text(changed(("https://", "http://")), encoding="utf-8")
    out = io.StringIO()
    assert run_check(path, out) == EXIT_FINE
    assert out.getvalue().replace(str(path), "pod.toml") == (
        "pod.toml:7 office.url: 提醒 warning: people's phones would open the office's page without encryption\n"
        "    → write https://office.example\n"
        "OK: 9 devices, 3 services · 可以启动\n"
    )
    assert run_check(tmp_path / "none.toml", io.StringIO()) == EXIT_REFUSED


def test_a_driver_that_cannot_be_loaded_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> object:
        raise ImportError(f"no module named {name}_library")

    monkeypatch.setattr("station.check_devices.registry.find", broken)
    found = faults(GOOD, Severity.ERROR)
    assert found[0] == (
        "devices.scanner.driver",
        'the driver cannot be loaded: ImportError: "no module named gm65_library"',
        "install it again, or ask whoever wrote it",
    )


PIECES = st.sampled_from(
    ["", '"', "[", "]", "{}", "=", "\n", ".x", "0", "-1", "99", "true", '"door"', '"strike"', "gpio-"]
)


@given(st.integers(0, len(GOOD)), st.integers(0, 30), PIECES)
def test_whatever_stands_in_the_file_the_check_ends_with_faults_that_can_be_read(at: int, cut: int, piece: str) -> None:
    checked = examined(read((GOOD[:at] + piece + GOOD[at + cut :]).encode(), "pod.toml"))
    for fault in checked.faults:
        assert f"{fault.place} {fault.words} {fault.mend}".isprintable()
        assert fault.words
        assert fault.mend
