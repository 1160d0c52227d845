"""The board itself: temperature, under-voltage, free space where the state is kept.

What this machine cannot measure it does not report.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import Clock, Command, Level, LevelChanged, Quantity, Signal, Wires
from drivers.settings import DeviceSettings

REST_MS = 60_000
SYS = Path("/sys")
TEMPERATURE = "class/thermal/thermal_zone0/temp"
THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"

UNDER_VOLTAGE_BITS = 0x1_0001
"""Now, or at some time since the board started: dips are shorter than the time between two looks."""

DISK_STEP_BYTES = 10_000_000
VCGENCMD_SECONDS = 2.0


class Settings(DeviceSettings):
    """This board."""

    driver: Literal["pi-health"]
    folder: str = Field(".", description="the disk that holds this folder is watched; by default the state folder")


class Driver:
    """Gives `TEMPERATURE_C` (whole degrees), `UNDER_VOLTAGE`, `DISK_FREE_BYTES` (steps of 10 MB)."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset(
        {Quantity.TEMPERATURE_C, Quantity.UNDER_VOLTAGE, Quantity.DISK_FREE_BYTES}
    )

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:  # noqa: ARG002 - no wire
        self._name = name
        self._folder = Path(settings.folder)
        self._clock = clock
        self._next_ms = clock.steady_ms()
        self._told: dict[Quantity, Level] = {}

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"the board cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """What has changed since the last look."""
        self._next_ms = self._clock.steady_ms() + REST_MS
        found: dict[Quantity, Level | None] = {
            Quantity.TEMPERATURE_C: temperature_c(SYS / TEMPERATURE),
            Quantity.UNDER_VOLTAGE: under_voltage(SYS / THROTTLED),
            Quantity.DISK_FREE_BYTES: disk_free_bytes(self._folder),
        }
        news = {key: value for key, value in found.items() if value is not None and self._told.get(key) != value}
        self._told |= news
        return [LevelChanged(self._name, quantity, value) for quantity, value in news.items()]

    def rest_ms(self) -> int:
        return max(0, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        """Nothing is held between two looks."""


def temperature_c(path: Path) -> float | None:
    """Whole degrees, from a kernel file in thousandths."""
    with suppress(OSError, ValueError):
        return float(round(int(path.read_text()) / 1000))
    return None


def under_voltage(path: Path) -> bool | None:
    """From the firmware's word, by the kernel or by `vcgencmd get_throttled`."""
    with suppress(OSError, ValueError):
        return bool(int(path.read_text(), 16) & UNDER_VOLTAGE_BITS)
    program = shutil.which("vcgencmd")
    if program is None:
        return None
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        answer = subprocess.run(
            [program, "get_throttled"], capture_output=True, text=True, timeout=VCGENCMD_SECONDS, check=True
        ).stdout
        return bool(int(answer.partition("=")[2], 16) & UNDER_VOLTAGE_BITS)
    return None


def disk_free_bytes(folder: Path) -> int | None:
    """What a program without special rights may still write."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free // DISK_STEP_BYTES * DISK_STEP_BYTES
    return None
