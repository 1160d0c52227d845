"""Several devices on one line (RS-485): each hears everything, the others' answers included, and answers only its own.

Has the shape of one device for the wires of the simulator. The members stay there for whoever acts on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from simulator.faults import Faults, Sent
from simulator.wires.line import SerialDevice
from simulator.wires.memory import Constant

D = TypeVar("D", bound=SerialDevice)


class Bus(Generic[D]):
    """Devices by name, all at one speed. `silent`: the line is cut before the first of them.

    `faults` damage what single members say; those of the line are for all. What they say at once is not damaged: a line
    carries one thing after the other here.
    """

    def __init__(self, members: Mapping[str, D], faults: Mapping[str, Faults] | None = None) -> None:
        speeds = {one.baud for one in members.values()}
        if len(speeds) != 1:
            raise ValueError(f"devices on one bus have one speed, these have {sorted(speeds)}")
        self.members = dict(members)
        self.faults = dict(faults or {})
        self.silent = False
        self._coming: list[tuple[int, str, bytes]] = []

    @property
    def baud(self) -> int:
        return next(iter(self.members.values())).baud

    def due_ms(self) -> int | None:
        known = [at for at, _, _ in self._coming]
        known += [at for one in self.members.values() if (at := one.due_ms()) is not None]
        return min(known, default=None)

    def constant_until_ms(self, request: bytes, now_ms: int) -> int | None:
        """As its one member that takes the request for a question says."""
        if self.silent or self.faults:
            return None
        members: list[object] = list(self.members.values())
        told = [one.constant_until_ms(request, now_ms) for one in members if isinstance(one, Constant)]
        return min((until for until in told if until is not None), default=None)

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        sent = self.tick(now_ms)
        if not self.silent:
            for name, device in self.members.items():
                self._plan(name, device.receive(data, now_ms))
        return sent + self._said(now_ms)

    def tick(self, now_ms: int) -> list[Sent]:
        for name, device in self.members.items():
            self._plan(name, device.tick(now_ms))
        return self._said(now_ms)

    def _plan(self, name: str, sent: list[Sent]) -> None:
        faults = self.faults.get(name, Faults())
        self._coming += [(at, name, piece) for at_ms, data in sent for at, piece in faults.apply(at_ms, data)]

    def _said(self, now_ms: int) -> list[Sent]:
        """What is on the line by now, in order; the others have heard it."""
        sent: list[Sent] = []
        while self._coming and min(self._coming)[0] <= now_ms:
            first = min(self._coming)
            self._coming.remove(first)
            at_ms, speaker, data = first
            sent.append((at_ms, data))
            for name, device in self.members.items():
                if name != speaker:
                    self._plan(name, device.receive(data, at_ms))
        return [] if self.silent else sent
