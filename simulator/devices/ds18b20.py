"""A DS18B20 as the kernel's w1 driver shows it: a folder that appears and disappears, with a file of two lines."""

from __future__ import annotations

import shutil
from pathlib import Path

from simulator.devices.spot import Spot

POWER_ON_C = 85.0
UNPLUGGED_C = -127.0
CONFIGURATION = bytes((0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10))
"""Alarm limits, 12 bits, reserved bytes: the sensor's scratchpad after the temperature."""


class Ds18b20:
    """Writes `folder/sensor/w1_slave`. Fresh from its power-up it says 85 degrees until it has measured."""

    def __init__(self, folder: Path, sensor: str = "28-0316a2795dff", celsius: float = 23.5) -> None:
        self.sensor = sensor
        self._folder = folder / sensor
        self._celsius = celsius
        self.plug()

    def plug(self) -> None:
        """The kernel finds it on the bus."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.measure(self._celsius)

    def unplug(self) -> None:
        """The kernel has lost it: the folder goes."""
        shutil.rmtree(self._folder)

    def measure(self, celsius: float) -> None:
        """From now on it is so warm."""
        self._celsius = celsius
        self.write(slave_text(celsius))

    def power_up(self) -> None:
        """It has power and has measured nothing."""
        self.write(slave_text(POWER_ON_C))

    def loose_wire(self) -> None:
        """Its data line floats while the folder is still there."""
        self.write(slave_text(UNPLUGGED_C))

    def disturb(self) -> None:
        """A bit of the answer was lost."""
        self.write(slave_text(self._celsius, damaged=True))

    def short(self) -> None:
        """Its data line touches ground: all bytes are zero, and so is their checksum."""
        self.write(slave_text(0.0, configuration=bytes(6)))

    def write(self, text: str) -> None:
        """Whatever the file says; in one step, as the kernel's file is read."""
        fresh = self._folder / ".new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self._folder / "w1_slave")


def twin(spot: Spot) -> Ds18b20:
    return Ds18b20(spot.folder, **spot.picked("sensor"))


def slave_text(celsius: float, *, damaged: bool = False, configuration: bytes = CONFIGURATION) -> str:
    """The two lines; the raw value counts sixteenths of a degree."""
    sixteenths = round(celsius * 16)
    scratchpad = sixteenths.to_bytes(2, "little", signed=True) + configuration
    check = crc8(scratchpad)
    if damaged:
        scratchpad = bytes((scratchpad[0] ^ 0x04,)) + scratchpad[1:]
    shown = "".join(f"{byte:02x} " for byte in (*scratchpad, check))
    verdict = "YES" if crc8(scratchpad) == check else "NO"
    return f"{shown}: crc={crc8(scratchpad):02x} {verdict}\n{shown}t={int(sixteenths * 1000 / 16)}\n"


def crc8(data: bytes) -> int:
    """Maxim's: polynomial x8 + x5 + x4 + 1, reflected, from 0."""
    check = 0
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ 0x8C if check & 1 else check >> 1
    return check
