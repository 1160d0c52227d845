"""Sockets, appliances and climate of a station file: what the rules see, and what the check says."""

import pytest

from config.faults import Severity
from config.load import read
from drivers.contract import Words
from station.check import examined
from station.rules.site import ApplianceService, ClimateService, Load, Site, SocketService
from station.site_of import site_of
from tests.station.station_files import GOOD, faults

DEVICES = """
[devices.relays]
driver = "waveshare-relay"
port = "/dev/serial/by-id/usb-relays"
[devices.meter1]
driver = "pzem004t"
port = "/dev/serial/by-id/usb-meter1"
[devices.thermometer]
driver = "xy-md02"
port = "/dev/serial/by-id/usb-thermometer"
[devices.float]
driver = "gpio-contact"
pin = 26
[devices.radar]
driver = "ld2410"
port = "/dev/serial/by-id/usb-radar"
"""
SOCKETS = """
[services.charge]
type = "sockets"
sockets = { "1" = { relay = "relays/1", meter = "meter1" } }
temperature = "thermometer"
reader = "scanner"
"""
KETTLE = """
[services.kettle]
type = "appliance"
name = { zh = "热水壶", en = "Kettle" }
relay = "relays/4"
run_seconds = 300
rest_seconds = 60
big_load = true
water = "float"
reader = "scanner"
"""
CLIMATE = """
[services.climate]
type = "climate"
room = "door"
temperature = "thermometer"
fan = "relays/6"
air_con = "relays/7"
off = ["relays/8"]
"""
WHOLE = (
    GOOD.replace('presence = ["pir"]', 'presence = ["pir", "radar"]').replace(
        'opens = ["door"]', 'opens = ["door", "charge", "kettle"]'
    )
    + DEVICES
    + SOCKETS
    + KETTLE
    + CLIMATE
)


def edited(*edits: tuple[str, str]) -> str:
    text = WHOLE
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        text = text.replace(old, new)
    return text


def site() -> Site:
    file = examined(read(WHOLE.encode(), "pod.toml")).file
    assert file is not None
    return site_of(file, None, "", "")


def test_the_file_has_no_fault() -> None:
    assert examined(read(WHOLE.encode(), "pod.toml")).faults == ()


def test_what_the_rules_see() -> None:
    assert site().sockets == {
        "charge": SocketService(
            name="charge",
            words=Words("充电插座", "Charging sockets"),
            reader="scanner",
            sockets={"1": Load("relays/1", "meter1", 60)},
            due_ms=7_200_000,
            warn_ms=300_000,
            per_person=1,
            limit_wh=60,
            temperature="thermometer",
            temperature_max_c=55.0,
            safe_ms=600_000,
            unplugged_ms=120_000,
        )
    }
    assert site().appliances == {
        "kettle": ApplianceService(
            name="kettle",
            words=Words("热水壶", "Kettle"),
            reader="scanner",
            load=Load("relays/4"),
            run_ms=300_000,
            rest_ms=60_000,
            big_load=True,
            water="float",
        )
    }
    assert site().climates == {
        "climate": ClimateService(
            name="climate",
            room="door",
            temperature="thermometer",
            fan="relays/6",
            air_con="relays/7",
            off=("relays/8",),
        )
    }
    assert set(site().services) == {"door", "charge", "kettle"}
    assert set(site().held_services) == {"charge"}
    assert "relays" not in site().essential


REFUSED = {
    "a relay for two": (
        [('relay = "relays/4"', 'relay = "relays/1"')],
        ("services.kettle.relay", "relays/1 is the relay of charge already", "each relay needs a device of its own"),
    ),
    "a fan that is a socket": (
        [('fan = "relays/6"', 'fan = "relays/1"')],
        ("services.climate.fan", "relays/1 is the relay of charge already", "each fan needs a device of its own"),
    ),
    "a board without its channel": (
        [('relay = "relays/4"', 'relay = "relays"')],
        ("services.kettle.relay", "relays (waveshare-relay) is a board: which channel of it?", "such as relays/1"),
    ),
    "a meter that measures no power": (
        [('meter = "meter1"', 'meter = "thermometer"')],
        (
            "services.charge.sockets.1.meter",
            "thermometer (xy-md02) cannot measure power and energy",
            "name a device that can: meter1",
        ),
    ),
    "a safe while that outlasts a session": (
        [('temperature = "thermometer"\nreader', "limit_minutes = 10\nsafe_minutes = 11\nreader")],
        (
            "services.charge.safe_minutes",
            "after a power cut a session would last longer than the 10 min of a whole one",
            "at most limit_minutes = 10",
        ),
    ),
    "a limit that nothing measures": (
        [("big_load = true", "power_max_w = 2000")],
        (
            "services.kettle.power_max_w",
            "nothing measures what it draws, so this limit holds nothing",
            "add meter = ..., or leave it out",
        ),
    ),
    "a climate of no room": (
        [('room = "door"', 'room = "hall"')],
        ("services.climate.room", "there is no door service called hall", "there is: door"),
    ),
    "a room that nothing sees": (
        [
            ('presence = ["pir", "radar"]\nlamp = "lamp"', 'egress_button = "pir"'),
            ('"pir"\npin = 23', '"gpio-contact"\npin = 23'),
        ],
        ("services.climate.room", "nothing sees whether somebody is in behind door", "add presence = [...] to door"),
    ),
    "power off on one sensor's word": (
        [('presence = ["pir", "radar"]', 'presence = ["pir"]')],
        (
            "services.climate.off",
            "power is never taken away on the word of one sensor, so these would stay on",
            "add a second sensor to presence of door",
        ),
    ),
    "a fan that flutters": (
        [('fan = "relays/6"', 'fan = "relays/6"\nfan_above_c = 25')],
        (
            "services.climate.fan_above_c",
            "relays/6 would be switched on and off again and again: it is off below 26 °C",
            "more than off_below_c = 26",
        ),
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_work_is_refused(why: str) -> None:
    edits, expected = REFUSED[why]
    assert faults(edited(*edits), Severity.ERROR) == [expected]


def test_a_fan_without_a_thermometer() -> None:
    found = faults(edited(('temperature = "thermometer"\nfan', "fan")), Severity.ERROR)
    assert found == [
        (
            "services.climate.temperature",
            f"nothing measures how warm it is, so {point} would never run",
            "add temperature = ...",
        )
        for point in ("relays/6", "relays/7")
    ]


DOUBTED = {
    "sockets that only the time ends": (
        [(', meter = "meter1"', ""), ("run_seconds", 'meter = "meter1"\nrun_seconds')],
        (
            "services.charge.sockets",
            "nothing sees what is plugged in at 1: only the time ends a session",
            "add meter = ... to each socket",
        ),
    ),
    "an appliance without a name": (
        [('name = { zh = "热水壶", en = "Kettle" }\n', "")],
        (
            "services.kettle",
            "people would read only that an appliance is on",
            'add name = { zh = "微波炉", en = "Microwave" }',
        ),
    ),
}


@pytest.mark.parametrize("why", DOUBTED)
def test_what_is_doubtful_starts_with_a_warning(why: str) -> None:
    edits, expected = DOUBTED[why]
    assert faults(edited(*edits), Severity.ERROR) == []
    assert faults(edited(*edits), Severity.WARNING) == [expected]
