"""What a UHPPOTE controller's status says of its doors and buttons. Pure: a status in, levels out."""

from __future__ import annotations

from typing import Protocol

from drivers.contract import Quantity

MAX_DOORS = 4
FIRST_CONTACT, FIRST_BUTTON = 101, 201
"""The channels of the contact and the button of door 1; its lock is channel 1."""

Levels = dict[tuple[int, Quantity], bool]


class Status(Protocol):
    """Of `uhppoted.structs.GetStatusResponse` what is looked at."""

    controller: int
    door_1_open: bool
    door_2_open: bool
    door_3_open: bool
    door_4_open: bool
    door_1_button: bool
    door_2_button: bool
    door_3_button: bool
    door_4_button: bool
    relays: int


def levels(status: Status, doors: int) -> Levels:
    """By channel: a lock released, a contact closed while its door is shut, a button's while it is pressed."""
    opened = (status.door_1_open, status.door_2_open, status.door_3_open, status.door_4_open)
    pressed = (status.door_1_button, status.door_2_button, status.door_3_button, status.door_4_button)
    found: Levels = {}
    for place in range(doors):
        found[place + 1, Quantity.RELEASED] = bool(status.relays >> place & 1)
        found[FIRST_CONTACT + place, Quantity.CLOSED] = not opened[place]
        found[FIRST_BUTTON + place, Quantity.CLOSED] = bool(pressed[place])
    return found
