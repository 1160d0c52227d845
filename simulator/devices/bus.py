"""Several devices on one line (RS-485): each hears everything, the others' answers included, and answers only its own.

Has the shape of one device for the wires of the simulator. The members stay there for whoever acts on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from simulator.faults import Faults, Sent
from simulator.wires.line import SerialDevice

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
        self._overheard: list[tuple[int, str, bytes]] = []

    @property
    def baud(self) -> int:
        return next(iter(self.members.values())).baud

    def due_ms(self) -> int | None:
        return min((at for one in self.members.values() if (at := one.due_ms()) is not None), default=None)

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        sent = self.tick(now_ms)
        if not self.silent:
            for name, device in self.members.items():
                sent += self._said(name, device.receive(data, now_ms))
        return self._carried(sent)

    def tick(self, now_ms: int) -> list[Sent]:
        sent = self._listen(now_ms)
        for name, device in self.members.items():
            sent += self._said(name, device.tick(now_ms))
        return self._carried(sent)

    def _listen(self, now_ms: int) -> list[Sent]:
        """What each said, the others have heard by now."""
        ready = sorted(one for one in self._overheard if one[0] <= now_ms)
        self._overheard = [one for one in self._overheard if one[0] > now_ms]
        return [
            sent
            for at_ms, speaker, data in ready
            for name, device in self.members.items()
            if name != speaker
            for sent in self._said(name, device.receive(data, at_ms))
        ]

    def _said(self, name: str, sent: list[Sent]) -> list[Sent]:
        faults = self.faults.get(name)
        if faults is not None:
            sent = [piece for at_ms, data in sent for piece in faults.apply(at_ms, data)]
        self._overheard += [(at_ms, name, data) for at_ms, data in sent]
        return sent

    def _carried(self, sent: list[Sent]) -> list[Sent]:
        return [] if self.silent else sorted(sent, key=lambda one: one[0])
