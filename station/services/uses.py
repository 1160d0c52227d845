"""What a service wants of a device: the points that it names, and what those must be able to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.faults import Path
from config.services import Service
from drivers.contract import (
    Command,
    Measure,
    Quantity,
    Relock,
    ReportLoan,
    Say,
    Show,
    StopMeasuring,
    SwitchOff,
    SwitchOn,
    Unlock,
)

if TYPE_CHECKING:
    from station.check_devices import Known


@dataclass(frozen=True, slots=True)
class Ability:
    """What a point must accept and give to be used for something."""

    words: str
    accepts: frozenset[type[Command]] = frozenset()
    gives: frozenset[Quantity] = frozenset()

    def channels_of(self, device: Known) -> tuple[int, ...]:
        """The channels of this device that have it; 0 stands for a device without channels."""
        settings, driver = device.settings, device.module.Driver
        if settings is None:  # faulty, and told as that
            return (0,) if self.accepts <= driver.accepts and self.gives <= driver.gives else ()
        return tuple(
            channel
            for channel in settings.channel_numbers()
            if self.accepts <= settings.accepted_by(channel, driver.accepts)
            and self.gives <= settings.given_by(channel, driver.gives)
        )

    def at(self, device: Known, channel: int) -> bool:
        """Whether this point has it; any may, as far as is known, when the settings of its device are faulty."""
        channels = self.channels_of(device)
        return channel in channels or (device.settings is None and bool(channels))


UNLOCKS = Ability("unlock a door", accepts=frozenset({Unlock, Relock}))
READS = Ability("read codes", gives=frozenset({Quantity.CODE}))
FEELS = Ability("tell an open circuit from a closed one", gives=frozenset({Quantity.CLOSED}))
SEES = Ability("see people", gives=frozenset({Quantity.PRESENT}))
COUNTS = Ability("count who goes in and out", gives=frozenset({Quantity.PRESENT, Quantity.PASSAGE}))
SWITCHES = Ability("switch something on and off", accepts=frozenset({SwitchOn, SwitchOff}))
POWERS = Ability(
    "switch something and tell whether it is on",
    accepts=frozenset({SwitchOn, SwitchOff}),
    gives=frozenset({Quantity.ON}),
)
MEASURES_POWER = Ability("measure power and energy", gives=frozenset({Quantity.POWER_W, Quantity.ENERGY_WH}))
MEASURES_TEMPERATURE = Ability("measure temperature", gives=frozenset({Quantity.TEMPERATURE_C}))
MEASURES_PRESSURE = Ability(
    "measure blood pressure",
    accepts=frozenset({Measure, StopMeasuring}),
    gives=frozenset({Quantity.BLOOD_PRESSURE}),
)
SHOWS = Ability("show pages", accepts=frozenset({Show}))
SPEAKS = Ability("speak", accepts=frozenset({Say}))
TELLS_A_LIBRARY = Ability("tell a library of loans", accepts=frozenset({ReportLoan}))
OPENS = Ability("open a lock", accepts=frozenset({Unlock}))
HEARS_TAGS = Ability("hear the tags of things", gives=frozenset({Quantity.IN_PLACE}))
OPENS_CELLS = Ability("open cells and feel them shut", frozenset({Unlock}), frozenset({Quantity.CLOSED}))


@dataclass(frozen=True, slots=True)
class Use:
    """One place in the file that names a point. `alone`: this point serves nothing else."""

    service: str
    path: Path
    point: str
    ability: Ability
    alone: bool = False

    @property
    def key(self) -> str:
        """The key that names it."""
        return next(str(part) for part in reversed(self.path) if isinstance(part, str))


def named(
    name: str, service: Service, abilities: Mapping[str, Ability], alone: frozenset[str] = frozenset()
) -> Iterator[Use]:
    """The uses of a service whose keys name points directly, one or a list."""
    for key, ability in abilities.items():
        given: str | tuple[str, ...] = getattr(service, key)
        for point in (given,) if isinstance(given, str) else given:
            if point:
                yield Use(name, ("services", name, key), point, ability, key in alone)
