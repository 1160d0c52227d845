"""What single channels of a board can be used for, and devices that no service names."""

import pytest

from config.faults import Severity
from tests.station.station_files import changed, faults

RELAYS = """
[devices.relays]
driver = "waveshare-relay"
port = "/dev/serial/by-id/usb-relays"
"""
INPUTS = "inputs = 8\n"
CELLS = """
[devices.cells]
driver = "lockboard-8a"
port = "/dev/serial/by-id/usb-cells"
"""
LOCKERS = """
[services.lockers]
type = "lockers"
banks = [{ board = "BOARD", channels = "1-2" }]
reader = "scanner"
"""
CIRCUIT = "tell an open circuit from a closed one"


def test_relays_unlock_and_switch_and_inputs_feel() -> None:
    fine = [('lock = "strike"', 'lock = "relays/3"'), ('contact = "reed"', 'contact = "relays/108"')]
    lamp = ('lamp = "lamp"', 'lamp = "relays/8"')
    assert faults(changed(*fine, lamp, ("", RELAYS + INPUTS)), Severity.ERROR) == []


REFUSED = {
    "an input that would unlock": (
        [('lock = "strike"', 'lock = "relays/101"'), ("", RELAYS + INPUTS)],
        ("services.door.lock", "relays/101 (waveshare-relay) cannot unlock a door", "its channels 1 to 8 can"),
    ),
    "a relay that would feel": (
        [('contact = "reed"', 'contact = "relays/3"'), ("", RELAYS + INPUTS)],
        ("services.door.contact", f"relays/3 (waveshare-relay) cannot {CIRCUIT}", "its channels 101 to 108 can"),
    ),
    "a relay that would feel on a board without inputs": (
        [('contact = "reed"', 'contact = "relays/3"'), ("", RELAYS)],
        ("services.door.contact", f"relays (waveshare-relay) cannot {CIRCUIT}", "name a device that can: reed, button"),
    ),
    "a channel in the gap": (
        [('contact = "reed"', 'contact = "relays/9"'), ("", RELAYS + INPUTS)],
        ("services.door.contact", "relays has no channel 9", "its channels are 1 to 8, 101 to 108"),
    ),
    "one input": (
        [('contact = "reed"', 'contact = "relays/102"'), ("", RELAYS + "inputs = 1\n")],
        ("services.door.contact", "relays has no channel 102", "its channels are 1 to 8, 101"),
    ),
    "a board without its channel": (
        [('contact = "reed"', 'contact = "relays"'), ("", RELAYS + INPUTS)],
        (
            "services.door.contact",
            "relays (waveshare-relay) is a board: which channel of it?",
            "such as relays/101",
        ),
    ),
    "a lock board that would lock a door again": (
        [('lock = "strike"', 'lock = "cells/1"'), ("", CELLS)],
        ("services.door.lock", "cells (lockboard-8a) cannot unlock a door", "name a device that can: strike"),
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_a_channel_cannot_do_is_refused(why: str) -> None:
    edits, expected = REFUSED[why]
    assert faults(changed(*edits), Severity.ERROR) == [expected]


def test_cells_need_a_contact_of_their_own_at_each_lock() -> None:
    whole = changed(("", CELLS + LOCKERS.replace("BOARD", "cells")))
    assert faults(whole, Severity.ERROR) == []
    for inputs in ("", INPUTS):
        relays = changed(("", RELAYS + inputs + LOCKERS.replace("BOARD", "relays")))
        words = "relays (waveshare-relay) cannot open cells and feel them shut"
        assert faults(relays, Severity.ERROR) == [
            ("services.lockers.banks[0].board", words, "add a device that can")
        ], "told once, not for each cell"


UNUSED = ("no service uses this device", "name it in a service, or take it out of the file")
AIR = """
[devices.air]
driver = "xy-md02"
port = "/dev/serial/by-id/usb-air"
"""
PROBE = """
[devices.probe]
driver = "ds18b20"
sensor = "28-0316a2795dff"
"""
UPS = """
[devices.mains]
driver = "nut"
ups = "ups"
"""


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (AIR, [("devices.air", *UNUSED)]),
        (PROBE, [("devices.probe", *UNUSED)]),
        (RELAYS, [("devices.relays", *UNUSED)]),
        (UPS, []),
    ],
)
def test_only_what_watches_the_station_itself_needs_no_service(
    device: str, expected: list[tuple[str, str, str]]
) -> None:
    assert faults(changed(("", device)), Severity.WARNING) == expected
