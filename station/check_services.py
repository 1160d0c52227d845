"""What can be wrong between the services of a station file and its devices: names, abilities, shared parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

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
    yield from _shared(loaded, [use for use in everything if _is_able(devices, use)])
    used = {device_of(use.point) for use in everything}
    for name, device in devices.items():
        if name not in used and not is_for_health(device):
            words, mend = "no service uses this device", "name it in a service, or take it out of the file"
            yield loaded.places.warning(("devices", name), words, mend)


def _is_able(devices: Mapping[str, Known], use: Use) -> bool:
    device = devices.get(device_of(use.point))
    return device is not None and use.ability.at(device, channel_of(use.point))


def _ability(loaded: Loaded, devices: Mapping[str, Known], use: Use) -> Iterator[Fault]:
    able = [name for name, device in devices.items() if use.ability.channels_of(device)]
    name = device_of(use.point)
    device = devices.get(name)
    if device is None:
        if name not in loaded.named_devices:
            mend = f"{nearest(name, able)} (devices that can {use.ability.words})"
            yield loaded.places.error(use.path, f"there is no device called {name}", mend)
    elif name not in able:
        words = f"{name} ({device.driver}) cannot {use.ability.words}"
        mend = f"name a device that can: {', '.join(able)}" if able else "add a device that can"
        yield loaded.places.error(use.path, words, mend)
    elif not use.ability.at(device, channel_of(use.point)):
        yield loaded.places.error(use.path, *_channel_words(name, use, device))


def _channel_words(name: str, use: Use, device: Known) -> tuple[str, str]:
    channels = device.settings.channel_numbers() if device.settings is not None else ()
    channel, able = channel_of(use.point), use.ability.channels_of(device)
    if 0 in channels:
        return f"{name} ({device.driver}) has no channels", f"write {name} alone"
    if channel == 0:
        return f"{name} ({device.driver}) is a board: which channel of it?", f"such as {name}/{min(able)}"
    if channel in channels:
        return f"{use.point} ({device.driver}) cannot {use.ability.words}", f"its channels {_ranges(able)} can"
    return f"{name} has no channel {channel}", f"its channels are {_ranges(channels)}"


def _ranges(numbers: Collection[int]) -> str:
    """Such as "1 to 8, 101 to 108"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


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
