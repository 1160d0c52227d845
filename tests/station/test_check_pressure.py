"""What the check says about a blood pressure meter."""

from config.faults import Severity
from config.load import read
from station.check import examined
from station.rules.site import PressureService
from station.site_of import site_of
from tests.station.station_files import changed, faults

DEVICES = """\
[devices.cuff]
driver = "un300c"
port = "/dev/serial/by-id/usb-cuff"
[devices.cuff_button]
driver = "gpio-contact"
pin = 5
"""
SERVICE = '[services.pressure]\ntype = "pressure"\nmeter = "cuff"\nbutton = "cuff_button"\nscreen = "screen"\n'


def test_a_meter_with_its_button_beside_a_screen() -> None:
    found = examined(read(changed(("", f"{DEVICES}{SERVICE}show_seconds = 30\n")).encode(), "pod.toml"))
    assert found.faults == ()
    assert found.file is not None
    expected = PressureService("pressure", "cuff", "cuff_button", "screen", pressed_closed=True, show_ms=30_000)
    assert site_of(found.file, None, "", "").pressures == {"pressure": expected}


def test_what_measures_no_blood_pressure_and_shows_nothing() -> None:
    service = SERVICE.replace('"cuff"', '"pir"').replace('screen = "screen"', 'screen = "door"')
    assert faults(changed(("", f"{DEVICES}{service}")), Severity.ERROR) == [
        ("services.pressure.meter", "pir (pir) cannot measure blood pressure", "name a device that can: cuff"),
        ("services.pressure.screen", "door is no screen service", "there is: screen"),
    ]


def test_a_cut_wire_that_would_tighten_the_cuff_is_doubted() -> None:
    assert faults(changed(("", f'{DEVICES}{SERVICE}pressed = "open"\n')), Severity.WARNING) == [
        (
            "services.pressure.pressed",
            "a cut wire to cuff_button reads as pressed, and the cuff would tighten",
            'a button that closes, and pressed = "closed"',
        )
    ]
