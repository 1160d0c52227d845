"""From a station file that `station check` has let through to what the rules see, and to what the drivers get."""

from __future__ import annotations

from collections.abc import Iterator

from config import models
from config.models import Alarm, Door, Screen, StationFile
from drivers import registry
from drivers.contract import Words
from drivers.registry import DriverModule
from drivers.settings import DeviceSettings
from station.rules.site import AlarmService, DoorService, ScreenService, Site

DOOR_WORDS = Words("门", "Door")
ALARM_WORDS = {
    "sos": Words("紧急求助", "SOS"),
    "fire": Words("火警", "Fire alarm"),
    "tamper": Words("防拆报警", "Tamper alarm"),
}


def device_settings(file: StationFile) -> dict[str, tuple[DriverModule, DeviceSettings]]:
    """Every device with its driver's module and settings.

    Raises `registry.UnknownDriver` or pydantic's `ValidationError` for a file that was not checked.
    """
    found = {}
    for name, table in file.devices.items():
        module = registry.find(table.driver)
        found[name] = (module, module.Settings.model_validate(table.model_dump()))
    return found


def site_of(file: StationFile, roots: tuple[bytes, bytes] | None, version: str, file_hash: str) -> Site:
    """The station as the rules see it.

    Args:
        file: a checked station file.
        roots: the office's two root keys (32 bytes each), None before enrolment.
        version: the program's.
        file_hash: SHA-256 of the station file in hex.
    """
    locks = {name: settings for name, (_, settings) in device_settings(file).items()}
    services = file.services.items()
    station = file.station
    return Site(
        station=station.id,
        words=_words(station.name),
        colour=station.colour_shown or "",
        help_phone=station.help_phone,
        office_url=file.office.url if file.office else "",
        groups=station.groups,
        utc_offset_minutes=station.utc_offset_minutes,
        roots=roots,
        doors={name: _door(name, one, locks[one.lock]) for name, one in services if isinstance(one, Door)},
        alarms={name: _alarm(name, one) for name, one in services if isinstance(one, Alarm)},
        screens={
            name: ScreenService(name=name, screen=one.screen, opens=one.opens, voice=one.voice)
            for name, one in services
            if isinstance(one, Screen)
        },
        essential=frozenset(_essential(file)),
        version=version,
        file_hash=file_hash,
    )


def _words(words: models.Words) -> Words:
    return Words(words.zh, words.en)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _door(name: str, door: Door, lock: DeviceSettings) -> DoorService:
    return DoorService(
        name=name,
        words=_words(door.name) if door.name else DOOR_WORDS,
        lock=door.lock,
        reader=door.reader,
        contact=door.contact,
        lock_monitor=door.lock_monitor,
        egress_button=door.egress_button,
        fire=door.fire,
        lamp=door.lamp,
        presence=door.presence,
        pulse_ms=_milliseconds(door.pulse_seconds),
        unlock_ms=_milliseconds(door.unlock_seconds),
        held_open_ms=_milliseconds(door.held_open_seconds),
        empty_after_ms=_milliseconds(door.empty_after_seconds),
        hours=door.minutes_open,
        roles=frozenset(door.roles),
        ways=frozenset(door.accepts),
        holds_open=getattr(lock, "may_be_held", False) is True,
        admits_unrecorded=door.when_unrecorded == "admit",
        room=door.room,
        revocations_max_age_s=door.revocations_max_age_hours * 3600,
    )


def _alarm(name: str, alarm: Alarm) -> AlarmService:
    return AlarmService(
        name=name,
        words=_words(alarm.name) if alarm.name else ALARM_WORDS[alarm.what],
        what=alarm.what,
        button=alarm.button,
        pressed_closed=alarm.pressed == "closed",
        siren=alarm.siren,
        light=alarm.light,
        releases=alarm.releases,
        escalate_after_s=alarm.escalate_after_seconds,
        siren_limit_ms=_milliseconds(alarm.siren_limit_seconds),
    )


def _essential(file: StationFile) -> Iterator[str]:
    """The devices without which a service stops: locks, alarm buttons, and a door's only way in."""
    screens = [one for one in file.services.values() if isinstance(one, Screen)]
    for name, service in file.services.items():
        match service:
            case Door():
                yield service.lock
                shown_on = [screen.screen for screen in screens if name in screen.opens]
                ways_in = [*([service.reader] if service.reader else []), *shown_on]
                if len(ways_in) == 1:
                    yield ways_in[0]
            case Alarm():
                yield service.button
            case Screen():
                pass
