"""What is only doubtful starts with a warning, and what is safe is let through without one."""

import pytest

from config.faults import Severity
from config.load import read
from station.check import examined
from tests.station.station_files import EGRESS, HARDWIRED, MAGLOCK, changed, faults

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
            "no screen shows a code for this service: its orders can only be given by the office's operators",
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
