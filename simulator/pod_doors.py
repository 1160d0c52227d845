"""What people do at the doors of a simulated station: hold a code to a scanner, push, walk, press a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from config.models import StationFile
from config.services import Door, Screen
from drivers.contract import channel_of, device_of
from simulator.devices.ld2410 import Ld2410
from simulator.devices.ld2450 import Ld2450
from simulator.devices.lock_board import LockBoard
from simulator.devices.pir import Pir
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.kiosk import Kiosk
from simulator.wall import FIRST_INPUT, rests_closed

PERSON_CM = 120

T = TypeVar("T")


class PodFault(RuntimeError):
    """The simulated station cannot be started; the message says why."""


class PodDoors:
    """Hands and feet. What it stands on is a `simulator.pod.Pod`."""

    file: StationFile
    devices: Mapping[str, Any]
    kiosks: Mapping[str, Kiosk]
    powered: bool

    def act(self, name: str, deed: Callable[[Any, int], T]) -> T:
        """Do something with a device: `deed` gets its twin and the time in milliseconds."""
        raise NotImplementedError

    def door(self, name: str) -> Door:
        """A door service of the station file. Raises KeyError."""
        service = self.file.services[name]
        if not isinstance(service, Door):
            raise KeyError(name)
        return service

    def main_door(self) -> str:
        """The first door that has a scanner and a screen. Raises `PodFault`."""
        for name, service in self.file.services.items():
            if isinstance(service, Door) and service.reader and service.contact and self.screen(name) is not None:
                return name
        raise PodFault("this station has no door with a reader, a contact and a screen that opens it")

    def visitor_role(self, door: str) -> str:
        """Who comes to a door: a resident, where residents may come in."""
        roles = self.door(door).roles
        return "resident" if "resident" in roles else roles[0]

    def screen(self, door: str) -> Kiosk | None:
        """The display whose code opens a door, and somebody's eyes before it."""
        for service in self.file.services.values():
            if isinstance(service, Screen) and door in service.opens:
                return self.kiosks[service.screen]
        return None

    def show_to_scanner(self, door: str, picture: bytes) -> bytes:
        """Hold a picture (PNG) before a door's scanner; what it decoded, empty when it can make nothing of it."""
        reader = self.door(door).reader
        if not self.powered:
            return b""
        decoded: bytes = self.act(reader, lambda scanner, now_ms: scanner.show_picture(picture, now_ms))
        return decoded

    def push(self, door: str) -> bool:
        """Push a door from outside: it moves only if its lock is released now."""
        released = self.released(self.door(door).lock)
        if released:
            self.move_contact(door, closed=False)
        return released

    def released(self, lock: str) -> bool:
        """Whether what this lock holds can be pulled open now."""
        twin, channel = self.devices[device_of(lock)], channel_of(lock)
        if isinstance(twin, LockBoard):
            return self.act(device_of(lock), lambda board, now_ms: bool(board.is_energised(channel, now_ms)))
        if isinstance(twin, WaveshareRelay):
            return self.act(device_of(lock), lambda board, now_ms: bool(board.is_on(channel, now_ms)))
        return bool(twin.released)

    def move_contact(self, door: str, *, closed: bool) -> None:
        """The door moves: from inside, by its own closer, or by force."""
        self.move(self.door(door).contact, closed=closed)

    def move(self, contact: str, *, closed: bool) -> None:
        """Whatever a contact feels moves; on a board with inputs they are counted from 101."""
        input_number = channel_of(contact) - FIRST_INPUT + 1
        if input_number > 0:
            self.act(
                device_of(contact),
                lambda board, now_ms: board.move_input(input_number, closed=closed, now_ms=now_ms),
            )
        else:
            self.act(contact, lambda twin, now_ms: twin.move(closed=closed, now_ms=now_ms))

    def closed(self, contact: str) -> bool:
        """Whether a contact's circuit is closed."""
        twin, channel = self.devices[device_of(contact)], channel_of(contact)
        if isinstance(twin, LockBoard):
            return not twin.is_open(channel)
        return bool(twin.closed[channel - FIRST_INPUT] if channel else twin.closed)

    def settle_bolts(self) -> None:
        """The contact in a lock that tells where its bolt is."""
        for service in self.file.services.values():
            if isinstance(service, Door) and service.lock_monitor:
                locked = not self.released(service.lock)
                if self.closed(service.lock_monitor) != locked:
                    self.move(service.lock_monitor, closed=locked)

    def pressed(self, device: str) -> bool:
        """Whether a button is not as it rests."""
        return self.closed(device) != rests_closed(self.file, device)

    def press(self, device: str, *, pressed: bool) -> None:
        """Press a button, or let it go."""
        self.move(device, closed=rests_closed(self.file, device) != pressed)

    def walk(self, door: str, *, inside: bool) -> None:
        """Somebody walks about in the room behind a door, or has left it."""
        service = self.door(door)
        if service.counter:
            self.act(service.counter, lambda beams, now_ms: beams.walk(now_ms, inward=inside))
        for name in service.presence:
            self.act(name, partial(_stand_before, inside=inside))


def _stand_before(sensor: Any, now_ms: int, *, inside: bool) -> None:
    match sensor:
        case Ld2410() if inside:
            sensor.person(PERSON_CM, moving=True)
        case Ld2410():
            sensor.leave()
        case Ld2450():
            sensor.people(*([(0, 10 * PERSON_CM)] if inside else []))
        case Pir() if inside:
            sensor.movement(now_ms)
        case _:
            pass
