"""`station doctor FILE`: what is wired where. It looks, listens, and moves a lock once after a yes.

With the controller down it opens the devices itself, with the drivers and threads of the station. While the controller
runs, the devices are its own: then it looks through the local socket, and moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from config.faults import Severity
from config.load import load
from config.models import StationFile
from config.services import Door, Lockers
from drivers.contract import (
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    Unlock,
    Words,
    both,
    device_of,
    point_of,
)
from drivers.settings import PortSettings
from station import doctor_findings as findings
from station.check import examined
from station.doctor_advice import Advice
from station.doctor_findings import Change, Finding, Sign

PORTS = Path("/dev/serial/by-id")
OPENING_MS = 15_000
SETTLE_MS = 600
"""What was done a moment ago has come through all debouncing by then."""
MOVE_MS = 5_000
CELL_PULSE_MS = 300
YES, NO = both("yes"), both("no")

Ask = Callable[[str], bool]
"""Put a question to the technician, and wait for the answer: True for yes."""
Tell = Callable[[str], None]


class Site(Protocol):
    """The devices on the wall, however they are reached."""

    moves: bool
    """Whether locks may be driven."""

    def hear(self, milliseconds: int) -> Iterator[Signal]:
        """What happens within that time, as it happens."""
        ...

    def post(self, command: Command) -> None:
        """Ask a device."""
        ...


class Doctor:
    """One visit. `run` gives the exit code: 0 all fine, 1 something to do, 2 the file is refused."""

    def __init__(self, path: Path, site: Callable[[StationFile], Site], ask: Ask, tell: Tell) -> None:
        self._path = path
        self._make_site = site
        self._ask = ask
        self._tell = tell
        self._levels: dict[tuple[str, Quantity], object] = {}
        self._down: dict[str, str] = {}
        self._up: set[str] = set()
        self._found: list[Finding] = []

    def run(self) -> int:
        """Check the file, open everything, and go through doors and cells."""
        loaded = load(self._path)
        checked = examined(loaded)
        if checked.file is None:
            errors = [fault for fault in checked.faults if fault.severity is Severity.ERROR]
            for fault in errors:
                self._tell(f"{Sign.ACT} {fault.place}: {fault.words}\n    → {fault.mend}")
            return 2
        self._file = checked.file
        self._advice = Advice.on(checked.file, loaded.places)
        self._site = self._make_site(checked.file)
        self._look_at_devices()
        self._tell_levels()
        for name, service in checked.file.services.items():
            match service:
                case Door():
                    self._door(name, service)
                case Lockers():
                    self._cells(service)
                case _:
                    pass
        return 1 if any(finding.sign is not Sign.FINE for finding in self._found) else 0

    def _confirm(self, about: str, question: Words) -> bool:
        return self._ask(f"{about}: {question.zh} · {question.en}")

    def _note(self, *found: Finding) -> None:
        for finding in found:
            self._found.append(finding)
            self._tell(str(finding))

    # ------------------------------------------------------------ listening

    def _listen(self, milliseconds: int, enough: Callable[[], bool] = lambda: False) -> list[Signal]:
        heard = []
        for signal in self._site.hear(milliseconds):
            heard.append(signal)
            self._take(signal)
            if enough():
                break
        return heard

    def _take(self, signal: Signal) -> None:
        match signal:
            case LevelChanged(point, quantity, value):
                self._levels[point, quantity] = value
            case DeviceUp(device):
                self._up.add(device)
                self._down.pop(device, None)
            case DeviceDown(device, detail):
                self._up.discard(device)
                self._down[device] = detail
            case _:
                pass

    def _contacts(self) -> dict[str, bool]:
        return {
            point: value is True for (point, quantity), value in self._levels.items() if quantity is Quantity.CLOSED
        }

    @staticmethod
    def _changes(heard: list[Signal]) -> list[Change]:
        return [
            (signal.device, signal.value is True)
            for signal in heard
            if isinstance(signal, LevelChanged) and signal.quantity is Quantity.CLOSED
        ]

    # ------------------------------------------------------------ devices

    def _look_at_devices(self) -> None:
        names = set(self._file.devices)
        self._listen(OPENING_MS, lambda: names <= self._up | self._down.keys())
        self._listen(SETTLE_MS)
        candidates = self._free_ports()
        for name in self._file.devices:
            if name in self._up:
                self._note(Finding(Sign.FINE, name, both("answers")))
            else:
                detail = self._down.get(name, "it has said nothing: is it switched on?")
                self._note(findings.port_missing(self._advice, name, detail, candidates))

    def _free_ports(self) -> list[str]:
        named = {device.port for device in self._advice.devices.values() if isinstance(device, PortSettings)}
        return [str(port) for port in sorted(PORTS.glob("*")) if str(port) not in named]

    def _tell_levels(self) -> None:
        for (point, quantity), value in sorted(self._levels.items()):
            shown = _in_words(value) if isinstance(value, bool) else value
            self._tell(f"  {self._advice.called(point)} {quantity.value} = {shown}")

    # ------------------------------------------------------------ doors

    def _door(self, name: str, door: Door) -> None:
        if door.contact:
            before = self._contacts()
            done = self._confirm(name, both("Open the door now, shut it again, then press y"))
            heard = self._listen(SETTLE_MS)
            if done:
                self._note(findings.contact_moved(self._advice, name, door.contact, before, self._changes(heard)))
        self._lock(name, door)

    def _lock(self, name: str, door: Door) -> None:
        if not self._site.moves:
            return
        pulse_ms = round(door.pulse_seconds * 1000)
        question = both("Drive {lock} once, for {seconds:g} s?", lock=door.lock, seconds=door.pulse_seconds)
        if not self._confirm(name, question):
            return
        done = self._drive(Unlock(door.lock, pulse_ms))
        moved = self._confirm(name, both("Did the lock move, and could the door be opened?"))
        self._listen(SETTLE_MS)
        self._note(
            findings.lock_answered(self._advice, device_of(door.lock), done.outcome.value, done.detail, moved=moved)
        )

    def _drive(self, command: Command) -> CommandDone:
        self._site.post(command)
        for signal in self._site.hear(MOVE_MS):
            self._take(signal)
            if isinstance(signal, CommandDone) and signal.device == command.device:
                return signal
        return CommandDone(command.device, "Unlock", Outcome.UNKNOWN, "no answer")

    # ------------------------------------------------------------ cells

    def _cells(self, lockers: Lockers) -> None:
        points = [point_of(board, channel) for board, channel, _ in lockers.numbered().values()]
        boards: Mapping[str, list[str]] = {
            board: [point for point in points if device_of(point) == board] for board in map(device_of, points)
        }
        for board, own in boards.items():
            if self._confirm(board, both("Are all its cells shut?")):
                self._listen(SETTLE_MS)
                contacts = self._contacts()
                known = {point: contacts[point] for point in own if point in contacts}
                self._note(*findings.cells_at_rest(self._advice, board, known))
            if self._site.moves and self._confirm(board, both("Open each of its cells once?")):
                for point in own:
                    self._cell(point)

    def _cell(self, point: str) -> None:
        self._site.post(Unlock(point, CELL_PULSE_MS))
        heard = self._listen(MOVE_MS, lambda: self._contacts().get(point) is False)
        heard += self._listen(SETTLE_MS)
        self._note(findings.cell_answered(self._advice, point, self._changes(heard)))


def _in_words(value: bool) -> str:
    words = YES if value else NO
    return f"{words.zh} {words.en}"
