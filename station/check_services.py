"""What can be wrong between the services of a station file and its devices: names, abilities, shared parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from config.faults import Fault, nearest
from config.load import Loaded
from config.services import Service
from drivers.contract import channel_of, device_of
from station.check_devices import Known, is_for_health
from station.services.kinds import kind_of
from station.services.uses import Use


def uses(services: Mapping[str, Service]) -> Iterator[Use]:
    """Every use of a point by a service."""
    for name, service in services.items():
        yield from kind_of(service).uses(name, service)


def service_faults(loaded: Loaded, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """What is wrong between services and devices."""
    everything = list(uses(loaded.services))
    for use in everything:
        yield from _ability(loaded, devices, use)
    able = [use for use in everything if (known := devices.get(device_of(use.point))) and use.ability.of(known)]
    yield from _shared(loaded, able)
    used = {device_of(use.point) for use in everything}
    for name, device in devices.items():
        if name not in used and not is_for_health(device):
            words, mend = "no service uses this device", "name it in a service, or take it out of the file"
            yield loaded.places.warning(("devices", name), words, mend)


def _ability(loaded: Loaded, devices: Mapping[str, Known], use: Use) -> Iterator[Fault]:
    able = [name for name, device in devices.items() if use.ability.of(device)]
    name = device_of(use.point)
    device = devices.get(name)
    if device is None:
        if name not in loaded.named_devices:
            mend = f"{nearest(name, able)} (devices that can {use.ability.words})"
            yield loaded.places.error(use.path, f"there is no device called {name}", mend)
    elif not use.ability.of(device):
        words = f"{name} ({device.driver}) cannot {use.ability.words}"
        mend = f"name a device that can: {', '.join(able)}" if able else "add a device that can"
        yield loaded.places.error(use.path, words, mend)
    elif device.settings is not None and channel_of(use.point) not in device.settings.channel_numbers():
        yield loaded.places.error(use.path, *_channel_words(name, use, device))


def _channel_words(name: str, use: Use, device: Known) -> tuple[str, str]:
    channels = device.settings.channel_numbers() if device.settings is not None else range(0)
    if 0 in channels:
        return f"{name} ({device.driver}) has no channels", f"write {name} alone"
    if channel_of(use.point) == 0:
        return f"{name} ({device.driver}) is a board: which channel of it?", f"such as {name}/{min(channels)}"
    numbers = f"{min(channels)} to {max(channels)}" if channels else "none"
    return f"{name} has no channel {channel_of(use.point)}", f"its channels are {numbers}"


def _shared(loaded: Loaded, able: list[Use]) -> Iterator[Fault]:
    by_point: dict[str, list[Use]] = defaultdict(list)
    for use in able:
        by_point[use.point].append(use)
    for point, found in by_point.items():
        first = found[0]
        for use in found[1:]:
            same = first.key == use.key == "siren" or {first.key, use.key} == {"fire", "button"}
            if (first.alone or use.alone) and not same:
                words = f"{point} is the {first.key} of {first.service} already"
                yield loaded.places.error(use.path, words, f"each {use.key} needs a device of its own")
