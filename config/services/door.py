"""`type = "door"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Admitting, Name, Point, Points


class Door(Admitting):
    """A door and the room behind it. Devices are named as in `[devices.NAME]`."""

    type: Literal["door"] = Field(description="a door")
    room: bool = Field(default=True, description="false: nobody can go in and be shut in (a cupboard, a hatch)")
    egress: Literal["mechanical", "hardwired"] | None = Field(
        None,
        description="how people get out of the room without the controller: a handle that always opens (mechanical), "
        "or a button that cuts the lock's power (hardwired)",
    )
    lock: Point = Field(description="the device that unlocks", examples=["strike"])
    contact: Point = Field("", description="closed while the door is shut")
    lock_monitor: Point = Field("", description="closed while the lock is locked")
    egress_button: Point = Field("", description="closed while the exit button is pressed; it is only watched")
    fire: Point = Field("", description="the fire relay's loop, open while it burns; it is only watched")
    lamp: Point = Field("", description="switched on while somebody is in")
    presence: Points = Field((), description="the devices that see people in the room")
    counter: Name = Field("", description="the device that counts who goes in and who comes out", examples=["beams"])
    pulse_seconds: float = Field(3, ge=0.05, le=60, description="how long the lock is driven for one opening")
    unlock_seconds: int = Field(8, ge=1, le=120, description="within this time after a grant the door may be opened")
    held_open_seconds: int = Field(45, ge=5, le=3600, description="open for longer is an alarm, a warning at half")
    empty_after_seconds: int = Field(120, ge=10, le=3600, description="seen nobody for so long: the room is empty")
    welfare_after_hours: int = Field(
        10, ge=1, le=72, description="somebody is in and nobody has left for so long: please see whether they are well"
    )
    when_unrecorded: Literal["refuse", "admit"] = Field(
        "refuse", description="what to do while the journal cannot be written; one-time passes are refused anyhow"
    )
