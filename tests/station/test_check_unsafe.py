"""Every unsafe or impossible station file is refused with its reason and a mend."""

import pytest

from config.faults import Severity
from tests.station.station_files import EGRESS, HARDWIRED, MAGLOCK, changed, faults

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
        ("services.sos.releases", "screen is no door service", "there is: door"),
    ),
    "a screen that opens what is not there": (
        [('opens = ["door"]', 'opens = ["back"]')],
        ("services.screen.opens", "there is no service for people called back", "there is: door"),
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
