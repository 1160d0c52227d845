"""A small station file without a fault, edits of it, and what the check says of them."""

from config.faults import Severity
from config.load import read
from station.check import examined

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
