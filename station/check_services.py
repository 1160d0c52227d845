"""What can be wrong between the services of a station file and its devices: names, abilities, shared parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.faults import Fault, nearest
from config.load import Loaded
from config.models import Alarm, Door, Screen, Service
from drivers.contract import Command, Quantity, Relock, Say, Show, SwitchOff, SwitchOn, Unlock
from station.check_devices import Known, is_for_health


@dataclass(frozen=True, slots=True)
class Ability:
    """What a driver must accept and give to be used for something."""

    words: str
    accepts: frozenset[type[Command]] = frozenset()
    gives: frozenset[Quantity] = frozenset()

    def of(self, device: Known) -> bool:
        """Whether this device has it."""
        return self.accepts <= device.module.Driver.accepts and self.gives <= device.module.Driver.gives


UNLOCKS = Ability("unlock a door", accepts=frozenset({Unlock, Relock}))
READS = Ability("read codes", gives=frozenset({Quantity.CODE}))
FEELS = Ability("tell an open circuit from a closed one", gives=frozenset({Quantity.CLOSED}))
SEES = Ability("see people", gives=frozenset({Quantity.PRESENT}))
SWITCHES = Ability("switch something on and off", accepts=frozenset({SwitchOn, SwitchOff}))
SHOWS = Ability("show pages", accepts=frozenset({Show}))
SPEAKS = Ability("speak", accepts=frozenset({Say}))

ABILITIES: Mapping[type[Service], Mapping[str, Ability]] = {
    Door: {
        "lock": UNLOCKS,
        "reader": READS,
        "contact": FEELS,
        "lock_monitor": FEELS,
        "egress_button": FEELS,
        "fire": FEELS,
        "lamp": SWITCHES,
        "presence": SEES,
    },
    Alarm: {"button": FEELS, "siren": SWITCHES, "light": SWITCHES},
    Screen: {"screen": SHOWS, "voice": SPEAKS},
}
"""The keys of each kind of service that name devices, and what those must be able to do."""

ALONE = frozenset({"lock", "contact", "lock_monitor", "egress_button", "button", "screen", "siren"})
"""Keys whose device serves this one purpose; several alarms may share a siren, and fire relays are shared freely."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place in the file that names a device."""

    service: str
    key: str
    device: str
    ability: Ability

    @property
    def path(self) -> tuple[str, str, str]:
        return ("services", self.service, self.key)


def uses(services: Mapping[str, Service]) -> Iterator[Use]:
    """Every use of a device by a service."""
    for name, service in services.items():
        for key, ability in ABILITIES[type(service)].items():
            named: str | tuple[str, ...] = getattr(service, key)
            for device in (named,) if isinstance(named, str) else named:
                if device:
                    yield Use(name, key, device, ability)


def service_faults(loaded: Loaded, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """What is wrong between services and devices."""
    everything = list(uses(loaded.services))
    for use in everything:
        yield from _ability(loaded, devices, use)
    able = [use for use in everything if use.device in devices and use.ability.of(devices[use.device])]
    yield from _shared(loaded, able)
    yield from _names_of_doors(loaded)
    used = {use.device for use in everything}
    for name, device in devices.items():
        if name not in used and not is_for_health(device):
            words, mend = "no service uses this device", "name it in a service, or take it out of the file"
            yield loaded.places.warning(("devices", name), words, mend)


def _ability(loaded: Loaded, devices: Mapping[str, Known], use: Use) -> Iterator[Fault]:
    able = [name for name, device in devices.items() if use.ability.of(device)]
    device = devices.get(use.device)
    if device is None:
        if use.device not in loaded.named_devices:
            mend = f"{nearest(use.device, able)} (devices that can {use.ability.words})"
            yield loaded.places.error(use.path, f"there is no device called {use.device}", mend)
    elif not use.ability.of(device):
        words = f"{use.device} ({device.driver}) cannot {use.ability.words}"
        mend = f"name a device that can: {', '.join(able)}" if able else "add a device that can"
        yield loaded.places.error(use.path, words, mend)


def _shared(loaded: Loaded, able: list[Use]) -> Iterator[Fault]:
    by_device: dict[str, list[Use]] = defaultdict(list)
    for use in able:
        by_device[use.device].append(use)
    for device, found in by_device.items():
        first = found[0]
        for use in found[1:]:
            alone = {first.key, use.key} & ALONE
            same = first.key == use.key == "siren" or {first.key, use.key} == {"fire", "button"}
            if alone and not same:
                words = f"{device} is the {first.key} of {first.service} already"
                yield loaded.places.error(use.path, words, f"each {use.key} needs a device of its own")


def _names_of_doors(loaded: Loaded) -> Iterator[Fault]:
    doors = [name for name, service in loaded.services.items() if isinstance(service, Door)]
    for name, service in loaded.services.items():
        keys: dict[str, tuple[str, ...]] = {}
        if isinstance(service, Alarm):
            keys = {"releases": service.releases}
        elif isinstance(service, Screen):
            keys = {"opens": service.opens}
        for key, named in keys.items():
            for door in named:
                if door in loaded.services and door not in doors:
                    words = f"{door} is no door"
                elif door not in loaded.named_services:
                    words = f"there is no door service called {door}"
                else:
                    continue
                yield loaded.places.error(("services", name, key), words, nearest(door, doors))
