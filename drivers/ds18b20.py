"""DS18B20 temperature sensor on the 1-Wire bus, by the kernel's w1 driver.

Each sensor is a folder with a file that measures when it is read; the kernel takes 750 ms for it. Set the bus up with
`dtoverlay=w1-gpio` in config.txt and 4.7 kOhm from the data line to 3.3 V.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from drivers import ds18b20_frames as frames
from drivers.contract import Clock, Command, LevelChanged, Quantity, Signal, WireLost, Wires
from drivers.settings import DeviceSettings

READ_EVERY_MS = 30_000
STEP_C = 0.2
"""A change worth telling: the sensor's own noise is one step of 0.06."""

NEAR_C = 10.0
"""85 °C is believed only where the reading before was this near."""

TRIES = 3
RETRY_MS = 1_000
FILE = "w1_slave"


class Settings(DeviceSettings):
    """One sensor."""

    driver: Literal["ds18b20"]
    sensor: str = Field(pattern=r"^28-[0-9a-f]{12}$", description="its folder's name: ls /sys/bus/w1/devices")
    folder: str = Field("/sys/bus/w1/devices", description="where the kernel shows the sensors of the bus")

    def wires(self) -> tuple[str, ...]:
        return (f"{self.folder}/{self.sensor}",)


class Driver:
    """Gives `TEMPERATURE_C` in tenths. `WireLost` after three bad readings in a row, and when the sensor is gone."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.TEMPERATURE_C})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:  # noqa: ARG002 - no wire
        self._name = name
        self._file = Path(settings.folder) / settings.sensor / FILE
        self._clock = clock
        self._told_c: float | None = None
        self._last_c: float | None = None
        self._failed = 0
        self._next_ms = clock.steady_ms()
        self._news = self._measure()
        while not self._news:
            clock.rest(RETRY_MS)
            self._news = self._measure()

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a sensor cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """One reading, when its time has come."""
        signals, self._news = self._news, []
        return [*signals, *self._measure()] if self._clock.steady_ms() >= self._next_ms else signals

    def _measure(self) -> list[Signal]:
        """What is worth telling; nothing after a bad reading, `WireLost` after the third in a row."""
        now = self._clock.steady_ms()
        try:
            celsius = self._read()
        except frames.Unreadable as fault:
            self._failed += 1
            if self._failed >= TRIES:
                raise WireLost(f"{self._file.parent.name}: {fault}; check its three wires and the 4.7 kOhm") from fault
            self._next_ms = now + RETRY_MS
            return []
        self._failed = 0
        self._next_ms = now + READ_EVERY_MS
        if self._told_c is not None and abs(celsius - self._told_c) < STEP_C:
            return []
        self._told_c = celsius
        return [LevelChanged(self._name, Quantity.TEMPERATURE_C, round(celsius, 1))]

    def _read(self) -> float:
        try:
            with self._file.open("rb") as file:
                text = file.read(frames.MAX_TEXT_BYTES)
        except OSError as fault:
            if not self._file.parent.is_dir():
                raise WireLost(self._missing()) from fault
            raise frames.Unreadable(f"it cannot be read ({fault.strerror})") from fault
        celsius = frames.read(text.decode("ascii", "replace"))
        near = self._last_c is not None and abs(celsius - self._last_c) < NEAR_C
        if celsius == frames.POWER_ON_C and not near:
            raise frames.Unreadable("it has measured nothing since it got power (85 °C)")
        self._last_c = celsius
        return celsius

    def _missing(self) -> str:
        return (
            f"there is no {self._file.parent}: is the sensor plugged in, and dtoverlay=w1-gpio in config.txt? "
            f"`ls {self._file.parent.parent}` shows what the bus has found"
        )

    def rest_ms(self) -> int:
        return 0 if self._news else max(1, self._next_ms - self._clock.steady_ms())

    def close(self) -> None:
        """Nothing is held between two readings."""
