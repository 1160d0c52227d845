"""Is the station well? ok, look or act, in words a volunteer understands, each with the next step."""

from __future__ import annotations

import json
from collections.abc import Iterator

from drivers.contract import Answer, Asked, ClockTrust, Now, Quantity, SendHealth, Signal, both
from station.rules import (
    health_alarms,
    health_mains,
    health_power,
    health_presence,
    health_rooms,
    health_stock,
    offers,
    office,
)
from station.rules.finding import CHECK_CABLE, FINE, NOTHING, Finding, Light
from station.rules.site import Site
from station.rules.turn import Turn
from station.state import State

SEND_EVERY_MS = 300_000
LOOK_EVERY_MS = 1_000
"""A look at everything costs a millisecond or more: in a busy second one is enough."""
SEND_OFFERS_MS = 10_000
"""What people may ask for is sent again when it has changed, at most so often."""
HOT_C, TOO_HOT_C = 70.0, 80.0
LOW_DISK_BYTES, NO_DISK_BYTES = 500_000_000, 100_000_000
LATE_OFFICE_MS = 900_000
BACKLOG_ROWS = 10_000
STARTING_MS = 30_000

ORDER = (Light.OK, Light.LOOK, Light.ACT)

NO_CONNECTION = both("No connection to the office")
CALL = both("Call the technician")
WAIT = both("Look again in a moment")


def findings(state: State, site: Site, now: Now) -> tuple[Finding, ...]:
    """Everything that was looked at, in a fixed order."""
    return (
        *_devices(state, site, now),
        *_doors(state, site),
        *_alarms(state, site),
        *health_alarms.findings(state, site),
        *health_presence.findings(state, site),
        *health_rooms.findings(state, site),
        *health_power.findings(state, site, now),
        *health_mains.findings(state, site),
        *health_stock.findings(state, site, now),
        _journal(state, now),
        *_link(state, site, now),
        _clock(now),
        *_board(state, site),
    )


def light(found: tuple[Finding, ...]) -> Light:
    """The worst of all."""
    return max((finding.light for finding in found), key=ORDER.index, default=Light.OK)


def _devices(state: State, site: Site, now: Now) -> Iterator[Finding]:
    young = now.steady_ms - state.volatile.recovered_ms < STARTING_MS
    for name in sorted({*state.observed.devices, *site.essential}):
        device = state.observed.devices.get(name)
        if device is not None and device.up:
            yield Finding(name, Light.OK, FINE, NOTHING)
        elif device is None and young:
            yield Finding(name, Light.OK, both("Starting"), WAIT)
        else:
            worst = Light.ACT if name in site.essential else Light.LOOK
            detail = f" ({device.detail})" if device and device.detail else ""
            yield Finding(name, worst, both("Does not answer{detail}", detail=detail), CHECK_CABLE)


def _doors(state: State, site: Site) -> Iterator[Finding]:
    for service in site.doors.values():
        door = state.recorded.doors.get(service.name)
        if door is None:
            yield Finding(service.name, Light.OK, FINE, NOTHING)
        elif door.forced:
            words = both("The door was forced")
            yield Finding(service.name, Light.ACT, words, both("Go and see, close the door"))
        elif door.held:
            words = both("The door stays open")
            yield Finding(service.name, Light.ACT, words, both("Close the door"))
        elif door.relock_failed:
            words = both("The door is not locked")
            yield Finding(service.name, Light.ACT, words, both("Pull the door, look at the bolt"))
        elif door.open:
            yield Finding(service.name, Light.OK, both("The door stands open"), NOTHING)
        else:
            yield Finding(service.name, Light.OK, both("The door is shut"), NOTHING)


def _alarms(state: State, site: Site) -> Iterator[Finding]:
    for service in site.alarms.values():
        alarm = state.recorded.alarms.get(service.name)
        if alarm is None:
            yield Finding(service.name, Light.OK, FINE, NOTHING)
        else:
            words = both("{service}: alarm", service=service.words)
            step = both("Somebody is on it") if alarm.heard_by else both("Go and see now")
            yield Finding(service.name, Light.ACT, words, step)


def _journal(state: State, now: Now) -> Finding:
    if state.observed.unrecorded:
        words = both("The journal cannot be written: {unrecorded}", unrecorded=state.observed.unrecorded)
        return Finding("journal", Light.ACT, words, both("Check the memory card"))
    if not state.volatile.secret:
        starting = now.steady_ms < STARTING_MS
        return Finding("journal", Light.OK if starting else Light.ACT, both("Starting"), WAIT)
    waiting = sum(extent.tail_seq - extent.cursor_seq for extent in state.observed.extents)
    if waiting > BACKLOG_ROWS:
        words = both("{waiting} records wait for the office", waiting=waiting)
        return Finding("journal", Light.LOOK, words, both("Check the network"))
    return Finding("journal", Light.OK, FINE, NOTHING)


def _link(state: State, site: Site, now: Now) -> Iterator[Finding]:
    """None for a station that runs alone."""
    observed = state.observed
    if not site.office_url:
        return
    if office.is_silent(state, now.steady_ms):
        words = both("The network is there, but the office does not answer")
        step = both("Passes still open the door; tell the office")
        yield Finding("link", Light.LOOK, words, step)
    elif observed.link_up:
        yield Finding("link", Light.OK, both("Connected to the office"), NOTHING)
    else:
        away_ms = now.steady_ms - observed.link_since_ms
        detail = observed.link_detail
        words = both("No connection to the office {detail}", detail=detail) if detail else NO_CONNECTION
        step = both("The door still opens; check the router")
        yield Finding("link", Light.LOOK if away_ms > LATE_OFFICE_MS else Light.OK, words, step)


def _clock(now: Now) -> Finding:
    if now.trust is ClockTrust.FLOOR:
        words = both("The time is not known")
        step = both("It sets itself with the network; the screen's code still works")
        return Finding("clock", Light.LOOK, words, step)
    return Finding("clock", Light.OK, FINE, NOTHING)


def _board(state: State, site: Site) -> Iterator[Finding]:
    elsewhere = {one.temperature for one in site.sockets.values()} | {one.temperature for one in site.climates.values()}
    for (device, quantity), reading in sorted(state.observed.levels.items()):
        if quantity is Quantity.TEMPERATURE_C and isinstance(reading.value, int | float):
            if device in elsewhere:
                continue
            hot = Light.ACT if reading.value >= TOO_HOT_C else Light.LOOK if reading.value >= HOT_C else Light.OK
            words = both("Board at {value:.0f} °C", value=reading.value)
            yield Finding(f"{device} temperature", hot, words, NOTHING if hot is Light.OK else CALL)
        elif quantity is Quantity.UNDER_VOLTAGE:
            words = both("Supply voltage too low") if reading.value else FINE
            step = both("Replace the power supply") if reading.value else NOTHING
            yield Finding(f"{device} supply", Light.ACT if reading.value else Light.OK, words, step)
        elif quantity is Quantity.DISK_FREE_BYTES and isinstance(reading.value, int):
            free = reading.value
            full = Light.ACT if free < NO_DISK_BYTES else Light.LOOK if free < LOW_DISK_BYTES else Light.OK
            words = both("{megabytes} MB free on the card", megabytes=free // 1_000_000)
            yield Finding(f"{device} disk", full, words, NOTHING if full is Light.OK else CALL)


# ---------------------------------------------------------------- the document


def document(state: State, site: Site, now: Now) -> dict[str, object]:
    """The health document, the same on the terminal, on MQTT and on pages. Durations in seconds."""
    found = findings(state, site, now)
    return {
        "station": site.station,
        "light": light(found).value,
        "version": site.version,
        "boot": now.boot,
        "up_s": now.steady_ms // 1000,
        "clock": now.trust.value,
        "link": "up" if state.observed.link_up else "down",
        "waiting_rows": sum(extent.tail_seq - extent.cursor_seq for extent in state.observed.extents),
        "services": offers.document(Turn(state, now, site)),
        "screens": sorted(site.screens),
        "colour": site.colour,
        "help_phone": site.help_phone,
        "name": {"zh": site.words.zh, "en": site.words.en},
        "findings": [_told(finding) for finding in found],
    }


def _told(finding: Finding) -> dict[str, str]:
    told = {"about": finding.about, "light": finding.light.value, "zh": finding.words.zh, "en": finding.words.en}
    if finding.light is Light.OK:
        return told
    return {**told, "next_zh": finding.next_step.zh, "next_en": finding.next_step.en}


def react(turn: Turn, signal: Signal) -> None:
    """Answer whoever asks on this machine; tell the office of every light that changes, of offers, and now and then."""
    if isinstance(signal, Asked) and signal.question == "health":
        text = json.dumps(document(turn.state, turn.site, turn.now), ensure_ascii=False)
        turn.ask_at_once(Answer(signal.device, signal.question_id, text))
    newest = next((extent for extent in turn.state.observed.extents if not extent.closed), None)
    if not turn.state.observed.link_up or newest is None:
        return
    volatile, now_ms = turn.state.volatile, turn.now.steady_ms
    if now_ms < volatile.health_look_ms:
        if not volatile.health_look_due:
            turn.remember(health_look_due=True)
        return
    turn.remember(health_look_ms=now_ms + LOOK_EVERY_MS, health_look_due=False)
    lights = ",".join(f"{one.about}={one.light}" for one in findings(turn.state, turn.site, turn.now))
    offered = offers.summary(turn)
    at_ms = volatile.health_at_ms
    if offered != volatile.offers_sent:
        at_ms = min(at_ms, volatile.health_sent_ms + SEND_OFFERS_MS)
    if lights == volatile.health_sent and now_ms < at_ms:
        if at_ms != volatile.health_at_ms:
            turn.remember(health_at_ms=at_ms)
    else:
        turn.remember(
            health_sent=lights, offers_sent=offered, health_sent_ms=now_ms, health_at_ms=now_ms + SEND_EVERY_MS
        )
        text = json.dumps(document(turn.state, turn.site, turn.now), ensure_ascii=False)
        turn.ask_at_once(SendHealth(turn.site.link, text, newest.journal, newest.tail_seq))


def deadline(state: State) -> int | None:
    """When the office is told again, or something that has happened meanwhile is looked at (steady)."""
    volatile = state.volatile
    if not state.observed.link_up or not state.observed.extents:
        return None
    return volatile.health_look_ms if volatile.health_look_due else max(volatile.health_look_ms, volatile.health_at_ms)
