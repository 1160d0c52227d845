"""A door after the grant: opened, relocked, not opened, forced, held; egress and fire observed; hold-open lapses."""

from __future__ import annotations

from drivers.contract import DeviceUp, HoldReleased, LevelChanged, Quantity, Relock, Signal
from station import events as e
from station.rules import presence, say
from station.rules.site import DoorService, Site
from station.rules.turn import Turn
from station.state import Door, State, Window, with_item

MONITOR_MS = 2_000
"""A bolt that does not report locked so long after the door was shut and the lock let go has failed."""
EGRESS_MS = 10_000
"""An opening so long after a press of the exit button is still that press."""


def _door(state: State, service: DoorService) -> Door:
    return state.recorded.doors.get(service.name, Door())


def react(turn: Turn, signal: Signal) -> None:
    """Follow the contact, the exit button, the fire input and the deadlines of every door."""
    for service in turn.site.doors.values():
        match signal:
            case LevelChanged(device, Quantity.CLOSED, value) if device == service.contact:
                _contact(turn, service, closed=value is True)
            case LevelChanged(device, Quantity.CLOSED, value) if device == service.egress_button and value is True:
                turn.remember(egress_ms=with_item(turn.state.volatile.egress_ms, service.name, turn.now.steady_ms))
                turn.record(e.EgressUsed(service.name))
            case LevelChanged(device, Quantity.CLOSED) if device == service.fire:
                relock(turn, service)
            case DeviceUp(device) if device == service.lock:
                _lock_is_back(turn, service)
            case _:
                pass
        _deadlines(turn, service)


def burning(state: State, service: DoorService) -> bool:
    """True while the fire input's closed loop is broken."""
    reading = state.observed.levels.get((service.fire, Quantity.CLOSED))
    return reading is not None and reading.value is False


def _contact(turn: Turn, service: DoorService, *, closed: bool) -> None:
    door = _door(turn.state, service)
    if closed and door.open is not False:
        _closed(turn, service, door)
    elif not closed and door.open is not True:
        _opened(turn, service, door)


def _opened(turn: Turn, service: DoorService, door: Door) -> None:
    cause = _cause(turn, service, door)
    if cause == "forced":
        turn.record(e.DoorForced(service.name))
        say.forced(turn, service)
        return
    turn.record(e.DoorOpened(service.name, cause))
    if cause == "granted":
        say.opened(turn, door.window.order if door.window else "")
        if service.room:
            presence.entered(turn, service)


def _cause(turn: Turn, service: DoorService, door: Door) -> str:
    state, now = turn.state, turn.now
    if door.open is None:
        return "unseen"
    if door.window and door.window.boot == now.boot and now.steady_ms <= door.window.until_ms:
        return "granted"
    if door.hold and door.hold.boot == now.boot and now.steady_ms <= door.hold.until_ms:
        return "held_open"
    if burning(state, service):
        return "fire"
    if alarmed(turn, service):
        return "alarm"
    pressed_ms = state.volatile.egress_ms.get(service.name)
    if pressed_ms is not None and now.steady_ms - pressed_ms <= EGRESS_MS:
        return "egress"
    if not presence.voters(service):
        return "unexplained" if service.room and not service.egress_button else "forced"
    if presence.occupied_lately(state, service, now.steady_ms) or door.occupied:
        return "left"
    return "forced"


def _closed(turn: Turn, service: DoorService, door: Door) -> None:
    known = door.open is True and door.opened_boot == turn.now.boot
    turn.record(e.DoorClosed(service.name, turn.now.steady_ms - door.opened_ms if known else None))
    if known and door.window and door.window.began_ms <= door.opened_ms:
        relock(turn, service)
        turn.record(e.DoorRelocked(service.name, "closed"))


def alarmed(turn: Turn, service: DoorService) -> bool:
    """True while an alarm stands that releases this door."""
    alarms = turn.site.alarms.values()
    return any(service.name in alarm.releases and alarm.name in turn.state.recorded.alarms for alarm in alarms)


def _lock_is_back(turn: Turn, service: DoorService) -> None:
    """A lock's driver starts locked; what holds it open is asked again."""
    if _stays_released(turn, service):
        turn.ask_at_once(HoldReleased(service.lock))


def _stays_released(turn: Turn, service: DoorService) -> bool:
    """Fire, an alarm or the office holds the door open, and its lock is made for that.

    The fire relay cuts the lock's power by itself; we release too and stay out of its way.
    """
    hold = _door(turn.state, service).hold
    held = hold is not None and hold.boot == turn.now.boot and turn.now.steady_ms <= hold.until_ms
    return service.holds_open and (held or burning(turn.state, service) or alarmed(turn, service))


def relock(turn: Turn, service: DoorService) -> None:
    """Lock, unless something holds the door open: then see that it is."""
    command = HoldReleased if _stays_released(turn, service) else Relock
    turn.ask_at_once(command(service.lock))


def _deadlines(turn: Turn, service: DoorService) -> None:
    now = turn.now
    door = _door(turn.state, service)
    if door.hold and (door.hold.boot != now.boot or now.steady_ms > door.hold.until_ms):
        turn.record(e.HoldOpenEnded(service.name, "lapsed"))
        relock(turn, service)
    if door.window and (door.window.boot != now.boot or now.steady_ms > door.window.until_ms):
        _window_ended(turn, service, door, door.window)
    _held(turn, service)
    _watch_bolt(turn, service)


def _window_ended(turn: Turn, service: DoorService, door: Door, window: Window) -> None:
    relock(turn, service)
    opened = door.opened_boot == window.boot and door.opened_ms >= window.began_ms
    if service.contact and not opened and not door.open and window.boot == turn.now.boot:
        turn.record(e.DoorNotOpened(service.name))
        say.not_opened(turn, service, window.order)
    else:
        turn.record(e.DoorRelocked(service.name, "ended"))


def _held(turn: Turn, service: DoorService) -> None:
    door = _door(turn.state, service)
    if not door.open or door.hold or burning(turn.state, service):
        return
    open_ms = turn.now.steady_ms - _opened_ms(turn.state, door)
    if open_ms >= service.held_open_ms // 2 and not door.warned:
        turn.record(e.DoorHeldWarned(service.name))
        say.held_warning(turn, service)
    if open_ms >= service.held_open_ms and not door.held:
        turn.record(e.DoorHeld(service.name, open_ms))
        say.held(turn, service)


def _bolt_fails_ms(state: State, service: DoorService) -> int | None:
    """Steady time from which a shut door whose monitor does not say locked counts as failed; None: all is well."""
    door = _door(state, service)
    monitor = state.observed.levels.get((service.lock_monitor, Quantity.CLOSED))
    contact = state.observed.levels.get((service.contact, Quantity.CLOSED))
    if monitor is None or contact is None or monitor.value or not contact.value:
        return None
    if door.open or door.window or door.hold or burning(state, service):
        return None
    return max(monitor.since_ms, contact.since_ms) + MONITOR_MS


def _watch_bolt(turn: Turn, service: DoorService) -> None:
    door = _door(turn.state, service)
    fails_ms = _bolt_fails_ms(turn.state, service)
    if fails_ms is not None and fails_ms <= turn.now.steady_ms and not door.relock_failed:
        turn.record(e.RelockFailed(service.name))
        say.unlocked(turn, service)
    elif door.relock_failed and _monitor_says_locked(turn.state, service):
        turn.record(e.BoltLocked(service.name))


def _monitor_says_locked(state: State, service: DoorService) -> bool:
    monitor = state.observed.levels.get((service.lock_monitor, Quantity.CLOSED))
    return monitor is not None and monitor.value is True


def _opened_ms(state: State, door: Door) -> int:
    """Steady time from which an open door counts; one opened in an earlier boot counts from this one's start."""
    return door.opened_ms if door.opened_boot == state.volatile.boot else state.volatile.recovered_ms


def deadline(state: State, site: Site) -> int | None:
    """The next moment at which a door needs a look (steady)."""
    due: list[int] = []
    for service in site.doors.values():
        door = _door(state, service)
        if door.window:
            due.append(door.window.until_ms + 1)
        if door.hold:
            due.append(door.hold.until_ms + 1)
        if door.open and not door.hold and not burning(state, service) and not door.held:
            due.append(_opened_ms(state, door) + (service.held_open_ms if door.warned else service.held_open_ms // 2))
        fails_ms = _bolt_fails_ms(state, service)
        if fails_ms is not None and not door.relock_failed:
            due.append(fails_ms)
    return min(due, default=None)
