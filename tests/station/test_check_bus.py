"""Several devices on one serial port: what the check accepts, and what it refuses with its reason and mend."""

import pytest

from config.faults import Severity
from tests.station.station_files import changed, faults

BUS = "/dev/serial/by-id/usb-bus"
OTHER_BUS = "/dev/serial/by-id/usb-other"


def device(name: str, driver: str, port: str = BUS, **settings: object) -> tuple[str, str]:
    """One device more, at the end of the file."""
    lines = [f"[devices.{name}]", f'driver = "{driver}"', f'port = "{port}"']
    lines += [f"{key} = {value!r}".replace("'", '"') for key, value in settings.items()]
    return ("", "\n".join(lines) + "\n")


FINE = {
    "boards of one family with addresses of their own": [
        device("left", "lockboard-8a", address=1),
        device("right", "lockboard-8a", address=2),
    ],
    "different devices that speak one language": [
        device("relays", "waveshare-relay", address=1),
        device("meter", "pzem004t", address=2),
        device("climate", "xy-md02", address=3),
    ],
    "the same address on two ports": [
        device("left", "lockboard-8a", address=1),
        device("right", "lockboard-8a", OTHER_BUS, address=1),
    ],
    "boards at another speed than the usual, all of them": [
        device("left", "lockboard-cu16", address=0, baud=9_600),
        device("right", "lockboard-cu16", address=14, baud=9_600),
    ],
}


@pytest.mark.parametrize("why", FINE)
def test_devices_made_for_it_may_share_a_port(why: str) -> None:
    assert faults(changed(*FINE[why]), Severity.ERROR) == []


REFUSED = {
    "the same address twice": (
        [device("left", "lockboard-8a", address=1), device("right", "lockboard-8a", address=1)],
        (
            "devices.right",
            f"{BUS} address 1 is used by the device left already",
            "give each device on this port an address of its own",
        ),
    ),
    "the same address twice, once because nothing else is said": (
        [device("relays", "waveshare-relay"), device("meter", "pzem004t")],
        (
            "devices.meter",
            f"{BUS} address 1 is used by the device relays already",
            "give each device on this port an address of its own",
        ),
    ),
    "two speeds": (
        [device("left", "lockboard-cu16", address=0), device("right", "lockboard-cu16", address=1, baud=9_600)],
        (
            "devices.right.port",
            "left on the same port wants 19200 baud 8N1, this one 9600 baud 8N1",
            "set both devices alike, or give it a port of its own",
        ),
    ),
    "two parities": (
        [device("meter", "pzem004t", address=1), device("climate", "xy-md02", address=2, parity="E")],
        (
            "devices.climate.port",
            "meter on the same port wants 9600 baud 8N1, this one 9600 baud 8E1",
            "set both devices alike, or give it a port of its own",
        ),
    ),
    "two languages, where the bytes of one may mean an opened cell to the other": (
        [device("cells", "lockboard-8a", address=1), device("meter", "pzem004t", address=2)],
        (
            "devices.meter.port",
            "cells on the same port speaks 8A, this one Modbus RTU",
            "give it a port of its own",
        ),
    ),
    "a device that cannot share a port, after one that can": (
        [device("cells", "lockboard-8a"), device("radar", "ld2410")],
        ("devices.radar", f"{BUS} is used by the device cells already", "give each device a pin or port of its own"),
    ),
    "a device that cannot share a port, before one that can": (
        [device("radar", "ld2410"), device("cells", "lockboard-8a")],
        ("devices.cells", f"{BUS} is used by the device radar already", "give each device a pin or port of its own"),
    ),
    "more cells than a board has": (
        [device("cells", "lockboard-cu16", channels=17)],
        ("devices.cells.channels", "17 is too large", "at most 16 (how many cells it has: 12 or 16)"),
    ),
    "two families of lock boards": (
        [device("cells", "lockboard-8a", address=1), device("stand", "lockboard-dc02", address=2)],
        (
            "devices.stand.port",
            "cells on the same port speaks 8A, this one DC02",
            "give it a port of its own",
        ),
    ),
    "an address above the switches of a board": (
        [device("cells", "lockboard-dc02", address=16)],
        ("devices.cells.address", "16 is too large", "at most 15 (of the board, by its switches)"),
    ),
    "an address that means every board": (
        [device("cells", "lockboard-cu16", address=15)],
        ("devices.cells.address", "15 is too large", "at most 14 (of the board, by its switches)"),
    ),
    "an address that no board has": (
        [device("cells", "lockboard-8a", address=0)],
        ("devices.cells.address", "0 is too small", "at least 1 (of the board, by its switches)"),
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_would_disturb_each_other_is_refused_with_its_reason_and_mend(why: str) -> None:
    edits, expected = REFUSED[why]
    assert faults(changed(*edits), Severity.ERROR) == [expected]
