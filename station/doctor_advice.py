"""The lines that would mend a station file: only what `station check` lets through, turned from what is written now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.faults import Path, Places, shown
from config.models import StationFile
from drivers.contract import Words, both
from drivers.settings import DeviceSettings, PortSettings
from station.check_services import uses
from station.rules.site import LoanService, LockerService
from station.services.uses import FEELS, Use
from station.site_of import device_settings, site_of

_OTHER: Mapping[object, object] = {
    True: False,
    False: True,
    "low": "high",
    "high": "low",
    "closed_shorts": "open_shorts",
    "open_shorts": "closed_shorts",
}
"""The other value of a setting that has two."""

Lines = tuple[str, ...]
"""New lines of the file, each with its place; they belong together."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a checked station file says now, and where. `names` are the points that have a name and a printed number."""

    places: Places
    devices: Mapping[str, DeviceSettings]
    uses: tuple[Use, ...]
    names: Mapping[str, Words]

    @classmethod
    def on(cls, file: StationFile, places: Places) -> Advice:
        """For a file that was checked."""
        devices = {name: settings for name, (_, settings) in device_settings(file).items()}
        return cls(places, devices, tuple(uses(file.services)), _names(file))

    def turned(self, device: str, key: str) -> Lines:
        """This setting of the device the other way round; nothing when its driver has no such setting."""
        other = _OTHER.get(getattr(self.devices.get(device), key, None))
        if other is None:
            return ()
        return (self._line(("devices", device, key), f"[devices.{device}] {key} = {shown(other)}"),)

    def swapped(self, door: str, contact: str, moved: str) -> Lines:
        """The door gets the contact that moved, and whoever has that one now gets the door's.

        Nothing where a lock board feels what moved: its contact cannot go elsewhere without its lock.
        """
        others = [use for use in self.uses if use.point == moved]
        if any(use.ability is not FEELS for use in others):
            return ()
        wanted: Iterable[tuple[Path, str]] = [
            (("services", door, "contact"), moved),
            *((use.path, contact) for use in others),
        ]
        return tuple(self._line(path, f"{path[-1]} = {shown(point)}") for path, point in wanted)

    def port(self, device: str, free: Sequence[str]) -> Lines:
        """One of the free ports, for a device on a serial port."""
        if not free or not isinstance(self.devices.get(device), PortSettings):
            return ()
        return (self._line(("devices", device, "port"), " | ".join(f'port = "{name}"' for name in free)),)

    def called(self, point: str) -> str:
        """A point as people read it: by its name and printed number, if it has them, and as in the file."""
        words = self.names.get(point)
        return f"{words} · {point}" if words else point

    def _line(self, path: Path, text: str) -> str:
        line = self.places.line_of(path)
        return f"{self.places.file}:{line}  {text}" if line else f"{self.places.file}  {text}"


def _names(file: StationFile) -> dict[str, Words]:
    site = site_of(file, roots=None, version="", file_hash="")
    services: Mapping[str, LockerService | LoanService] = {**site.lockers, **site.loans}
    return {
        cell.point: both("{service} {number}", service=service.words, number=number)
        for service in services.values()
        for number, cell in service.cells.items()
    }
