"""What makes a station unsafe, or makes it do something else than its file seems to say."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from config.faults import Fault, Places
from config.load import Loaded
from config.models import COLOURS, Alarm, Door, Screen
from drivers.settings import DeviceSettings
from station.check_devices import Known


def safety_faults(loaded: Loaded, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Everything that is unsafe or contradicts itself, as far as the file can be understood."""
    yield from _station(loaded)
    yield from _office(loaded)
    for name, service in loaded.services.items():
        match service:
            case Door():
                lock = devices.get(service.lock)
                yield from _way_out(loaded.places, name, service, lock.settings if lock else None)
                yield from _pulse(loaded.places, name, service, lock.settings if lock else None)
                yield from _times(loaded.places, name, service)
                yield from _hours(loaded, name, service)
                yield from _ways_in(loaded, name, service)
                yield from _what_is_seen(loaded.places, name, service)
            case Alarm():
                yield from _fire_loop(loaded, name, service)
            case Screen():
                yield from _code(loaded, name, service)


def _station(loaded: Loaded) -> Iterator[Fault]:
    station = loaded.station
    if station is not None and station.colour_shown is None:
        words = f"{station.kind} has no colour of its own"
        yield loaded.places.error(("station", "kind"), words, f"add colour, or take one of: {', '.join(COLOURS)}")


def _office(loaded: Loaded) -> Iterator[Fault]:
    office = loaded.office
    if office is None:
        return
    if office.url.startswith("http:") and not _is_this_machine(office.url_host):
        words = "people's phones would open the office's page without encryption"
        yield loaded.places.warning(("office", "url"), words, f"write https://{office.url.partition('://')[2]}")
    if not office.broker_tls and not _is_this_machine(office.broker[0]):
        words = f"the connection to {office.broker[0]} would be open to everybody on the way"
        yield loaded.places.error(("office", "broker_tls"), words, "write broker_tls = true")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _way_out(places: Places, name: str, door: Door, lock: DeviceSettings | None) -> Iterator[Fault]:
    """Nobody may be locked in, whatever the controller does and whether there is current or not."""
    if not door.room:
        return
    path = ("services", name, "egress")
    fail = getattr(lock, "fail", None)
    if door.egress is None:
        words = "people go in here, and nothing says how they get out without the controller"
        mend = (
            'egress = "mechanical" (the inside handle always opens) or "hardwired" (a button cuts the lock\'s power); '
            "room = false if nobody can go in"
        )
        yield places.error(path, words, mend)
    elif fail == "safe" and door.egress != "hardwired":
        words = f"{door.lock} holds the door by current: an inside handle does not open it"
        mend = 'wire an exit button and the fire relay into the lock\'s supply, then write egress = "hardwired"'
        yield places.error(path, words, mend)
    elif fail == "secure" and door.egress == "hardwired":
        words = f"without power {door.lock} stays locked, so a button that cuts its power lets nobody out"
        mend = (
            'fit an inside handle that always opens and write egress = "mechanical", or fit a lock with fail = "safe"'
        )
        yield places.error(path, words, mend)
    elif door.egress == "hardwired" and not door.fire:
        words = "the fire relay must cut this lock's power, and nothing here sees that it has done so"
        yield places.warning(("services", name, "fire"), words, "watch the relay's loop with a contact: fire = ...")


def _pulse(places: Places, name: str, door: Door, lock: DeviceSettings | None) -> Iterator[Fault]:
    path = ("services", name, "pulse_seconds")
    longest_ms = getattr(lock, "pulse_max_ms", None)
    if isinstance(longest_ms, int) and door.pulse_seconds * 1000 > longest_ms:
        words = f"{door.lock} may be driven for at most {longest_ms / 1000:g} s"
        mend = f"pulse_seconds = {longest_ms / 1000:g}, or raise pulse_max_ms if the lock's maker allows it"
        yield places.error(path, words, mend)
    if door.pulse_seconds > door.unlock_seconds:
        words = f"the lock would be driven for longer than the {door.unlock_seconds} s in which the door may be opened"
        yield places.error(path, words, f"at most unlock_seconds = {door.unlock_seconds}")


def _times(places: Places, name: str, door: Door) -> Iterator[Fault]:
    if door.held_open_seconds < door.unlock_seconds:
        words = f"an open door would be an alarm within the {door.unlock_seconds} s in which it may be opened"
        mend = f"at least unlock_seconds = {door.unlock_seconds}"
        yield places.error(("services", name, "held_open_seconds"), words, mend)


def _hours(loaded: Loaded, name: str, door: Door) -> Iterator[Fault]:
    path = ("services", name, "hours")
    opens, closes = door.minutes_open
    if opens == closes:
        yield loaded.places.error(path, "begin and end are the same: it would never open", 'hours = "always"?')
    elif (opens, closes) != (0, 1440) and loaded.station is not None and not loaded.station.has_clock:
        words = "after a power cut it stays shut for everybody but keepers until the time has come from the network"
        mend = "fit a battery-backed clock and write has_clock = true in [station], if that matters here"
        yield loaded.places.warning(path, words, mend)


def _ways_in(loaded: Loaded, name: str, door: Door) -> Iterator[Fault]:
    places, accepts = loaded.places, set(door.accepts)
    if door.when_unrecorded == "admit" and "pass_static" in accepts:
        words = "people would come in without a record by a pass that anybody can copy"
        mend = 'when_unrecorded = "refuse", or take "pass_static" out of accepts'
        yield places.error(("services", name, "when_unrecorded"), words, mend)
    if accepts & {"pass_bound", "pass_static"} and not door.reader:
        words = "passes are accepted here, and nothing reads them"
        yield places.warning(("services", name, "accepts"), words, 'add reader = ..., or accepts = ["order"]')
    screens = [one for one in loaded.services.values() if isinstance(one, Screen)]
    if "order" in accepts and not any(name in screen.opens for screen in screens):
        words = "no screen shows a code for this door: its orders can only be given by the office's operators"
        yield places.warning(("services", name, "accepts"), words, f'add "{name}" to opens of a screen')


def _what_is_seen(places: Places, name: str, door: Door) -> Iterator[Fault]:
    path = ("services", name)
    if not door.contact:
        words = "without a contact nobody learns whether the door was opened, forced or left open"
        yield places.warning(path, words, "add contact = ...")
    elif door.room and not door.presence and not door.egress_button:
        words = "a door that is forced cannot be told from somebody who leaves"
        yield places.warning(path, words, "add presence = [...] or egress_button = ...")
    if door.lamp and not door.presence:
        words = "nothing sees the room empty, so the lamp would never go off"
        yield places.warning((*path, "lamp"), words, "add presence = [...]")


def _fire_loop(loaded: Loaded, name: str, alarm: Alarm) -> Iterator[Fault]:
    loops = {door.fire for door in loaded.services.values() if isinstance(door, Door)}
    if alarm.pressed == "closed" and alarm.button in loops:
        words = f"{alarm.button} is the fire loop of a door, which is open while it burns"
        yield loaded.places.error(("services", name, "pressed"), words, 'pressed = "open"')


def _code(loaded: Loaded, name: str, screen: Screen) -> Iterator[Fault]:
    if screen.opens and not loaded.places.line_of(("office",)):
        words = "there is no [office], so this screen shows no code; people need a pass and a reader"
        yield loaded.places.warning(("services", name, "opens"), words, 'add [office] with url = "https://..."')
