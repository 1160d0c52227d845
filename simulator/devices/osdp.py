"""An OSDP card reader behind a real pseudo-terminal: libosdp's own peripheral device, which keeps its own time.

Unlike the other twins it is no state machine without a clock: libosdp reads the clock and has a thread, so this reader
exists in real time only. Its faults: a power cut, a frame that is the last for a while, another key, an open case.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import osdp

from simulator.wires.pty import READ_LIMIT, Ends, close_ends, open_ends

CASE_OPEN, CASE_SHUT = b"\x01\x00", b"\x00\x00"  # LSTATR: tamper, power
CASE = {"event": osdp.Event.Status, "type": osdp.StatusReportType.Local}
CARD = {"event": osdp.Event.CardRead, "reader_no": 0, "direction": 0}


class PtyLine(osdp.Channel):  # type: ignore[misc]
    """The reader's end of a port named `link`, a symbolic link that stays the same over unplugging and plugging in."""

    def __init__(self, link: Path) -> None:
        super().__init__()
        self.link = link
        self.frames_left: int | None = None
        """How many more frames get through to the host; None: no end."""
        self._ends: Ends | None = None

    def plug(self) -> None:
        """Make the port appear."""
        self._ends = open_ends(self.link)

    def unplug(self) -> None:
        """Make the port disappear, also under a program that has it open; may be called twice."""
        if self._ends is not None:
            close_ends(self.link, self._ends)
            self._ends = None

    def drain(self) -> None:
        """Lose what was sent to a reader without power."""
        while self.read(READ_LIMIT):
            pass

    def read(self, max_bytes: int) -> bytes:
        with suppress(BlockingIOError):
            return os.read(self._ends[0], max_bytes) if self._ends is not None else b""
        return b""

    def write(self, data: bytes) -> int:
        if self.frames_left is not None and self.frames_left > 0:
            self.frames_left -= 1
        elif self.frames_left == 0:
            return len(data)
        self.disturb(data)
        return len(data)

    def disturb(self, data: bytes) -> None:
        """Put bytes on the line that the reader did not send."""
        with suppress(BlockingIOError):  # nobody reads: the bytes are lost, as on a real line
            if self._ends is not None:
                os.write(self._ends[0], data)

    def flush(self) -> None:
        """Nothing is kept back."""


class OsdpReader:
    """One reader with its port. A change of `key` shows with the next `power_on`."""

    def __init__(self, link: Path, key: bytes, address: int = 0) -> None:
        self.line = PtyLine(link)
        self.key = key
        self.address = address
        self._case = CASE_SHUT
        self._device: osdp.PeripheralDevice | None = None

    def plug(self) -> None:
        """Make the port appear, and give the reader power."""
        self.line.plug()
        self.power_on()

    def unplug(self) -> None:
        """Take both away; may be called twice."""
        self.power_off()
        self.line.unplug()

    close = unplug

    def power_on(self) -> None:
        """Start it."""
        self.line.drain()
        info = osdp.PDInfo(self.address, self.line, scbk=self.key, flags=[osdp.LibFlag.EnforceSecure])
        able = [
            (osdp.Capability.CardDataFormat, 1, 1),
            (osdp.Capability.ContactStatusMonitoring, 1, 1),
            (osdp.Capability.CommunicationSecurity, 1, 1),
        ]
        quiet = osdp.LogLevel.Emergency
        self._device = osdp.PeripheralDevice(info, osdp.PDCapabilities(able), quiet, self._obey)
        self._device.start()

    def power_off(self) -> None:
        """The reader is dead; may be called twice."""
        if self._device is not None:
            self._device.teardown()
            self._device = None

    def show_card(self, bits: int, data: bytes, *, wiegand: bool = True) -> bool:
        """Hold a card to it; False when the reader is not ready. `data` holds the bits from the highest on."""
        form = osdp.CardFormat.Wiegand if wiegand else osdp.CardFormat.Unspecified
        return self._tell({**CARD, "format": form, "length": bits, "data": data})

    def show_text(self, text: bytes) -> bool:
        """Hold something to it that it reads as text."""
        return self._tell({**CARD, "format": osdp.CardFormat.ASCII, "data": text})

    def press_keys(self, keys: bytes) -> bool:
        """Type on its keypad."""
        return self._tell({"event": osdp.Event.KeyPress, "reader_no": 0, "data": keys})

    def move_case(self, *, open_: bool) -> bool:
        """Open or shut its case, which its tamper switch sees."""
        self._case = CASE_OPEN if open_ else CASE_SHUT
        return self._tell({**CASE, "report": self._case})

    def _tell(self, event: dict[str, object]) -> bool:
        return self._device is not None and bool(self._device.submit_event(event))

    def _obey(self, command: dict[str, object]) -> tuple[int, None]:
        # libosdp answers a question for the case with "shut", whatever is returned here, so an open one tells itself.
        # This is called on the library's thread with its lock held.
        if command["command"] == osdp.Command.Status and self._case == CASE_OPEN and self._device is not None:
            self._device.ctx.submit_event({**CASE, "report": self._case})
        return 0, None
