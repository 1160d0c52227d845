"""A simulated serial device behind a real pseudo-terminal, in real time, on the running asyncio loop.

A pseudo-terminal has no speed of its own: the line adds the character time, and compares the speed that the host set.
"""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from simulator.faults import Faults, Sent
from simulator.wires.line import Line, SerialDevice

T = TypeVar("T")

READ_LIMIT = 4096
OUTPUT_SPEED = 5  # its place in what tcgetattr returns
_BAUDS = {getattr(termios, f"B{baud}"): baud for baud in (1200, 4800, 9600, 19200, 38400, 57600, 115200)}


Ends = tuple[int, int]
"""The device's end of a pseudo-terminal and the host's."""


def open_ends(link: Path) -> Ends:
    """A pseudo-terminal with `link` pointing to the host's end; the other one does not block."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(os.ttyname(theirs))
    fresh.replace(link)
    # Their end stays open here too: without anybody on it ours would report a hang-up for ever.
    return ours, theirs


def close_ends(link: Path, ends: Ends) -> None:
    """Gone for the host too, which may have it open."""
    link.unlink(missing_ok=True)
    for end in ends:
        os.close(end)


class PtyPort:
    """One device on the port named `link`, a symbolic link that stays the same over unplugging and plugging in."""

    def __init__(self, link: Path, device: SerialDevice, faults: Faults | None = None) -> None:
        self.line = Line(device, faults)
        self.link = link
        self.last_byte_at = 0.0
        """Loop time at which the last byte left for the host."""
        self._loop = asyncio.get_running_loop()
        self._ends: Ends | None = None
        self._outgoing: deque[Sent] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def plug(self) -> None:
        """Make the port appear."""
        if self._ends is not None:
            return
        self._ends = open_ends(self.link)
        self._loop.add_reader(self._ends[0], self._from_host)
        self._go_on()

    def unplug(self) -> None:
        """Make the port disappear, also under a program that has it open."""
        if self._ends is None:
            return
        self._loop.remove_reader(self._ends[0])
        close_ends(self.link, self._ends)
        self._ends = None
        self._outgoing.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    close = unplug

    def act(self, deed: Callable[[int], T]) -> T:
        """Do something with the device: `deed` gets the time in milliseconds."""
        result = deed(self._now_ms())
        self._go_on()
        return result

    def _now_ms(self) -> int:
        return int(self._loop.time() * 1000)

    def _host_baud(self) -> int | None:
        if self._ends is None:
            return None
        return _BAUDS.get(termios.tcgetattr(self._ends[0])[OUTPUT_SPEED])

    def _from_host(self) -> None:
        if self._ends is None:
            return
        with suppress(BlockingIOError):
            data = os.read(self._ends[0], READ_LIMIT)
            self._outgoing.extend(self.line.from_host(data, self._now_ms(), self._host_baud()))
            self._go_on()

    def _go_on(self) -> None:
        """Send what is due, and wake up for what comes next."""
        if self._ends is None:
            return
        now_ms = self._now_ms()
        self._outgoing.extend(self.line.tick(now_ms, self._host_baud()))
        while self._outgoing and self._outgoing[0][0] <= now_ms:
            with suppress(BlockingIOError):  # nobody reads: the bytes are lost, as on a real line
                os.write(self._ends[0], self._outgoing.popleft()[1])
                self.last_byte_at = self._loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wakes = [at for at in (self.line.device.due_ms(), self._outgoing[0][0] if self._outgoing else None) if at]
        if wakes:
            self._timer = self._loop.call_at(min(wakes) / 1000, self._go_on)
