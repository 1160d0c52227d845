"""Several devices on one serial port (RS-485) behind one owner.

Each device has the driver that it would have alone: it gets wires whose port is a view of the shared one. Commands come
before polls, and one poll serves one device, so that an unlock waits for at most one exchange of bytes. Each driver
keeps the pause before its questions itself. A device that fails is opened again by itself, with the pauses of every
driver, while the others go on; when the port fails, all do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from drivers.bus_wires import BusWires
from drivers.contract import (
    BackOff,
    Clock,
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    Driver,
    Outcome,
    Quantity,
    Signal,
    WireLost,
    Wires,
    device_of,
)

Make = Callable[[Wires, Clock], Driver]
"""Opens one device; raises `WireLost`."""

NEVER_MS = 2**62

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Member:
    """One device. `driver` is None while it is closed; `due_ms` is when it is to be polled or opened next."""

    name: str
    make: Make
    due_ms: int
    driver: Driver | None = None
    opened_ms: int = 0
    back_off: BackOff = field(default_factory=BackOff)
    told_down: bool = False


class Bus:
    """Has the shape of a driver; it never fails itself, and tells `DeviceUp` and `DeviceDown` for each of its devices.

    What it accepts and gives is what its devices do.
    """

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, makers: Mapping[str, Make], wires: Wires, clock: Clock) -> None:
        self._clock = clock
        self._wires = BusWires(wires)
        now_ms = clock.steady_ms()
        self._members = {name: _Member(name, make, now_ms) for name, make in makers.items()}
        self._turn = list(self._members.values())

    # ------------------------------------------------------------ the driver

    def execute(self, command: Command) -> Iterable[Signal]:
        """Hand a command to its device. One that is closed has not been sent anything."""
        member = self._members[device_of(command.device)]
        driver = member.driver
        kind = type(command).__name__
        if driver is None:
            return [CommandDone(command.device, kind, Outcome.NOT_SENT, "the device does not answer")]
        try:
            signals = list(driver.execute(command))
        except Exception as fault:  # noqa: BLE001 - see `_lost`
            reason = "the device was lost while it obeyed"
            return [CommandDone(command.device, kind, Outcome.UNKNOWN, reason), *self._lost(member, fault)]
        self._plan(member, driver)
        return signals

    def poll(self) -> Iterable[Signal]:
        """Serve one device that is due, the next in turn. With none due something came in unasked: any may hear it."""
        now_ms = self._clock.steady_ms()
        member = next((one for one in self._turn if one.due_ms <= now_ms), None)
        if member is None:
            member = next((one for one in self._turn if one.driver is not None), None)
        if member is None:
            return []
        self._turn.remove(member)
        self._turn.append(member)
        return self._serve(member)

    def rest_ms(self) -> int | None:
        """Until the next device is due."""
        due_ms = min([member.due_ms for member in self._turn])
        return None if due_ms == NEVER_MS else max(1, due_ms - self._clock.steady_ms())

    def close(self) -> None:
        """Leave every device safe and give the port back."""
        for member in self._members.values():
            self._close(member)
        self._wires.close()

    # ------------------------------------------------------------ one device

    def _serve(self, member: _Member) -> list[Signal]:
        try:
            if member.driver is None:
                return self._open(member)
            signals = list(member.driver.poll())
        except Exception as fault:  # noqa: BLE001 - see `_lost`
            return self._lost(member, fault)
        self._plan(member, member.driver)
        return signals

    def _open(self, member: _Member) -> list[Signal]:
        member.driver = member.make(self._wires, self._clock)
        member.opened_ms = member.due_ms = self._clock.steady_ms()
        member.told_down = False
        return [DeviceUp(member.name)]

    def _plan(self, member: _Member, driver: Driver) -> None:
        rest_ms = driver.rest_ms()
        member.due_ms = NEVER_MS if rest_ms is None else self._clock.steady_ms() + rest_ms

    # ------------------------------------------------------------ what fails

    def _lost(self, member: _Member, fault: Exception) -> list[Signal]:
        """A device's fault, of whatever kind, must end this device and not the others."""
        detail = str(fault)
        if not isinstance(fault, WireLost):
            _log.exception("%s: the driver failed and is started again", member.name)
            detail = f"{type(fault).__name__}: {fault}"
        lost = [member]
        if self._wires.is_lost:
            lost = list(self._members.values())
            self._wires.close()
        signals = [signal for one in lost for signal in self._fall(one, detail)]
        if all(one.driver is None for one in self._members.values()):
            self._wires.close()
        return signals

    def _fall(self, member: _Member, detail: str) -> list[Signal]:
        now_ms = self._clock.steady_ms()
        lived_ms = now_ms - member.opened_ms if member.driver is not None else 0
        self._close(member)
        member.due_ms = now_ms + member.back_off.pause_ms(lived_ms)
        told, member.told_down = member.told_down, True
        return [] if told else [DeviceDown(member.name, detail)]

    def _close(self, member: _Member) -> None:
        driver, member.driver = member.driver, None
        if driver is None:
            return
        try:
            driver.close()
        except Exception as fault:  # noqa: BLE001 - nor may its end
            _log.info("%s: could not be left in good order: %s", member.name, fault)
