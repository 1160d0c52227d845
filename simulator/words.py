"""What the demo's page says by itself, Chinese first. What station, office and phone say is taken from them."""

from __future__ import annotations

from drivers.contract import Words, both

# ---------------------------------------------------------------- who tells

YOU = both("You")
PHONE = both("Phone")
SCANNER = both("Scanner")
LOCK = both("Lock")
DOOR = both("Contact")
LAMP = both("Lamp")
SIREN = both("Siren")
SCREEN = both("Screen")
CABLE = both("Cable")
MAINS = both("Mains")
OFFICE = both("Office")

# ---------------------------------------------------------------- what devices did

CHANGES: dict[tuple[str, bool], tuple[Words, Words]] = {
    ("free", True): (LOCK, both("Coil on: unlocked")),
    ("free", False): (LOCK, both("Coil off: locked")),
    ("open", True): (DOOR, both("The door swings open")),
    ("open", False): (DOOR, both("The door falls shut")),
    ("lamp", True): (LAMP, both("Lit")),
    ("lamp", False): (LAMP, both("Dark")),
    ("siren", True): (SIREN, both("Sounds")),
    ("siren", False): (SIREN, both("Silent")),
    ("cable", True): (CABLE, both("Plugged in")),
    ("cable", False): (CABLE, both("Pulled")),
    ("power", True): (MAINS, both("Back: the controller starts again")),
    ("power", False): (MAINS, both("Cut: the controller has died")),
}
"""By what changed and to what: who tells it, and how."""

# ---------------------------------------------------------------- the person

BEGIN = both("You stand at the door: press the big button")
YOU_ARE_IN = both("You are in")
DOES_NOT_MOVE = both("It does not give way: locked")
FORCING = both("You pull with a crowbar")
CALLING = both("You call the office to end the alarm")
CLEARED = both("The alarm has been cleared")
SCANNER_DARK = both("Has read nothing")

# ---------------------------------------------------------------- what one can do before the door


def _always(name: Words) -> tuple[str, Words, Words]:
    return "", name, name


FRONT: dict[str, tuple[str, Words, Words]] = {
    "scan": _always(both("Scan the screen’s code")),
    "push": _always(both("Push and walk in")),
    "leave": _always(both("Open and leave")),
    "pass": _always(both("Show my pass")),
    "photo": _always(both("Show an old photograph")),
    "force": _always(both("Force the door")),
    "prop": ("propped", both("Let the door close"), both("Prop the door")),
    "sos": ("sos", both("Turn SOS free"), both("Press SOS")),
    "clear": _always(both("Ask to end the alarm")),
    "cable": ("cable", both("Pull the cable"), both("Plug the cable in")),
    "mains": ("power", both("Cut the mains"), both("Restore the mains")),
}
"""By deed: the level that decides how it is called, and its name while that is on and while it is off."""

BLANK = both("Blank")
"""A screen that shows nothing."""

# ---------------------------------------------------------------- the phone

PHONE_IDLE = both("Your phone")
PHONE_IDLE_NEXT = both("Scan the screen, or show your pass")
TAP_TO_OPEN = both("Tap “Open the door”")
TAP_ONE = both("Tap what you want")
PAGE_REFUSED = both("The page does not open")
MY_PASS = both("My pass")
HOLD_IT = both("Hold it to the scanner")
OLD_PHOTO = both("An old photograph")
OLD_PHOTO_NEXT = both("Of a pass, two minutes ago")
NO_CODE = both("There is no code on the screen")

# ---------------------------------------------------------------- how well it is

LIGHTS = {
    "ok": both("All is well"),
    "look": both("Please take a look"),
    "act": both("Please act now"),
    "unknown": both("The controller does not answer"),
}


def decoded(code: bytes) -> Words:
    """What a scanner has read, without anything that opens a door."""
    scheme = code[:4].decode("ascii", "replace")
    return both("Read {scheme}… ({count} characters)", scheme=scheme, count=len(code))
