"""What the office's pages say, in Chinese and English; every refusal with its reason and the next step."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import Words, both
from station.trust.refusal import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is turned away, and what they can do next. The page adds the help phone."""

    reason: Words
    next: Words


SCAN_AGAIN = both("Scan the code on the screen at the door again.")
NEW_PASS = both("Get a new pass on your phone, then try again.")
HOLD_AGAIN = both("Turn up the brightness and hold the code still before the scanner.")
CALL = both("Call the help line: we will help you in.")
WAIT = both("Wait a minute and try again; if it is urgent, call the help line.")
LATER = both("Please come back later.")
RIGHT_DOOR = both("Check the station and the door, then scan again.")
EARN_POINTS = both("Volunteer hours earn points.")
USE_PHONE_PAGE = both("Scan the code on the screen at the door with your phone instead.")

_UNREADABLE = both("This code cannot be read.")
_NOT_OURS = both("This code is not one that the station accepts.")
_OLD_KEY = both("This code is too old.")
_ELSEWHERE = both("This code is for another station.")
_NOT_THIS_DOOR = both("This code does not open this door.")
_PICTURE_OLD = both("The code on the screen has changed.")
_USED = both("This code has been used.")
_STATION_UNSURE = both("The station cannot check this pass at the moment.")
_OFFICE_FAULT = both("A message from the office was not in order.")

REASONS: dict[Reason, Refusal] = {
    Reason.TOO_LONG: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.NOT_TEXT: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.UNKNOWN_SCHEME: Refusal(both("This door does not take this kind of code."), USE_PHONE_PAGE),
    Reason.BAD_BASE45: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.BAD_CBOR: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.BAD_JSON: Refusal(_OFFICE_FAULT, CALL),
    Reason.NOT_CANONICAL: Refusal(_UNREADABLE, NEW_PASS),
    Reason.UNKNOWN_FIELD: Refusal(_NOT_OURS, NEW_PASS),
    Reason.MISSING_FIELD: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_TYPE: Refusal(_NOT_OURS, NEW_PASS),
    Reason.UNSIGNED: Refusal(_OFFICE_FAULT, CALL),
    Reason.FORGED: Refusal(_OFFICE_FAULT, CALL),
    Reason.UNKNOWN_KEY: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_ALGORITHM: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_PURPOSE: Refusal(_NOT_OURS, NEW_PASS),
    Reason.KEY_NOT_YET_VALID: Refusal(_STATION_UNSURE, USE_PHONE_PAGE),
    Reason.KEY_EXPIRED: Refusal(_OLD_KEY, NEW_PASS),
    Reason.ISSUED_BEFORE_MINIMUM: Refusal(_OLD_KEY, NEW_PASS),
    Reason.BAD_SIGNATURE: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_AUDIENCE: Refusal(_ELSEWHERE, RIGHT_DOOR),
    Reason.WRONG_STATION: Refusal(_ELSEWHERE, RIGHT_DOOR),
    Reason.WRONG_SCREEN: Refusal(_NOT_THIS_DOOR, RIGHT_DOOR),
    Reason.WRONG_SERVICE: Refusal(_NOT_THIS_DOOR, RIGHT_DOOR),
    Reason.WRONG_ACTION: Refusal(_NOT_THIS_DOOR, CALL),
    Reason.WRONG_ROLE: Refusal(both("Your role does not open this door."), CALL),
    Reason.WRONG_NAME: Refusal(_OFFICE_FAULT, CALL),
    Reason.ONE_TIME_FOR_GROUP: Refusal(_NOT_OURS, NEW_PASS),
    Reason.NOT_YET_VALID: Refusal(
        both("This pass is not valid yet."),
        both("See when the pass begins, and come back then."),
    ),
    Reason.EXPIRED: Refusal(both("This pass has expired."), NEW_PASS),
    Reason.REVOKED: Refusal(both("This pass has been withdrawn."), CALL),
    Reason.CLOCK_UNKNOWN: Refusal(
        both("The station has just had power again and does not know the time."),
        USE_PHONE_PAGE,
    ),
    Reason.OUTSIDE_HOURS: Refusal(
        both("It is outside opening hours."),
        both("See the hours on the door; if it is urgent, call the help line."),
    ),
    Reason.HOLD_TOO_LONG: Refusal(both("The door would be held open too long."), CALL),
    Reason.RETAINED: Refusal(_OFFICE_FAULT, CALL),
    Reason.STALE_STEP: Refusal(
        both("The phone's clock is wrong, or this is a screenshot."),
        both("Open the pass page on your phone; a screenshot does not work."),
    ),
    Reason.REPEATED_STEP: Refusal(
        both("This code was used a moment ago."),
        both("Wait ten seconds: the code renews itself."),
    ),
    Reason.UNKNOWN_NONCE: Refusal(_PICTURE_OLD, SCAN_AGAIN),
    Reason.NONCE_EXPIRED: Refusal(_PICTURE_OLD, SCAN_AGAIN),
    Reason.NONCE_EXHAUSTED: Refusal(
        both("Too many people scanned at once."),
        both("Wait twenty seconds, then scan the new code."),
    ),
    Reason.ORDER_USED: Refusal(_USED, SCAN_AGAIN),
    Reason.ALREADY_USED: Refusal(both("This one-time pass has been used."), NEW_PASS),
    Reason.ISSUED_BEFORE_AMNESIA: Refusal(
        both("The station lost its records: older one-time passes no longer work."),
        NEW_PASS,
    ),
    Reason.NO_RING: Refusal(_STATION_UNSURE, CALL),
    Reason.VERSION_TOO_OLD: Refusal(_OFFICE_FAULT, CALL),
    Reason.REVOCATIONS_TOO_OLD: Refusal(both("The station has been offline too long to take passes."), USE_PHONE_PAGE),
    Reason.FLOORS_UNCONFIRMED: Refusal(_STATION_UNSURE, USE_PHONE_PAGE),
    Reason.UNRECORDED: Refusal(both("The station cannot write its records and may not open."), CALL),
    Reason.OUT_OF_ORDER: Refusal(both("It is out of order."), CALL),
    Reason.HOLDINGS_UNKNOWN: Refusal(
        both("The station lost its records and is checking who holds what."),
        CALL,
    ),
    Reason.NOTHING_FREE: Refusal(both("Nothing is free now."), LATER),
    Reason.NOTHING_HELD: Refusal(both("Nothing there is in your name."), CALL),
    Reason.IN_USE: Refusal(both("It is in use."), LATER),
    Reason.TOO_MANY: Refusal(
        both("You have as many as one person may have."),
        both("Give one back, then try again."),
    ),
    Reason.WRONG_CODE: Refusal(both("That is not the code."), CALL),
    Reason.CODE_BLOCKED: Refusal(both("Too many wrong codes."), LATER),
    Reason.SOLD_OUT: Refusal(both("None is left."), LATER),
    Reason.NO_POINTS: Refusal(both("Not enough points."), EARN_POINTS),
    Reason.NO_POWER: Refusal(both("Another big load is running."), LATER),
    Reason.NO_WATER: Refusal(both("There is no water."), LATER),
    Reason.ON_BATTERY: Refusal(both("The station's mains are off: no charging and no appliances."), LATER),
}
"""Every reason of the station, for people."""


def reason_words(reason: str) -> Refusal:
    """The words of a reason as it came from a station; a newer station may know reasons that are not in the table."""
    try:
        return REASONS[Reason(reason)]
    except ValueError:
        return Refusal(both("The station did not agree."), CALL)


# ---------------------------------------------------------------- the office's own refusals

NOT_JOINED = Refusal(
    both("This phone has not joined yet."),
    both("Open the invitation link from your community; if you have none, call the help line."),
)
NOT_STAFF = Refusal(
    both("This page is for volunteers and staff."),
    both("Open the staff link that the office sent you."),
)
BAD_INVITATION = Refusal(
    both("This invitation link is not right, or has expired."),
    both("Ask your community for a new invitation link."),
)
STALE_FORM = Refusal(
    both("This page is too old, or it was sent from somewhere else."),
    SCAN_AGAIN,
)
UNKNOWN_STATION = Refusal(both("There is no such station."), SCAN_AGAIN)
NO_NONCE = Refusal(
    both("To open a door you have to stand before it."),
    both("Scan the code on the screen at the door with your phone."),
)
NO_SUCH_SERVICE = Refusal(both("This station has no such service."), SCAN_AGAIN)
TOO_OFTEN = Refusal(both("That was too often in a short time."), WAIT)
OFFICE_BUSY = Refusal(both("The office is very busy now."), WAIT)
ORDER_GONE = Refusal(both("This request is over."), SCAN_AGAIN)
NOT_FOUND = Refusal(both("There is no such page."), SCAN_AGAIN)
BAD_REQUEST = Refusal(both("What was sent is incomplete."), SCAN_AGAIN)
STATION_AWAY = Refusal(
    both("The station did not answer."),
    both("Call whoever is on duty, or go there."),
)
BAD_PICK_UP = Refusal(
    both("This pick-up link is not right."),
    both("Ask whoever left it for you to send the link again."),
)
PICK_UP_OVER = Refusal(
    both("This pick-up code has expired."),
    both("Ask whoever left it for you, or call the help line."),
)
NOT_PUT_AWAY = Refusal(
    both("The cell has not opened yet: there is no pick-up code."),
    both("Look at the cell, then try again."),
)
NO_SUCH_ASK = Refusal(both("That is not offered any more."), SCAN_AGAIN)
REASON_NEEDED = Refusal(
    both("Please say why."),
    both("Go back, write the reason in a few words, and try again."),
)
OFFICE_FAULT = Refusal(both("Something went wrong at the office."), WAIT)


def no_points(points: int, price: int, *, earns: bool) -> Refusal:
    """Why an order that costs points was not signed. `earns`: hours on duty earn some here."""
    reason = both("You can spend {points} points, and it takes {price}.", points=points, price=price)
    return Refusal(reason, EARN_POINTS if earns else CALL)


PASS_PAGE = {
    "until": both("Valid until {}"),
    "expired": both("This pass has expired"),
    "get_new": both("Get a new one when you have a network."),
    "no_network": both("No network"),
    "needs_network": both("Getting a pass needs a network once."),
    "not_offline": both("This page may not open without a network"),
}
"""What the script of the pass page says."""

# ---------------------------------------------------------------- what becomes of an order

OPENING = both("Opening the door")
OPENING_NEXT = both("One moment: push when you hear the lock.")
UNLOCKED = both("Unlocked: push the door")
UNLOCKED_NEXT = both("Come in: the door locks itself behind you.")
OPENED = both("The door is open")
OPENED_NEXT = both("Come in, and please close it behind you.")
NOT_OPENED = both("Nobody pushed: the door is locked again")
NOT_OPENED_NEXT = both("Scan the code again and push as soon as you hear the lock.")
UNSURE = both("It is not certain that the lock moved")
UNSURE_NEXT = both("Try the door; if it is shut, scan again or call the help line.")
REFUSED = both("The door stays shut")
ASKING = both("One moment")
ASKING_NEXT = both("The station is about to answer.")
AGREED = both("The station agrees")
AGREED_NEXT = both("Watch it open or start; the result is shown here.")
DONE_NEXT = both("If anything is wrong, call the help line.")
NOT_DONE_NEXT = both("Scan again and try, or call the help line.")
HOLD_CODE = both("Hold this code to the scanner at the door")
HOLD_CODE_NEXT = both("The station is offline just now; its scanner reads this code by itself.")

HOLD_CODE_HERE = both("Hold this code to the station's scanner")
NO_ANSWER_YET = both("No answer from the station yet")
NO_ANSWER_NEXT = both("Wait a little longer, or call the help line.")

# ---------------------------------------------------------------- names

KINDS = {
    "reading-pod": both("Reading pod"),
    "library": both("Library"),
    "low-carbon": both("Low-carbon stop"),
    "courier-rest": both("Courier rest stop"),
    "micro-station": both("Micro-station"),
}
ALARMS = {
    "sos": both("Somebody calls for help"),
    "fire": both("Fire"),
    "tamper": both("Tampering"),
    "forced": both("Forced open"),
    "held": both("Door held open"),
    "lost": both("Device lost"),
    "hot": both("Too hot"),
    "flood": both("Somebody keeps trying codes"),
}
ROLES = {
    "resident": both("resident"),
    "courier": both("courier"),
    "volunteer": both("volunteer"),
    "keeper": both("keeper"),
    "office": both("office"),
}

EVENTS: dict[str, Words] = {
    "StationStarted": both("Controller started"),
    "JournalBegun": both("A new journal began"),
    "Snapshot": both("State saved"),
    "DocumentTaken": both("A new document was taken over"),
    "MessageForged": both("A forged message came"),
    "AccessGranted": both("Access granted"),
    "PassUsed": both("Pass used"),
    "ThingTaken": both("Taken"),
    "ThingDueMoved": both("When it is due follows the corrected clock"),
    "ThingDueSoon": both("Due soon"),
    "ThingOverdue": both("Overdue"),
    "ThingOffered": both("May be taken over"),
    "ThingGivenBack": both("Given back"),
    "ThingArrived": both("Something came back"),
    "ThingLost": both("Lost"),
    "LibraryNotTold": both("The library's system was not told"),
    "BookLeft": both("A book was left"),
    "BookTaken": both("A book was taken"),
    "BoxAsked": both("Somebody opens the box"),
    "StockTaken": both("Taken from stock"),
    "StockKept": both("Not had, still in stock"),
    "StockRefilled": both("Refilled"),
    "StockCounted": both("Counted"),
    "StockLow": both("Stock is low"),
    "PointsSpent": both("Points spent"),
    "PointsReturned": both("Points given back"),
    "CodeChosen": both("Code chosen"),
    "CodeFailed": both("Wrong code"),
    "HoldingsTold": both("Holdings told by the office"),
    "CellOpened": both("Cell opened"),
    "CellShut": both("Cell shut"),
    "CellForced": both("Cell forced"),
    "CellFailed": both("Cell did not open"),
    "CellRetired": both("Cell taken out of service"),
    "CellRestored": both("Cell in service again"),
    "CellOpenedByKeeper": both("Cell opened by a keeper"),
    "PowerCut": both("Power cut to protect"),
    "RunBegan": both("Appliance started"),
    "RunEnded": both("Appliance stopped"),
    "VolunteerSignedOn": both("Volunteer signed on"),
    "VolunteerShiftDated": both("When a volunteer signed on follows the corrected clock"),
    "VolunteerSignedOff": both("Volunteer signed off"),
    "TaskDone": both("Task done"),
    "RatingGiven": both("Rated"),
    "AccessRefused": both("Access refused"),
    "RefusalsCounted": both("More refusals"),
    "CodesFlooded": both("Somebody keeps trying codes"),
    "DoorOpened": both("Door opened"),
    "DoorClosed": both("Door closed"),
    "DoorRelocked": both("Door locked again"),
    "DoorNotOpened": both("Unlocked, nobody came in"),
    "DoorForced": both("Door forced open"),
    "DoorHeldWarned": both("Door open for a while"),
    "DoorHeld": both("Door held open"),
    "BoltLocked": both("The bolt is locked again"),
    "RelockFailed": both("Door did not lock"),
    "EgressUsed": both("Exit button used"),
    "HoldOpenBegan": both("Door held open by the office"),
    "HoldOpenEnded": both("Hold-open ended"),
    "OrderRefused": both("An order was refused"),
    "AlarmRaised": both("Alarm raised"),
    "AlarmHeard": both("Alarm taken on"),
    "AlarmEscalated": both("Alarm escalated"),
    "AlarmCleared": both("Alarm cleared"),
    "RoomOccupied": both("Somebody is in"),
    "RoomEmptied": both("Nobody is in"),
    "RoomReleased": both("Opened from outside by a keeper"),
    "CurfewWarned": both("Told that it closes soon"),
    "PersonCounted": both("Somebody went in or out"),
    "LongStayNoted": both("Somebody has been here for long"),
    "DeviceLost": both("A device stopped answering"),
    "DeviceFound": both("A device answers again"),
    "TamperSeen": both("A device had been tampered with"),
    "LinkChanged": both("The link changed"),
    "ClockTrustChanged": both("Trust in the clock changed"),
    "RecordingResumed": both("The journal can be written again"),
    "EventsLost": both("Some records were lost"),
    "AmnesiaDated": both("The date of the lost records is known"),
    "DocumentsConfirmed": both("The office confirmed the documents"),
    "LevelNoted": both("A level"),
}


def event_words(kind: str) -> Words:
    """What a row of this kind is called; a newer station may send kinds that are not in the table."""
    return EVENTS.get(kind, Words(kind, kind))


def kind_words(kind: str) -> Words:
    """What a kind of station is called."""
    return KINDS.get(kind, Words(kind, kind))


NOTHING = Words("", "")
COUNTED = {
    "lockers": (both("{} free"), both("None free")),
    "loans": (both("{} here"), both("None here")),
    "loans/give_back": (both("{} free places"), both("No free place")),
    "stock": (both("{} left"), both("None left")),
    "stock/open": (NOTHING, both("Not now")),
    "sockets": (both("Free"), both("In use or off")),
    "appliance": (both("Ready"), both("Not now")),
}
"""By type of service, and by action where that differs: how many there are, and that there is none."""
UNCOUNTED = (NOTHING, both("Not now"))


def free_words(service_type: str, action: str, free: int | None) -> Words:
    """How much of an offer there is; empty where that says nothing."""
    some, none = COUNTED.get(f"{service_type}/{action}") or COUNTED.get(service_type, UNCOUNTED)
    if free is None:
        return UNCOUNTED[0]
    return Words(some.zh.replace("{}", str(free)), some.en.replace("{}", str(free))) if free else none
