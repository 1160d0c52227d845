"""What every device's settings in the station file have in common.

A driver module has its own `Settings(DeviceSettings)`. Settings are what the person who screwed the device to the wall
knows; everything else is a constant of the driver.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from drivers.contract import Command, Quantity

Commands = frozenset[type[Command]]
Quantities = frozenset[Quantity]

Pin = Annotated[int, Field(ge=2, le=27, description="GPIO number (BCM), not the number on the header")]
"""GPIO 0 and 1 belong to the board's own EEPROM bus."""

Port = Annotated[
    str,
    Field(
        pattern=r"^(/|sim://)[^\s]{1,200}$",
        description="serial port by a name that stays: /dev/serial/by-id/..., or /dev/serial0 on the header",
    ),
]


class DeviceSettings(BaseModel):
    """One `[devices.NAME]` table of a station file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    driver: str = Field(description="names the driver module: gpio-lock is drivers/gpio_lock.py")

    def wires(self) -> tuple[str, ...]:
        """What this device has for itself, such as "GPIO 17": two devices with the same one is a fault."""
        return ()

    def channel_numbers(self) -> Collection[int]:
        """Which channels may follow its name, such as `cells/7`; 0 alone for a device without channels."""
        return range(1)

    def accepted_by(self, channel: int, whole: Commands) -> Commands:  # noqa: ARG002 - most channels are alike
        """Of all that the driver accepts, what this channel can be told."""
        return whole

    def given_by(self, channel: int, whole: Quantities) -> Quantities:  # noqa: ARG002 - most channels are alike
        """Of all that the driver gives, what this channel tells."""
        return whole


class PinSettings(DeviceSettings):
    """A device on one GPIO pin."""

    pin: Pin

    def wires(self) -> tuple[str, ...]:
        return (f"GPIO {self.pin}",)


class PortSettings(DeviceSettings):
    """A device on one serial port."""

    port: Port

    def wires(self) -> tuple[str, ...]:
        return (self.port,)


class BusSettings(PortSettings):
    """A device that may share its serial port with others: same language, same line, each with an address of its own.

    Devices of one language tell from a frame whom it is for; those of another would take it for noise, or for theirs.
    """

    language: ClassVar[str]
    address: int

    def line(self) -> str:
        """How its line is set."""
        return "9600 baud 8N1"

    def wires(self) -> tuple[str, ...]:
        return (f"{self.port} address {self.address}",)
