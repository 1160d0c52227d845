"""Every line that a station shows or speaks, Chinese first. A refusal has a reason and a next step."""

from __future__ import annotations

from drivers.contract import Words, both
from station.trust.refusal import Reason

SCAN_TO_OPEN = both("Scan to open the door")
WITH_YOUR_PHONE = both("Scan the code on this screen, or hold your pass to the scanner")
OFFLINE = both("No network; you can still come in")
COME_IN = both("Come in")
DOOR_UNLOCKED = both("The door is unlocked, please push")
DOOR_OPEN = both("The door is open")
NOT_OPENED = both("The door was not opened and is locked again")
SCAN_AGAIN = both("Please scan again")
CLOSE_THE_DOOR = both("Please close the door")
DOOR_OPEN_LONG = both("The door has been open for long")
FORCED = both("The door was forced; the keepers have been told")
NOT_LOCKED = both("The door is not locked, please pull it shut")
HELP_IS_CALLED = both("Help has been called, please stay")
FIRE = both("Fire! Leave now")
TAMPER = both("Equipment was tampered with; the keepers have been told")
ALARM = {"sos": HELP_IS_CALLED, "fire": FIRE, "tamper": TAMPER}
CANNOT_RECORD = both("The station is recovering, please wait")
SORRY = both("The door cannot be opened for now")
CALL = both("For help call the number below")
GRANTED = both("Granted, unlocking")

TAKE_YOUR_THINGS = both("Please take your things")
ALWAYS_OUT = both("The door always opens from inside")


def closes_in(minutes: int) -> Words:
    """How long it is still open."""
    return both("Closing in {minutes} minutes", minutes=minutes)


_FRESH = both("Open the pass page on your phone and show it again")
_NEW_CODE = both("Scan the new code on this screen")
_OTHER_WAY = both("Scan the code on this screen instead")
_NEW_PASS = both("Ask the community office for a new pass")
_LATER = both("Please come back later")
_CALL_US = both("Please call the number below")

_UNREADABLE = both("This is not a code for this station")
_NOT_OURS = both("This code is not recognised")
_ELSEWHERE = both("This code is not for this place")
_USED = both("This code was already used")
_TOO_OLD = both("This code has expired")
_UNSURE = both("The station cannot check passes right now")

REFUSAL: dict[Reason, tuple[Words, Words]] = {
    **dict.fromkeys(
        (
            Reason.TOO_LONG,
            Reason.NOT_TEXT,
            Reason.UNKNOWN_SCHEME,
            Reason.BAD_BASE45,
            Reason.BAD_CBOR,
            Reason.BAD_JSON,
            Reason.NOT_CANONICAL,
            Reason.UNKNOWN_FIELD,
            Reason.MISSING_FIELD,
            Reason.WRONG_TYPE,
        ),
        (_UNREADABLE, _OTHER_WAY),
    ),
    **dict.fromkeys(
        (
            Reason.UNSIGNED,
            Reason.FORGED,
            Reason.UNKNOWN_KEY,
            Reason.WRONG_ALGORITHM,
            Reason.WRONG_PURPOSE,
            Reason.KEY_NOT_YET_VALID,
            Reason.KEY_EXPIRED,
            Reason.ISSUED_BEFORE_MINIMUM,
            Reason.BAD_SIGNATURE,
        ),
        (_NOT_OURS, _NEW_PASS),
    ),
    **dict.fromkeys(
        (
            Reason.WRONG_AUDIENCE,
            Reason.WRONG_STATION,
            Reason.WRONG_SCREEN,
            Reason.WRONG_SERVICE,
            Reason.WRONG_ACTION,
            Reason.WRONG_NAME,
            Reason.ONE_TIME_FOR_GROUP,
        ),
        (_ELSEWHERE, _OTHER_WAY),
    ),
    Reason.WRONG_ROLE: (both("Your pass does not open this door"), _CALL_US),
    Reason.NOT_YET_VALID: (both("This code is not valid yet"), _FRESH),
    Reason.EXPIRED: (_TOO_OLD, _FRESH),
    Reason.REVOKED: (both("This pass was withdrawn"), _CALL_US),
    Reason.CLOCK_UNKNOWN: (_UNSURE, _OTHER_WAY),
    Reason.OUTSIDE_HOURS: (both("Closed at this hour"), _CALL_US),
    Reason.HOLD_TOO_LONG: (_ELSEWHERE, _CALL_US),
    Reason.RETAINED: (_TOO_OLD, _NEW_CODE),
    Reason.STALE_STEP: (_TOO_OLD, _FRESH),
    Reason.REPEATED_STEP: (_USED, _FRESH),
    Reason.UNKNOWN_NONCE: (_TOO_OLD, _NEW_CODE),
    Reason.NONCE_EXPIRED: (_TOO_OLD, _NEW_CODE),
    Reason.NONCE_EXHAUSTED: (both("Too many people at once"), _NEW_CODE),
    Reason.ORDER_USED: (_USED, _NEW_CODE),
    Reason.ALREADY_USED: (_USED, _NEW_PASS),
    Reason.ISSUED_BEFORE_AMNESIA: (_UNSURE, _NEW_PASS),
    Reason.NO_RING: (_UNSURE, _CALL_US),
    Reason.VERSION_TOO_OLD: (_UNSURE, _CALL_US),
    Reason.REVOCATIONS_TOO_OLD: (_UNSURE, _OTHER_WAY),
    Reason.FLOORS_UNCONFIRMED: (_UNSURE, _OTHER_WAY),
    Reason.UNRECORDED: (CANNOT_RECORD, _CALL_US),
    Reason.OUT_OF_ORDER: (both("It is out of order"), _CALL_US),
    Reason.HOLDINGS_UNKNOWN: (both("The station is checking who holds what"), _CALL_US),
    Reason.NOTHING_FREE: (both("Nothing is free now"), _LATER),
    Reason.NOTHING_HELD: (both("Nothing here is in your name"), _CALL_US),
    Reason.IN_USE: (both("It is in use"), _LATER),
    Reason.TOO_MANY: (
        both("You have as many as one person may have"),
        both("Give one back first"),
    ),
    Reason.WRONG_CODE: (both("That is not the code"), both("Please type it again")),
    Reason.CODE_BLOCKED: (both("Too many wrong codes"), _LATER),
    Reason.SOLD_OUT: (both("None is left"), _LATER),
    Reason.NO_POINTS: (both("Not enough points"), both("Ask the community office")),
    Reason.NO_POWER: (both("Another big load is running"), _LATER),
    Reason.NO_WATER: (both("The water is used up"), both("The volunteers know")),
    Reason.ON_BATTERY: (
        both("The mains are off: no charging and no appliances"),
        both("Try again when they are back"),
    ),
}
"""For every reason: what a person is told, and what to do next."""
