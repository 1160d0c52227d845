"""OSDP card reader on RS-485 (IEC 60839-11-5) with a secure channel, by libosdp.

Nothing of a reader is believed outside of its secure channel. libosdp keeps its own time, so this driver does not live
in worlds on virtual time; it is driven from `poll`, without the thread of the library's Python classes. libosdp tries a
reader that went offline again only after 300 s: here it is disabled and enabled again at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, SecretStr, model_validator

from drivers.contract import (
    Clock,
    CodeScanned,
    Command,
    DeviceDown,
    DeviceTampered,
    DeviceUp,
    Quantity,
    SerialWire,
    Signal,
    WireLost,
    Wires,
)
from drivers.junk import Junk
from drivers.osdp_cards import card_code, case_is_open, read_key
from drivers.settings import PortSettings

REFRESH_MS = 20
"""libosdp wants to be called at least every 50 ms: it asks the reader so often."""

POLL_MS = 200
PAUSE_MS = 200
"""How long a reader stays disabled before it is tried again."""

TRY_MS = 2_000
"""How long the secure channel may take to come up: 0.25 to 0.5 s is usual."""

SILENT_MS = 1_500
"""A reader that does not answer for this long is lost; libosdp would wait for 8 s."""

PANEL_OF_ONE = 0  # the place of the only reader in libosdp's list


class Settings(PortSettings):
    """One reader, alone on its two wires."""

    model_config = ConfigDict(hide_input_in_errors=True)

    driver: Literal["osdp"]
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400] = Field(9600, description="as set in the reader")
    address: int = Field(0, ge=0, le=126, description="as set in the reader")
    key_file: str | None = Field(
        None, pattern=r"^/[^\s]{1,200}$", description="file with the reader's key: 32 hexadecimal digits"
    )
    scbk: SecretStr | None = Field(None, description="the key itself, for a station file that nobody else can read")

    @model_validator(mode="after")
    def _one_key(self) -> Settings:
        if (self.key_file is None) == (self.scbk is None):
            raise ValueError("give either key_file or scbk: there is no reader without a key of its own")
        if self.scbk is not None:
            read_key(self.scbk.get_secret_value())
        return self

    def key(self) -> bytes:
        """The secure channel key. Raises `WireLost` when the file cannot be used."""
        if self.scbk is not None:
            return read_key(self.scbk.get_secret_value())
        try:
            return read_key(Path(self.key_file or "").read_text(encoding="ascii"))
        except OSError as fault:
            mend = "put the reader's key there, readable for this program only"
            raise WireLost(f"{self.key_file} cannot be read ({fault.strerror}): {mend}") from fault
        except ValueError as fault:
            why = "it is not text" if isinstance(fault, UnicodeError) else str(fault)
            raise WireLost(f"{self.key_file} holds no key that can be used: {why}") from None


class Line:
    """The port in the shape of libosdp's `Channel`. What is raised here would be lost in the library: see `lost`."""

    id = 0

    def __init__(self, wire: SerialWire, clock: Clock) -> None:
        self.lost: WireLost | None = None
        self.heard_at = clock.steady_ms() - 1  # nothing yet
        self._wire = wire
        self._clock = clock

    def read(self, max_bytes: int) -> bytes:
        try:
            data = self._wire.read(max_bytes, 0)
        except WireLost as lost:
            self.lost = lost
            return b""
        if data:
            self.heard_at = self._clock.steady_ms()
        return data

    def write(self, data: bytes) -> int:
        try:
            self._wire.write(data)
        except WireLost as lost:
            self.lost = lost
        return len(data)

    def flush(self) -> None:
        try:
            self._wire.discard_input()
        except WireLost as lost:
            self.lost = lost


class Driver:
    """Gives `CodeScanned` for each card; `DeviceDown` and `DeviceUp` as the secure channel goes and comes."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset()
    gives: ClassVar[frozenset[Quantity]] = frozenset({Quantity.CODE})

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        key = settings.key()
        self._osdp = _library()
        self._wire = wires.serial(settings.port, settings.baud)
        try:
            self._line = Line(self._wire, clock)
            self._wire.discard_input()
            flags = [self._osdp.LibFlag.EnforceSecure]
            reader = self._osdp.PDInfo(settings.address, self._line, scbk=key, flags=flags)
            # Never started, for its thread is not ours. What it would print by itself is told in our own words.
            self._panel = self._osdp.ControlPanel([reader], log_level=self._osdp.LogLevel.Emergency)
            self._up = False
            self._enabled = True
            self._since_ms = clock.steady_ms()  # enabled or disabled
            self._told_down = ""
            self._case_open = False
            self._junk = Junk(name, clock)
            self._wait_for_channel()
        except BaseException:
            self.close()
            raise

    def _wait_for_channel(self) -> None:
        while not self._up:
            if lost := [signal for signal in self._turn() if isinstance(signal, DeviceDown)]:
                raise WireLost(lost[0].detail)
            self._clock.rest(REFRESH_MS)

    def execute(self, command: Command) -> Iterable[Signal]:
        raise TypeError(f"a card reader cannot do {type(command).__name__}")

    def poll(self) -> Iterable[Signal]:
        """Let libosdp talk with the reader until there is news, or for `POLL_MS`."""
        until = self._clock.steady_ms() + POLL_MS
        while not (signals := self._turn()) and self._clock.steady_ms() < until:
            self._clock.rest(REFRESH_MS)
        return signals

    def _turn(self) -> list[Signal]:
        library = self._panel.ctx
        library.refresh()
        if self._line.lost is not None:
            raise self._line.lost
        now = self._clock.steady_ms()
        secure = bool(library.status() and library.sc_status())
        if self._up:
            return self._news() if secure and not self._silent() else self._go_down(now)
        if not self._enabled:
            self._enable(now)
            return []
        if secure:
            return self._come_up()
        return self._go_down(now) if now - self._since_ms >= TRY_MS else []

    def _enable(self, now: int) -> None:
        """Try the reader again once it has been disabled for `PAUSE_MS`.

        Disabling takes until the last question is answered or given up, which may be 8 s; until then the library says
        that all is well.
        """
        if self._panel.ctx.is_pd_enabled(PANEL_OF_ONE):
            self._panel.ctx.disable_pd(PANEL_OF_ONE)
            self._since_ms = now
        elif now - self._since_ms >= PAUSE_MS and self._panel.ctx.enable_pd(PANEL_OF_ONE):
            self._enabled, self._since_ms = True, now

    def _come_up(self) -> list[Signal]:
        self._up, self._told_down = True, ""
        status = {"command": self._osdp.Command.Status, "type": self._osdp.StatusReportType.Local}
        self._panel.ctx.submit_command(PANEL_OF_ONE, status)
        return [DeviceUp(self._name)]

    def _go_down(self, now: int) -> list[Signal]:
        """Begin anew with the reader. Why it is down is told once, and again when it turns out to be something else."""
        why = self._why_down()
        deque(self._events(), maxlen=0)  # what came with the end of the secure channel is not believed
        self._panel.ctx.disable_pd(PANEL_OF_ONE)
        self._up, self._enabled, self._since_ms = False, False, now
        if why == self._told_down:
            return []
        self._told_down = why
        return [DeviceDown(self._name, why)]

    def _silent(self) -> bool:
        return self._clock.steady_ms() - self._line.heard_at >= SILENT_MS

    def _why_down(self) -> str:
        if self._silent() if self._up else self._line.heard_at < self._since_ms:
            return (
                f"no reader answers at address {self._settings.address}: check its power, "
                f"the wires A and B (swap them), its address and its speed ({self._settings.baud} baud)"
            )
        if self._up:
            return "the secure channel broke off: no card is taken until it is back"
        return (
            "the reader answers, but no secure channel comes up, so no card is taken: "
            "is it another reader, or was it given another key?"
        )

    def _news(self) -> list[Signal]:
        signals: list[Signal] = []
        for event in self._events():
            kind = event["event"]
            if kind == self._osdp.Event.CardRead and event["format"] != self._osdp.CardFormat.ASCII:
                signals += self._take_card(event["length"], event["data"])
            elif kind == self._osdp.Event.Status and event["type"] == self._osdp.StatusReportType.Local:
                signals += self._take_case(case_is_open(event["report"]))
        return [*signals, *self._junk.told()]

    def _events(self) -> Iterator[dict[str, Any]]:
        while (event := self._panel.get_event(self._settings.address, timeout=-1)) is not None:
            yield event

    def _take_card(self, bits: int, data: bytes) -> list[Signal]:
        code = card_code(bits, data)
        if code is None:
            self._junk.note("a card without a number that can be used")
            return []
        return [CodeScanned(self._name, code)]

    def _take_case(self, is_open: bool | None) -> list[Signal]:
        was_open = self._case_open
        self._case_open = was_open if is_open is None else is_open
        return [DeviceTampered(self._name, "the reader's case is open")] if self._case_open and not was_open else []

    def rest_ms(self) -> int:
        return 0

    def close(self) -> None:
        self._wire.close()


def _library() -> Any:
    try:
        import osdp  # noqa: PLC0415 - only a station with such a reader has it
    except ImportError as fault:
        raise WireLost("libosdp is not installed: pip install 'micro-station[osdp]'") from fault
    return osdp
