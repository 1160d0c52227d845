"""The place itself: door, lock, contact, people's bodies and the sensors that see them.

What is on the wall follows from the station file. Only people and the mains move anything here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from config.models import StationFile
from config.services import Alarm, Door, People
from simulator.devices.ds18b20 import Ds18b20
from simulator.devices.gm65 import Gm65
from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.gpio_switch import GpioSwitch
from simulator.devices.ld2410 import Ld2410
from simulator.devices.lock_board import LockBoard
from simulator.devices.pir import Pir
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.pzem004t import twin as plain_meter
from simulator.devices.spot import Spot
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.faults import Faults, Sent
from simulator.twins import Maker
from simulator.wall import Wall
from simulator.wires.stream import Channel
from simulator.wires.virtual import Bench, VirtualPort
from simulator.world_ledger import DoorMove, Ledger, StrikeEdge
from simulator.world_time import Agenda

EXIT_FREES_MS = 10_000
"""How long an exit button keeps a magnetic lock without current, by itself."""
BUTTON_MS = 700
OWN_TIME = frozenset({"screen", "voice", "pi-health", "osdp", "uhppote"})
"""Drivers that keep their own time; the world has something simpler in their place."""


class WatchedLock(GpioLock):
    """A lock that tells whenever it begins or ends to let people in."""

    def __init__(self, told: Callable[[int, bool, bool], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._told = told

    def drive(self, level: bool | None, now_ms: int) -> None:
        before = self.released
        super().drive(level, now_ms)
        if self.released != before:
            self._told(now_ms, self.released, level is not None)


class WatchedSwitch(GpioSwitch):
    """A siren that tells when it is switched."""

    def __init__(self, told: Callable[[int, bool], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._told = told

    def drive(self, level: bool | None, now_ms: int) -> None:
        before = self.on
        super().drive(level, now_ms)
        if self.on != before:
            self._told(now_ms, self.on)


class CalmRadar(Ld2410):
    """A radar that reports only every 1.9 s while it says the same: the reports between change nothing.

    Without one for 2 s the driver would take away its vote.
    """

    calm_ms = 1_900

    def __init__(self, *, now_ms: int) -> None:
        super().__init__(now_ms=now_ms)
        self._said = b""

    def tick(self, now_ms: int) -> list[Sent]:
        sent = super().tick(now_ms)
        if sent and sent[-1][1] == self._said:
            self._next_report_ms = sent[-1][0] + self.calm_ms
        if sent:
            self._said = sent[-1][1]
        return sent

    def person(self, distance_cm: int, *, moving: bool) -> None:
        super().person(distance_cm, moving=moving)
        self._said = b""

    def leave(self) -> None:
        super().leave()
        self._said = b""


def calm_meter(spot: Spot) -> Pzem004t:
    """A meter whose last digit does not tremble: what it says while nothing flows stays the same."""
    meter = plain_meter(spot)
    meter.noise = False
    return meter


class House:
    """One station's room with its door. `faults` damage what the scanner sends."""

    def __init__(
        self,
        file: StationFile,
        folder: Path,
        agenda: Agenda,
        random: Random,
        ledger: Ledger,
        faults: Faults,
        *,
        skips: bool = True,
    ) -> None:
        self.file = file
        self.door_name, self.door = next(
            (name, one) for name, one in file.services.items() if isinstance(one, Door) and one.room
        )
        self.alarms = {name: one for name, one in file.services.items() if isinstance(one, Alarm)}
        self.bench = Bench(self._input)
        self.wake: Callable[[str], None] = lambda _driver: None
        self.is_open = False
        self._agenda = agenda
        self._random = random
        self._ledger = ledger
        self._free_until_ms = -1
        self._places: dict[str, str | int] = {}
        instead: dict[str, Maker] = {
            "ld2410": lambda spot: CalmRadar(now_ms=spot.now_ms),
            "pir": lambda spot: Pir(now_ms=spot.now_ms, ghost=True),
            "pzem004t": calm_meter,
            "gpio-lock": lambda spot: WatchedLock(self._watch_of(spot.name), **spot.picked("active_high", "fail")),
            "gpio-switch": lambda spot: WatchedSwitch(self._switched(spot.name), **spot.picked("active_high")),
        }
        self.wall = Wall(
            file,
            folder,
            now_ms=agenda.now_ms,
            seed=lambda: random.getrandbits(32),
            instead=instead,
            own=OWN_TIME,
        )
        self._devices = self.wall.twins
        self._hang_up(faults, skips=skips)
        self.lock: WatchedLock = self._devices[self.door.lock]
        self.scanner: Gm65 = self._devices[self.door.reader]

    def device(self, name: str) -> Any:
        """The twin of a device, to look at."""
        return self._devices[name]

    def people_services(self) -> list[str]:
        """Services that volunteers sign on at."""
        return [name for name, one in self.file.services.items() if isinstance(one, People)]

    def _input(self, driver: str) -> None:
        self.wake(driver)

    # ------------------------------------------------------------ fitting

    def _hang_up(self, faults: Faults, *, skips: bool) -> None:
        """What the twins are connected to; `faults` damage what scanners send."""
        for port, device in self.wall.ports.items():
            is_scanner = isinstance(device, Gm65)
            self.bench.ports[port] = VirtualPort(device, faults if is_scanner else None, skips=skips and not is_scanner)
        self.bench.outputs.update(self.wall.outputs)
        self.bench.inputs.update(self.wall.inputs)
        self.bench.i2c.update(self.wall.i2c)
        for address, service in self.wall.services.items():
            self.bench.services[address] = Channel(service)
        for name, twin in self._devices.items():
            if isinstance(twin, Ds18b20):
                twin.plug()
            place = self.wall.place_of(name)
            if isinstance(place, str | int):
                self._places[name] = place

    def _watch_of(self, name: str) -> Callable[[int, bool, bool], None]:
        """The lock of the door that people come for is watched."""
        return self._lock_moved if name == self.door.lock else lambda _at, _released, _powered: None

    def _switched(self, name: str) -> Callable[[int, bool], None]:
        """Sirens are listened to."""
        sirens = [alarm.siren for alarm in self.alarms.values()]
        return self._siren if name in sirens else lambda _at, _on: None

    def _lock_moved(self, at_ms: int, released: bool, powered: bool) -> None:
        self._ledger.strike.append(StrikeEdge(at_ms, released, powered))
        self._ledger.note("strike released" if released else "strike locked")

    def _siren(self, at_ms: int, on: bool) -> None:
        self._ledger.siren.append((at_ms, on))

    def move(self, name: str, deed: Callable[[Any], None]) -> None:
        """Do something with a device, and let its driver look."""
        if name in self._places:
            self.bench.act(self._places[name], lambda: deed(self._devices[name]))
        else:
            deed(self._devices[name])

    # ------------------------------------------------------------ the door

    @property
    def lets_in(self) -> bool:
        """Whether a push from outside opens the door now."""
        return self.is_open or self.lock.released or self._agenda.now_ms <= self._free_until_ms

    def push(self, who: str) -> bool:
        """Somebody outside tries the door. True when it is open now."""
        if not self.is_open and self.lets_in:
            self._swing(who, opened=True, cause="released")
        return self.is_open

    def force(self, who: str) -> None:
        """Somebody breaks the door open, if it is locked."""
        if not self.is_open:
            self._swing(who, opened=True, cause="released" if self.lets_in else "forced")

    def open_from_inside(self, who: str) -> None:
        """The way out: the handle opens always, the button cuts a magnetic lock's current by itself."""
        if self.is_open:
            return
        if self.door.egress_button:
            self._press(self.door.egress_button)
        if self.door.egress == "hardwired":
            self._free_until_ms = self._agenda.now_ms + EXIT_FREES_MS
        self._swing(who, opened=True, cause="inside")

    def close(self, who: str) -> None:
        """The door falls shut."""
        if self.is_open:
            self._swing(who, opened=False, cause="closed")

    def _swing(self, who: str, *, opened: bool, cause: str) -> None:
        self.is_open = opened
        now_ms = self._agenda.now_ms
        self._ledger.moves.append(DoorMove(now_ms, opened, cause, who))
        self._ledger.note(f"door {cause}")
        if self.door.contact:
            self.move(self.door.contact, lambda reed: reed.move(closed=not opened, now_ms=now_ms))
        if self.door.lock_monitor:
            self._watch_bolt()

    def _watch_bolt(self) -> None:
        closed = not self.is_open and not self.lock.released
        self.move(self.door.lock_monitor, lambda bolt: bolt.move(closed=closed, now_ms=self._agenda.now_ms))

    def _press(self, name: str) -> None:
        now_ms = self._agenda.now_ms
        self.move(name, lambda button: button.move(closed=True, now_ms=now_ms))
        self._agenda.after(
            BUTTON_MS,
            lambda: self.move(name, lambda button: button.move(closed=False, now_ms=self._agenda.now_ms)),
        )

    # ------------------------------------------------------------ what people do

    def show(self, code: str | bytes, for_ms: int = 1_500) -> None:
        """Hold a code before the scanner."""
        now_ms = self._agenda.now_ms
        if isinstance(code, str):
            self._ledger.code_shown(code)
        self.move(self.door.reader, lambda scanner: scanner.show(code, now_ms, for_ms=for_ms))

    def show_setting_code(self, zone: int, value: int) -> None:
        """Hold a printed setting code before the scanner."""
        now_ms = self._agenda.now_ms
        self.move(self.door.reader, lambda scanner: scanner.show_setting_code(zone, value, now_ms))

    def stir(self, *, inside: bool) -> None:
        """Somebody in the room moves; or the room is empty now."""
        now_ms = self._agenda.now_ms
        for name in self.door.presence:
            match self.file.devices[name].driver:
                case "pir" if inside:
                    self.move(name, lambda pir: pir.movement(now_ms))
                case "ld2450":
                    self.move(name, lambda tracker: tracker.people(*([(0, 1_500)] if inside else [])))
                case "ld2410" if inside:
                    self.move(name, lambda radar: radar.person(150, moving=True))
                case "ld2410":
                    self.move(name, lambda radar: radar.leave())
                case _:
                    pass

    def alarm(self, name: str, *, on: bool) -> None:
        """A latching alarm button is pressed or turned back, or the fire relay falls or comes back."""
        button, now_ms = self.alarms[name].button, self._agenda.now_ms
        self._ledger.alarms.append((now_ms, name, on))
        closed = on == (self.alarms[name].pressed == "closed")
        self.move(button, lambda contact: contact.move(closed=closed, now_ms=now_ms))
        if self.alarms[name].what == "fire" and self.door.egress == "hardwired":
            self._free_until_ms = 2**62 if on else now_ms

    def alarm_is_on(self, name: str) -> bool:
        """Whether the button is pressed now."""
        contact: GpioContact = self._devices[self.alarms[name].button]
        return contact.closed == (self.alarms[name].pressed == "closed")

    def flap(self, name: str) -> None:
        """A loose wire on a contact."""
        now_ms = self._agenda.now_ms
        self.move(name, lambda contact: contact.flap(now_ms, hertz=60, for_ms=400))

    # ------------------------------------------------------------ the mains and the cables

    def plug(self, name: str, *, plugged: bool) -> None:
        """Pull a serial device's plug or put it back; what shares its cable goes with it."""
        place = self._places[name]
        for other in (other for other, its in self._places.items() if its == place):
            self._ledger.cut_off.append((self._agenda.now_ms, other, not plugged))
        self.bench.plug(str(place), plugged=plugged)

    def silence(self, name: str, *, silent: bool) -> None:
        """A device on a bus neither acts nor answers, or does again."""
        self._ledger.cut_off.append((self._agenda.now_ms, name, silent))
        self.move(name, lambda twin: setattr(twin, "silent", silent))

    def serial_devices(self) -> list[str]:
        """The names of the devices on serial ports."""
        return [name for name, place in self._places.items() if place in self.bench.ports]

    def boards(self) -> list[str]:
        """Boards and meters on buses: lock boards, relays, meters."""
        kinds = (LockBoard, WaveshareRelay, Pzem004t)
        return [name for name, one in self._devices.items() if isinstance(one, kinds)]

    def lock_boards(self) -> list[str]:
        """Those of them that open cells."""
        return [name for name, one in self._devices.items() if isinstance(one, LockBoard)]

    def is_meter(self, name: str) -> bool:
        """Whether it only measures."""
        return isinstance(self._devices[name], Pzem004t)

    def mend(self, name: str) -> None:
        """A device answers again, and nothing sticks."""
        self.silence(name, silent=False)
        if isinstance(self._devices[name], LockBoard | WaveshareRelay):
            self._devices[name].stuck.clear()

    def power_off(self) -> None:
        """Every line floats; modules forget what they did not save."""
        now_ms = self._agenda.now_ms
        self.bench.owners.clear()
        for output in self.bench.outputs.values():
            output.drive(None, now_ms)

    def power_on(self) -> None:
        """The modules start with the Pi."""
        now_ms = self._agenda.now_ms
        for device in self._devices.values():
            if isinstance(device, Gm65 | Ld2410):
                device.power_cycle(now_ms)
