"""What the office's pages say about each type of service: one row a type in `KINDS`.

What may be asked for now is told by the station itself (`station/rules/offers.py`); a type that has no row is shown by
its own words and offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.contract import Words, both

NOT_FOR_PEOPLE = frozenset({"screen", "climate", "watch", "pressure"})
"""Types of services in a station file that nobody asks for anything."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do with a service or one of its things.

    `counts`: it takes a number; `held`: it is about what somebody has, by the name of that; `holds_minutes`: how long.
    """

    action: str
    words: Words
    counts: bool = False
    held: bool = False
    holds_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of service.

    Attributes:
        icon: a drawing of `pages/parts.html`.
        words: what it is called where nothing else says so.
        thing: one of its things, with `{}` for its name; None: its things have no names for people.
        asked: what is offered as long as the station has not told.
        own: what somebody may do with what they have and, but for `HAND_OVER`, with what was left for them.
        keeper: what keepers do, always with a reason.
        steward: what volunteers do too, without one.
        done: the next step after the station has done what was asked.
    """

    icon: str
    words: Words
    thing: Words | None = None
    asked: tuple[Deed, ...] = ()
    own: tuple[Deed, ...] = ()
    keeper: tuple[Deed, ...] = ()
    steward: tuple[Deed, ...] = ()
    done: Words | None = None

    def name(self, thing: str) -> Words | None:
        """One of its things."""
        if self.thing is None:
            return None
        return Words(self.thing.zh.replace("{}", thing), self.thing.en.replace("{}", thing))


DOOR = "door"
HAND_OVER = "hand_over"
TAKE = "take"
_OPEN = Deed("open", both("Open"))
_OUT_OF_SERVICE = (
    Deed("retire", both("Out of service")),
    Deed("restore", both("Back in service")),
)
_LOOK_INTO = Deed("open_as_keeper", both("Open and look"))

KINDS: Mapping[str, Kind] = {
    DOOR: Kind(
        "door",
        both("Door"),
        asked=(Deed("open", both("Open the door")),),
        keeper=(
            Deed("open", both("Open from here")),
            Deed("hold_open", both("Hold open for 20 min"), holds_minutes=20),
        ),
    ),
    "lockers": Kind(
        "cell",
        both("Lockers"),
        both("Cell {}"),
        asked=(Deed(TAKE, both("Take a cell")),),
        own=(
            _OPEN,
            Deed("give_back", both("Take all, give it back")),
            Deed(HAND_OVER, both("Somebody else collects")),
        ),
        keeper=(_LOOK_INTO, Deed("clear", both("Note as empty")), *_OUT_OF_SERVICE),
        done=both("Shut the cell when you are done."),
    ),
    "loans": Kind(
        "umbrella",
        both("Things to borrow"),
        asked=(Deed(TAKE, both("Borrow one")), Deed("give_back", both("Give one back"))),
        own=(Deed("give_back", both("Give it back")),),
        keeper=(
            _LOOK_INTO,
            *_OUT_OF_SERVICE,
            Deed("clear", both("Note as back"), held=True),
            Deed("lost", both("Note as lost"), held=True),
        ),
    ),
    "books": Kind(
        "book",
        both("Books"),
        both("Book {}"),
        asked=(Deed("begin", both("Borrow")), Deed("give_back", both("Give one back"))),
        own=(Deed("give_back", both("Give it back")),),
        keeper=(
            Deed("clear", both("Note as back"), held=True),
            Deed("lost", both("Note as lost"), held=True),
        ),
    ),
    "stock": Kind(
        "box",
        both("Supplies"),
        steward=(
            Deed("refill", both("Refill"), counts=True),
            Deed("count", both("Count"), counts=True),
            Deed("empty", both("It is empty")),
        ),
        done=both("Please shut the door of the box."),
    ),
    "sockets": Kind(
        "plug",
        both("Charging sockets"),
        both("Socket {}"),
        asked=(Deed("start", both("Start charging")),),
        own=(Deed("stop", both("Stop charging")),),
        done=both("Take your things with you when you leave."),
    ),
    "appliance": Kind(
        "appliance",
        both("Appliance"),
        asked=(Deed("start", both("Start")),),
        own=(Deed("stop", both("Stop")),),
        done=both("Please stay beside it."),
    ),
    "room": Kind(
        "room",
        both("Room"),
        asked=(Deed("begin", both("Begin")),),
        own=(Deed("open", both("Open the door")), Deed("end", both("End"))),
        keeper=(
            Deed("release", both("Open from outside")),
            Deed("end", both("End the use")),
        ),
    ),
    "people": Kind("people", both("Volunteers"), own=(Deed("sign_off", both("Sign off")),)),
    "alarm": Kind("act", both("Alarm")),
}
"""Every type of service that people know of."""

OTHER = Kind("unknown", both("Service"))


def kind_of(service_type: str) -> Kind:
    """The row of a type; a newer station may have types that are not in the table."""
    return KINDS.get(service_type, OTHER)
