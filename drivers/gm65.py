"""GM65-family code scanner on a serial port (UART or CDC, never keyboard mode).

Codes are hostile: a printed "setting code" can change the module, so its settings are looked at every minute and put
back. Continuous mode repeats a code while it is in view; one presentation gives one `CodeScanned`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers import gm65_frames as frames
from drivers import gm65_module as module
from drivers.contract import (
    Clock,
    CodeScanned,
    Command,
    DeviceTampered,
    JunkReceived,
    Quantity,
    Signal,
    WireLost,
    Wires,
)
from drivers.junk import Junk
from drivers.settings import PortSettings

READ_MS = 1_000
SILENCE_MS = 50
"""Ends a record that has no tail."""

CHECK_MS = 60_000

MAX_MISSED = 3
"""Questions in a row without an answer; then the module is looked for at every speed."""

SECOND_MS = 1_000
MAX_CODES_PER_SECOND = 20
"""More than any module decodes: a device that only pretends to be one must not crowd out the other signals."""

VIEW_GAP_MS = 1_000
"""A code that was out of view for the module's own delay and this long is a new presentation."""

_MODES = {"command": 0x01, "continuous": 0x02}
_LED_AIM_LIGHT = 0x94  # LED after a read, aim and light only while reading
_SOUND = 0x40


class Settings(PortSettings):
    """One scanner."""

    driver: Literal["gm65"]
    baud: Literal[9600, 19200, 38400, 57600, 115200] = Field(115200, description="the module is switched to it")
    mode: Literal["continuous", "command"] = Field("continuous", description="command: armed anew after each code")
    same_code_ms: int = Field(500, ge=100, le=12_700, multiple_of=100, description="delay before the same code again")
    sound: bool = Field(default=True, description="beep after each read")
    only_qr: bool = Field(default=True, description="read no other kind of code")

    def zones(self) -> dict[int, int]:
        """What the module's zones must hold, in the order in which they are written."""
        wanted = {
            module.SETTING_CODE_ZONE: module.SETTING_CODES_OFF,
            module.MODE_ZONE: _LED_AIM_LIGHT | (_SOUND if self.sound else 0) | _MODES[self.mode],
            module.TAIL_ZONE: module.TAIL_IS_CR,
            module.SAME_CODE_ZONE: 0x80 | self.same_code_ms // 100,
        }
        if self.mode == "command":
            wanted[module.READ_TIMEOUT_ZONE] = 0  # wait for a code without end
        if self.only_qr:
            wanted |= {module.ALL_CODES_ZONE: 0, module.QR_ZONE: 1}
        return wanted


class Driver:
    """Gives `CodeScanned`, `JunkReceived` and `DeviceTampered`."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.CODE})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._stream = frames.Stream()
        self._asked: frames.Request | None = None
        self._asked_at = 0
        self._missed = 0
        self._last_code = b""
        self._last_code_at = 0
        self._codes_since = 0
        self._codes = 0
        self._junk = Junk(name, clock)
        self._wire, found_baud = module.open_at_any_speed(wires, clock, settings.port, settings.baud)
        try:
            self._news = self._set_up(found_baud)
        except BaseException:
            self._wire.close()
            raise
        self._to_ask = deque(self._triggers())
        self._asked_at = clock.steady_ms()
        self._check_at = self._asked_at + CHECK_MS

    def _set_up(self, found_baud: int) -> list[Signal]:
        """Set the module up; settings that only a setting code can have changed are tampering."""
        parts = module.Module(self._wire, self._clock)
        ours = parts.value(module.SETTING_CODE_ZONE) == module.SETTING_CODES_OFF
        differed = parts.put(self._settings.zones())
        self._refused = {zone.number for zone in differed if not zone.kept}
        hostile = [str(zone) for zone in differed if zone.kept and _never_ours(zone)]
        if found_baud != self._settings.baud:
            hostile.append(f"its speed was {found_baud} baud")
        news: list[Signal] = []
        if ours and hostile:
            news.append(DeviceTampered(self._name, f"{'; '.join(hostile)}: put back"))
        if module.SETTING_CODE_ZONE in self._refused:
            news.append(JunkReceived(self._name, "this scanner cannot turn setting codes off; they are undone instead"))
        return news

    def _triggers(self) -> list[frames.Request]:
        return [frames.write_zones(module.START_ZONE, b"\x01")] if self._settings.mode == "command" else []

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a scanner cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Read what has come, to the end of a record; look at one setting when it is time."""
        signals, self._news = self._news, []
        started = self._clock.steady_ms()
        self._ask_next(started)
        data = self._wire.read(module.READ_LIMIT, self._patience(started))
        signals += self._take(self._stream.feed(data))
        while self._stream.partial and self._clock.steady_ms() < started + READ_MS:
            data = self._wire.read(module.READ_LIMIT, SILENCE_MS)
            signals += self._take(self._stream.feed(data) if data else self._stream.silence())
        self._notice_no_answer()
        return [*signals, *self._junk.told()]

    def _patience(self, now: int) -> int:
        if self._stream.partial:
            return SILENCE_MS
        if self._asked or self._to_ask:
            return max(0, min(READ_MS, self._asked_at + (module.REPLY_MS if self._asked else module.GAP_MS) - now))
        return max(0, min(READ_MS, self._check_at - now))

    def _ask_next(self, now: int) -> None:
        """At most one question at a time and `GAP_MS` apart, so that a code never waits for it."""
        if now >= self._check_at:
            self._check_at = now + CHECK_MS
            zones = (module.MODE_ZONE, module.SETTING_CODE_ZONE, module.TAIL_ZONE)
            self._to_ask = deque(frames.read_zones(zone) for zone in zones if zone not in self._refused)
            self._to_ask.extend(self._triggers())
        if self._asked is None and self._to_ask and now >= self._asked_at + module.GAP_MS:
            self._asked = self._to_ask.popleft()
            self._asked_at = now
            self._wire.write(self._asked.encode())

    def _notice_no_answer(self) -> None:
        if self._asked is None or self._clock.steady_ms() < self._asked_at + module.REPLY_MS:
            return
        self._missed += 1
        if self._missed == MAX_MISSED:
            raise WireLost("the scanner answers no more: check its power and its cable")
        self._to_ask.appendleft(self._asked)
        self._asked = None

    def _take(self, found: Iterable[frames.Reply | frames.Code | frames.Junk]) -> list[Signal]:
        signals: list[Signal] = []
        for item in found:
            match item:
                case frames.Code(text):
                    signals += self._take_code(text)
                case frames.Junk(reason):
                    self._junk.note(reason)
                case frames.Reply():
                    signals += self._take_reply(item)
        return signals

    def _take_code(self, text: bytes) -> list[Signal]:
        now = self._clock.steady_ms()
        in_view = text == self._last_code and now < self._last_code_at + self._settings.same_code_ms + VIEW_GAP_MS
        self._last_code, self._last_code_at = text, now
        self._to_ask.extend(self._triggers() if not self._to_ask else ())
        if in_view:
            return []
        if now >= self._codes_since + SECOND_MS:
            self._codes_since, self._codes = now, 0
        self._codes += 1
        if self._codes > MAX_CODES_PER_SECOND:
            self._junk.note("more codes than a scanner can read")
            return []
        return [CodeScanned(self._name, text)]

    def _take_reply(self, reply: frames.Reply) -> list[Signal]:
        asked, self._asked = self._asked, None
        if asked is None:
            self._junk.note("a reply that was not asked for")
            return []
        self._missed = 0
        if asked.kind is not frames.Kind.READ or reply.data == bytes((self._settings.zones()[asked.zone],)):
            return []
        self._to_ask = deque(self._triggers())
        changed = module.Module(self._wire, self._clock).put(self._settings.zones())
        self._asked_at = self._clock.steady_ms()
        undone = [zone for zone in changed if zone.number not in self._refused]
        return [DeviceTampered(self._name, f"{'; '.join(map(str, undone))}: put back")] if undone else []

    def rest_ms(self) -> int:
        return 0

    def close(self) -> None:
        self._wire.close()


def _never_ours(zone: module.Zone) -> bool:
    """No value of these zones that this driver could have written under other settings of the station file."""
    if zone.number == module.MODE_ZONE:
        return zone.was & module.MODE_BITS not in _MODES.values()
    return zone.number == module.TAIL_ZONE
