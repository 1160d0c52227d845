"""What the demo's page calls the things of a station, how they stand, and what hands can do with them."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.contract import Words, both

TITLES: Mapping[str, Words] = {
    "climate": both("Climate"),
    "screen": both("Screen"),
    "alarm": both("Safety"),
    "elsewhere": both("Power and heat"),
}

DOOR = both("Door")
SCREEN = both("Screen")
MACHINE = both("Machine")
LID = both("Lid")
BOOK = both("Book")
ROOM = both("Room temperature")
PLACE = both("Heat")
UPS = both("UPS")
SWITCHES: Mapping[str, Words] = {
    "fan": both("Fan"),
    "air-con": both("Air-con"),
    "off": both("Room power"),
}

STATES: Mapping[str, Words] = {
    "shut": both("Shut"),
    "open": both("Stands open"),
    "ajar": both("Unlocked"),
    "stuck": both("Jammed"),
    "stuck-open": both("Jammed open"),
    "full": both("Full"),
    "empty": both("Empty"),
    "stuck-full": both("Jammed"),
    "on": both("Has power"),
    "off": both("No power"),
    "runs": both("Runs"),
    "rests": both("Stands"),
    "plugged": both("Plugged, no power"),
    "charges": both("Charges"),
    "heavy": both("Heavy load, no power"),
    "draws": both("Heavy load"),
    "dry": both("No water"),
    "calm": both("Calm"),
    "raised": both("Raised"),
    "here": both("On the shelf"),
    "mains": both("Mains"),
    "battery": both("Battery"),
    "": Words("", ""),
}

DEEDS: Mapping[str, Words] = {
    "shut": both("Push shut"),
    "pull": both("Pull at it"),
    "break": both("Break open"),
    "jam": both("Jam it"),
    "free": both("Free it"),
    "put": both("Put one in"),
    "plug": both("Plug a phone in"),
    "heavy": both("Plug a heater in"),
    "unplug": both("Unplug"),
    "overload": both("Overload it"),
    "relieve": both("End the overload"),
    "drain": both("Drain the water"),
    "fill": both("Fill the water"),
    "raise": both("Set it off"),
    "calm": both("Set it back"),
    "book": both("Scan a book"),
    "enter": both("Push and walk in"),
    "leave": both("Open and leave"),
    "scan": both("Scan its screen"),
    "pass": both("Show my pass"),
    "fail": both("Mains fail"),
    "return": both("Mains return"),
}

LOCKED = both("Does not give way: locked")
NO_CATCH = both("Does not catch: the bolt does not move")
NOT_READ = both("Has read nothing")
BOOK_READ = both("Has read the book's number")
SIZES: Mapping[str, Words] = {"small": both("S"), "medium": both("M"), "large": both("L")}
ALARMS: Mapping[str, Mapping[str, Words]] = {
    "sos": {"raise": both("Press it"), "calm": both("Turn it free")},
    "fire": {"raise": both("Fire relay opens"), "calm": both("Fire relay closes")},
    "tamper": {"raise": both("Lift the lid"), "calm": both("Shut the lid")},
}
