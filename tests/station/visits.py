"""A visit of the doctor: a wall whose devices answer as a test says, and a technician who answers as told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from config.models import StationFile
from drivers.contract import Command, CommandDone, DeviceUp, LevelChanged, Outcome, Quantity, Signal
from station.doctor import Doctor

POD = (Path(__file__).parents[2] / "config/stations/reading-pod.toml").read_text(encoding="utf-8")
LOCKERS = """
[devices.cells]
driver = "lockboard-8a"
port = "/dev/serial/by-id/usb-cells"
channels = 3

[services.lockers]
type = "lockers"
banks = [{ board = "cells", channels = "1-3" }]
"""
CONTACTS = {"reed": True, "sos_button": True}


class Wall:
    """The devices as they answer; `open_door` is what happens when somebody opens and shuts the door."""

    moves = True

    def __init__(self, file: StationFile) -> None:
        self.file = file
        self.coming: deque[Signal] = deque()
        self.posted: list[Command] = []
        self.lock_outcome = Outcome.ACKED
        self.opens: dict[str, str] = {}  # a cell's point -> the one that really opens
        self.coming.extend(DeviceUp(name) for name in file.devices)

    def hear(self, milliseconds: int) -> Iterator[Signal]:  # noqa: ARG002 - nothing here takes time
        while self.coming:
            yield self.coming.popleft()

    def contact(self, point: str, closed: bool) -> None:
        self.coming.append(LevelChanged(point, Quantity.CLOSED, closed))

    def swing(self, point: str, *, rests_closed: bool = True) -> None:
        self.contact(point, not rests_closed)
        self.contact(point, rests_closed)

    def post(self, command: Command) -> None:
        self.posted.append(command)
        if command.device in self.opens:
            self.contact(self.opens[command.device], False)
        self.coming.append(CommandDone(command.device, type(command).__name__, self.lock_outcome, "no reply"))


def at_rest(wall: Wall) -> None:
    """The door is shut, nobody presses anything."""
    for point, closed in CONTACTS.items():
        wall.contact(point, closed)


class Visit:
    """One visit of the doctor, with a technician who answers as told."""

    def __init__(self, folder: Path, text: str = POD) -> None:
        self.path = folder / "station.toml"
        self.path.write_text(text, encoding="utf-8")
        self.said: list[str] = []
        self.asked: list[str] = []
        self.prepare: Callable[[Wall], object] = lambda _: None
        self.on_question: Callable[[str], bool] = lambda _: True
        self.wall: Wall

    def run(self) -> int:
        def make(file: StationFile) -> Wall:
            self.wall = Wall(file)
            self.prepare(self.wall)
            return self.wall

        def ask(question: str) -> bool:
            self.asked.append(question)
            return self.on_question(question)

        return Doctor(self.path, make, ask, self.said.append).run()

    def line_about(self, about: str) -> str:
        return next(line for line in reversed(self.said) if f" {about}: " in line)
