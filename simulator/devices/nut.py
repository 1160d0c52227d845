"""The server of Network UPS Tools with one UPS behind it, written from NUT's protocol document: the reading half."""

from __future__ import annotations

from simulator.devices.spot import Spot
from simulator.faults import Sent

REPLY_DELAY_MS = 1
MAX_HELD = 1_024


class Nut:
    """State machine of one server and its one client."""

    def __init__(self, ups: str = "ups", *, host: str = "127.0.0.1", port: int = 3493, now_ms: int = 0) -> None:
        self.ups = ups
        self.address = f"{host}:{port}"
        self.variables = {
            "battery.charge": "100",
            "battery.runtime": "1870",
            "device.mfr": "EATON",
            "device.model": 'Ellipse "PRO" 650',
            "driver.name": "usbhid-ups",
            "input.voltage": "231.0",
            "ups.load": "12",
            "ups.status": "OL CHRG",
        }
        self.runs = True  # False: nothing listens
        self.error = ""  # what it answers in place of every list
        self.silent = False
        self.stops_after: int | None = None  # so many bytes of each answer come, and no more
        self.greeting = b""  # what it says in place of every answer
        self.connections = 0
        self.questions = 0
        self._connected = False
        self._held = b""
        self._now_ms = now_ms

    # ------------------------------------------------------------ the connection

    @property
    def connected(self) -> bool:
        return self._connected

    def connect(self, now_ms: int) -> bool:
        self._now_ms = now_ms
        self._connected = self.runs
        self.connections += self.runs
        self._held = b""
        return self.runs

    def disconnect(self) -> None:
        self._connected = False

    def due_ms(self) -> int | None:
        return None

    def tick(self, now_ms: int) -> list[Sent]:
        self._now_ms = now_ms
        return []

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        *lines, self._held = (self._held + data)[-MAX_HELD:].split(b"\n")
        return [sent for line in lines for sent in self._obey(line.decode("ascii", "replace"), now_ms)]

    # ------------------------------------------------------------ the protocol

    def _obey(self, line: str, now_ms: int) -> list[Sent]:
        self.questions += 1
        if self.silent or not self._connected:
            return []
        answer = self.greeting or self._answer(line.split()).encode()
        return [(now_ms + REPLY_DELAY_MS, answer[: self.stops_after])]

    def _answer(self, words: list[str]) -> str:
        match words:
            case ["LIST", "UPS"]:
                return f'BEGIN LIST UPS\nUPS {self.ups} "Unavailable"\nEND LIST UPS\n'
            case ["LIST", "VAR", _] if self.error:
                return f"ERR {self.error}\n"
            case ["LIST", "VAR", ups] if ups != self.ups:
                return "ERR UNKNOWN-UPS\n"
            case ["LIST", "VAR", ups]:
                lines = [f'VAR {ups} {name} "{quoted(value)}"\n' for name, value in self.variables.items()]
                return f"BEGIN LIST VAR {ups}\n{''.join(lines)}END LIST VAR {ups}\n"
            case ["LIST", *_]:
                return "ERR INVALID-ARGUMENT\n"
            case ["LOGOUT"]:
                self._connected = False
                return "OK Goodbye\n"
        return "ERR UNKNOWN-COMMAND\n"

    # ------------------------------------------------------------ what the mains and people do

    def mains_fail(self, charge: int = 100) -> None:
        """The battery feeds us."""
        self.variables |= {"ups.status": "OB DISCHRG" + (" LB" if charge <= 20 else ""), "battery.charge": str(charge)}  # noqa: PLR2004

    def mains_return(self, charge: int = 100) -> None:
        """The mains are back and the battery is charged."""
        self.variables |= {"ups.status": "OL CHRG", "battery.charge": str(charge)}

    def unplug_ups(self) -> None:
        """Somebody pulls the USB cable between server and UPS."""
        self.error = "DATA-STALE"

    def plug_ups(self) -> None:
        self.error = ""

    def stop(self) -> None:
        """The server ends, and its connection with it."""
        self.runs = False
        self._connected = False

    def start(self) -> None:
        self.runs = True

    def hang_up(self) -> None:
        """It closes the connection and takes a new one at once."""
        self._connected = False


def twin(spot: Spot) -> Nut:
    return Nut(**spot.picked("ups", "host", "port"), now_ms=spot.now_ms)


def quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
