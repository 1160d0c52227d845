"""Power for one socket or appliance: given for a time, seen to be on, measured, taken away.

Power is given when that is on the card, and the driver or board ends it by itself; taking it away never waits.
`key` is the thing's: `thing_key` of a socket, the name of an appliance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from drivers.contract import (
    CommandDone,
    DeviceDown,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    SwitchOff,
    SwitchOn,
    device_of,
)
from station.rules import doors
from station.rules.site import Load, Site
from station.rules.turn import Turn
from station.state import OffAsked, State, Supply, with_item, without_item
from station.trust.refusal import Reason, Refused

SEND_WITHIN_MS = 4_000
"""A command that has not left by then (the card, a busy bus) is not carried out any more."""
CONFIRM_MS = 8_000
"""What its board has not confirmed so long after it was asked is not on."""
OFF_AGAIN_MS = 2_000
"""A relay that reads on and is nobody's is switched off again so often."""
END_DRIFT_MS = 60_000
"""A board's own clock may end a session so much before ours."""
IDLE_W = 1.0
OVER_FACTOR = 1.1
OVER_MS = 3_000
METER_LOST_MS = 30_000
MOST_W = 4_000
"""No load here draws more; what a counter says beyond that is a reset or an error of it."""
COUNT_STEP_WH = 2
HOUR_MS = 3_600_000

STOPPED, TIME, ENERGY, UNPLUGGED, OVER_POWER, TOO_HOT, METER_LOST, RELAY_LOST, FIRE, NO_WATER, NOT_SWITCHED = (
    "stopped",
    "time",
    "energy",
    "unplugged",
    "over_power",
    "too_hot",
    "meter_lost",
    "relay_lost",
    "fire",
    "no_water",
    "not_switched",
)
"""Why power was taken away (`ThingGivenBack.cause`, `RunEnded.cause`)."""
TO_PROTECT = frozenset({OVER_POWER, TOO_HOT})


def of(state: State, key: str) -> Supply | None:
    """The power that was given in this boot."""
    return state.volatile.supplies.get(key)


def reads_on(state: State, load: Load) -> bool:
    """Whether the relay says that it is on."""
    reading = state.observed.levels.get((load.relay, Quantity.ON))
    return reading is not None and reading.value is True


def burns(state: State, site: Site) -> bool:
    """A fire alarm stands, or a fire loop is open."""
    raised = any(alarm.what == "fire" and name in state.recorded.alarms for name, alarm in site.alarms.items())
    return raised or any(doors.burning(state, door) for door in site.doors.values())


def number(state: State, point: str, quantity: Quantity) -> float | None:
    """What a device that answers measures now."""
    reading = state.observed.levels.get((point, quantity))
    if reading is None or not isinstance(reading.value, int | float) or not state.observed.answers(point):
        return None
    return reading.value


def counter_wh(state: State, load: Load) -> int | None:
    """What the counter of its meter shows."""
    counted = number(state, load.meter, Quantity.ENERGY_WH)
    return None if counted is None else int(counted)


def check_usable(state: State, site: Site, load: Load) -> None:
    """Raises `Refused` when power cannot be given, or could not be watched."""
    if burns(state, site):
        raise Refused(Reason.OUT_OF_ORDER, "a fire alarm stands")
    for point in (load.relay, load.meter):
        if point and not state.observed.answers(point):
            raise Refused(Reason.OUT_OF_ORDER, f"{point} does not answer")
    if reads_on(state, load):
        raise Refused(Reason.IN_USE, f"{load.relay} is still on")


# ---------------------------------------------------------------- given and taken away


def give(turn: Turn, key: str, load: Load, until_ms: int, *, answers: bool = False) -> None:
    """Power until then (steady), as soon as what was decided is on the card."""
    now_ms, counter = turn.now.steady_ms, counter_wh(turn.state, load)
    _ask(turn, key, load, Supply(now_ms, until_ms, answers=answers, counter_wh=counter, counted_ms=now_ms))


def give_again(turn: Turn, key: str, load: Load, until_ms: int, meter_wh: int | None, since_ms: int) -> None:
    """After a recovery, the rest of the time: the counter showed `meter_wh` when it began, at most `since_ms` ago."""
    now_ms = turn.now.steady_ms
    _ask(turn, key, load, Supply(now_ms, until_ms, counter_wh=meter_wh, counted_ms=now_ms - since_ms))


def extend(turn: Turn, key: str, load: Load, until_ms: int) -> None:
    """The clock is known again, and there is more time than was given."""
    supply = turn.state.volatile.supplies[key]
    _ask(turn, key, load, replace(supply, asked_ms=turn.now.steady_ms, until_ms=until_ms))


def _ask(turn: Turn, key: str, load: Load, supply: Supply) -> None:
    now_ms = turn.now.steady_ms
    _keep(turn, key, supply)
    turn.ask(SwitchOn(load.relay, supply.until_ms - now_ms), until_ms=now_ms + SEND_WITHIN_MS)


def _keep(turn: Turn, key: str, supply: Supply) -> None:
    turn.remember(supplies=with_item(turn.state.volatile.supplies, key, supply))


def take_away(turn: Turn, key: str, load: Load) -> Supply | None:
    """Off at once, and once more behind a `SwitchOn` that may still wait for the card. Gives what had been given."""
    supply, now_ms = of(turn.state, key), turn.now.steady_ms
    _switch_off(turn, load)
    if supply is not None and now_ms - supply.asked_ms <= SEND_WITHIN_MS:
        turn.ask(SwitchOff(load.relay))
    turn.remember(supplies=without_item(turn.state.volatile.supplies, key))
    return supply


def see_off(turn: Turn, load: Load) -> None:
    """Nobody has it: what its relay reads as on is switched off."""
    due_ms = off_due(turn.state, load)
    if due_ms is not None and due_ms <= turn.now.steady_ms:
        _switch_off(turn, load)


def _switch_off(turn: Turn, load: Load) -> None:
    now_ms, before = turn.now.steady_ms, turn.state.volatile.offs.get(load.relay)
    again = before is not None and now_ms - before.last_ms <= 2 * OFF_AGAIN_MS
    asked = OffAsked(before.first_ms if before is not None and again else now_ms, now_ms)
    turn.ask_at_once(SwitchOff(load.relay))
    turn.remember(offs=with_item(turn.state.volatile.offs, load.relay, asked))


def off_due(state: State, load: Load) -> int | None:
    """When a relay that is nobody's and reads on is switched off again (steady)."""
    if not reads_on(state, load) or not state.observed.answers(load.relay):
        return None
    asked = state.volatile.offs.get(load.relay)
    return 0 if asked is None else asked.last_ms + OFF_AGAIN_MS


def stays_on(state: State, load: Load, now_ms: int) -> bool:
    """It was asked to be off again and again, and reads on."""
    asked = state.volatile.offs.get(load.relay)
    asked_long = asked is not None and now_ms - asked.last_ms <= 2 * OFF_AGAIN_MS <= now_ms - asked.first_ms
    return asked_long and reads_on(state, load) and state.observed.answers(load.relay)


# ---------------------------------------------------------------- what relay and meter tell


def follow(turn: Turn, key: str, load: Load, signal: Signal) -> bool:
    """Take in what relay and meter tell. True in the turn in which it is seen to be on."""
    before = of(turn.state, key)
    if before is None:
        return False
    after = _measured(turn, load, _switched(turn, load, before, signal))
    if after != before:
        _keep(turn, key, after)
    return before.on_ms is None and after.on_ms is not None


def _switched(turn: Turn, load: Load, supply: Supply, signal: Signal) -> Supply:
    now_ms = turn.now.steady_ms
    match signal:
        case DeviceDown(lost) if lost == device_of(load.relay):
            return replace(supply, failed=RELAY_LOST)
        case LevelChanged(load.relay, Quantity.ON, False) if supply.on_ms is not None:
            ended = supply.until_ms - now_ms <= END_DRIFT_MS
            return replace(supply, failed=TIME if ended else RELAY_LOST)
        case CommandDone(load.relay, "SwitchOn", Outcome.NOT_SENT) if supply.on_ms is None:
            return replace(supply, failed=NOT_SWITCHED)
        case CommandDone(load.relay, "SwitchOn", Outcome.ACKED | Outcome.OBSERVED) if supply.on_ms is None:
            return replace(supply, on_ms=now_ms)
        case _:
            on = supply.on_ms is None and reads_on(turn.state, load)
            return replace(supply, on_ms=now_ms) if on else supply


def _measured(turn: Turn, load: Load, supply: Supply) -> Supply:
    now_ms = turn.now.steady_ms
    power = number(turn.state, load.meter, Quantity.POWER_W)
    over = power is not None and 0 < load.power_max_w * OVER_FACTOR < power
    drew = supply.drew or (power is not None and power >= IDLE_W)
    idle = drew and power is not None and power < IDLE_W
    return _counted(
        replace(
            supply,
            drew=drew,
            over_ms=(supply.over_ms if supply.over_ms is not None else now_ms) if over else None,
            idle_ms=(supply.idle_ms if supply.idle_ms is not None else now_ms) if idle else None,
        ),
        counter_wh(turn.state, load),
        load,
        now_ms,
    )


def _counted(supply: Supply, counter: int | None, load: Load, now_ms: int) -> Supply:
    if counter is None or counter == supply.counter_wh:
        return supply
    drawn = 0 if supply.counter_wh is None else _drawn_wh(supply.counter_wh, counter, load, now_ms - supply.counted_ms)
    return replace(supply, counter_wh=counter, counted_ms=now_ms, used_wh=supply.used_wh + drawn)


def _drawn_wh(before: int, after: int, load: Load, within_ms: int) -> int:
    """The difference of a counter that may wrap or be reset: what no load can have drawn in that time is nothing."""
    most_wh = (load.power_max_w or MOST_W) * OVER_FACTOR * within_ms / HOUR_MS + COUNT_STEP_WH
    drawn = after - before if after >= before else after
    return drawn if drawn <= most_wh else 0


# ---------------------------------------------------------------- why it ends


def over(state: State, key: str, load: Load, now_ms: int) -> str:
    """Why power that was given has to be taken away, as far as relay and meter say; empty: it goes on."""
    supply = of(state, key)
    if supply is None:
        return ""
    if supply.failed:
        return supply.failed
    return next((cause for at_ms, cause in _ends(state, supply, load) if at_ms <= now_ms), "")


def _ends(state: State, supply: Supply, load: Load) -> Iterator[tuple[int, str]]:
    """When it ends if nothing changes (steady), and why."""
    if supply.on_ms is None:
        yield supply.asked_ms + CONFIRM_MS, NOT_SWITCHED
    elif supply.over_ms is not None:
        yield supply.over_ms + OVER_MS, OVER_POWER
    elif load.meter and number(state, load.meter, Quantity.POWER_W) is None:
        known = state.observed.devices.get(device_of(load.meter))
        yield max(supply.on_ms, known.since_ms if known else 0) + METER_LOST_MS, METER_LOST


def deadline(state: State, key: str, load: Load) -> int | None:
    """When the next of these ends (steady)."""
    supply = of(state, key)
    return None if supply is None else min((at_ms for at_ms, _ in _ends(state, supply, load)), default=None)


def used_wh(state: State, load: Load, given: Supply | None, meter_wh: int | None, within_ms: int) -> int | None:
    """What was drawn; None where nothing was measured.

    When no power was `given` in this boot it is what the counter says since it showed `meter_wh`, `within_ms` ago.
    """
    if given is not None:
        return None if given.counter_wh is None else given.used_wh
    counter = counter_wh(state, load)
    return None if counter is None or meter_wh is None else _drawn_wh(meter_wh, counter, load, within_ms)
