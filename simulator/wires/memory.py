"""Exchanges that change nothing need not be lived through twice: the same question to the same device, the same answer.

A device that takes part says until when its answer to a question stays as it is. Everything else (a command, a hand, a
plug) makes all that was remembered worthless. What is skipped costs the driver the same time, to its last byte.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol, runtime_checkable

from simulator.faults import Sent
from simulator.wires.line import SerialDevice

FOR_EVER_MS = 2**62


@runtime_checkable
class Constant(Protocol):
    """A device whose answers can be remembered."""

    def constant_until_ms(self, request: bytes, now_ms: int) -> int | None:
        """Until when it answers this request in the same way, if nobody does anything; None: it is no mere question."""
        ...


class Memory:
    """What one port's device answered, since it was last touched."""

    def __init__(self, device: SerialDevice) -> None:
        self.speaks = False
        """The last question was answered from here."""
        self._device = device
        self._known: dict[bytes, tuple[int, list[Sent]]] = {}
        self._asked: tuple[bytes, int, int] | None = None  # request, when, until when its answer holds
        self._heard: list[Sent] = []

    def forget(self) -> None:
        """Something was done to the device."""
        self._known.clear()
        self._asked = None
        self.speaks = False

    def answer(self, request: bytes, now_ms: int, on_the_way: deque[Sent]) -> list[Sent] | None:
        """What comes of a request, and when; None: the device itself has to be asked."""
        self._learn(on_the_way)
        until_ms, answer = self._known.get(request, (0, []))
        self.speaks = now_ms < until_ms and not on_the_way
        if self.speaks:
            return [(now_ms + after_ms, data) for after_ms, data in answer]
        until = self._device.constant_until_ms(request, now_ms) if isinstance(self._device, Constant) else None
        if until is None:
            self.forget()
        else:
            self._asked, self._heard = (request, now_ms, until), []
        return None

    def note(self, arrivals: list[Sent]) -> None:
        """This came of the last request that the device itself was asked."""
        self._heard += arrivals

    def _learn(self, on_the_way: deque[Sent]) -> None:
        """The next request comes: the answer to the one before was whole, if nothing is still to be said."""
        asked, self._asked = self._asked, None
        if asked is None or on_the_way or self._device.due_ms() is not None:
            return
        request, at_ms, until_ms = asked
        self._known[request] = until_ms, [(arrived_ms - at_ms, data) for arrived_ms, data in self._heard]
