"""A GM65 code scanner, written from the protocol notes: zones, flash, replies, and an eye that decodes pictures.

A person shows a code for some time; in continuous mode it is repeated while it is in view. A setting code is a
printed code that changes a zone, unless zone 0003 forbids it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import zxingcpp
from PIL import Image

from simulator.devices.spot import Spot
from simulator.faults import Sent

REPLY_DELAY_MS = 8
DECODE_MS = 60
"""From the picture before the lens to the first byte on the line."""

FACTORY = {
    0x0000: 0xD4,  # LED, sound, aim and light while reading, button mode
    0x0003: 0x00,  # setting codes open
    0x0005: 0x0A,
    0x0006: 0x32,  # gives up reading after 5 s
    0x000D: 0x00,  # GBK
    0x0013: 0x05,  # same-code delay off
    0x002A: 0x39,  # 9600 baud
    0x002B: 0x01,
    0x002C: 0x01,
    0x003F: 0x01,
    0x0060: 0x00,  # no tail
    0x00E1: 0x01,
    0x00E2: 0x87,
    0x00E3: 0x16,
}
TAILS = {0b00: b"\r", 0b01: b"\r\n", 0b10: b"\t", 0b11: b""}
BAUDS = {2500: 1200, 625: 4800, 313: 9600, 208: 14400, 156: 19200, 78: 38400, 52: 57600, 26: 115200}
"""By divisor of 3 MHz."""

BUTTON_MODE, COMMAND_MODE, CONTINUOUS_MODE, SENSING_MODE = range(4)
FOR_EVER_MS = 10**9
HEAD_BYTES = 4  # 7E 00, type, length
MAX_HELD = 600


class Gm65:
    """State machine of one module. Times are in milliseconds of whoever drives it."""

    def __init__(self, *, obeys_setting_lock: bool = True) -> None:
        self.zones = dict(FACTORY)
        self.flash = dict(FACTORY)
        self.asleep = False
        self.silent = False
        self._obeys_setting_lock = obeys_setting_lock
        self._held = b""
        self._in_view = b""
        self._in_view_until = 0
        self._next_read_ms: int | None = None
        self._triggered_until: int | None = None

    @property
    def baud(self) -> int:
        divisor = self.zones[0x2A] | self.zones[0x2B] << 8
        return BAUDS.get(divisor, 9600)

    # ------------------------------------------------------------ the line

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:
        if self.silent:
            return []
        if self.asleep:  # the first bytes only wake it
            self.asleep = False
            return []
        self._held = (self._held + data)[-MAX_HELD:]
        sent: list[Sent] = []
        while (at := self._held.find(b"\x7e\x00")) >= 0:
            frame = self._held[at:]
            size = 8 + frame[3] if len(frame) >= HEAD_BYTES else HEAD_BYTES
            if len(frame) < size:
                break
            body, check = frame[2 : size - 2], frame[size - 2 : size]
            if check in (_crc(body), b"\xab\xcd"):
                self._held = frame[size:]
                sent += [(now_ms + REPLY_DELAY_MS, reply) for reply in self._do(body, now_ms)]
            else:
                self._held = frame[1:]
        return sent

    def _do(self, body: bytes, now_ms: int) -> list[bytes]:
        zone, data = int.from_bytes(body[2:4], "big"), body[4:]
        match body[0]:
            case 0x07 if data:
                return [_reply(bytes(self.zones.get(zone + step, 0) for step in range(data[0])))]
            case 0x08:
                for step, value in enumerate(data):
                    self._write(zone + step, value, now_ms)
                return [_reply(b"\x00")]
            case 0x09:
                if data == b"\x00":
                    self.flash = dict(self.zones)
                elif data == b"\xff":
                    self.zones, self.flash = dict(FACTORY), dict(FACTORY)
                return [_reply(b"\x00")]
            case 0x0A:
                return [b"\x03\x00\x00\x01\x00\x33\x31"]
        return []

    def _write(self, zone: int, value: int, now_ms: int) -> None:
        match zone:
            case 0x0002:
                if value & 1 and self._mode == COMMAND_MODE:
                    limit = self.zones[0x06]
                    self._triggered_until = now_ms + (limit * 100 if limit else FOR_EVER_MS)
            case 0x002C if value == 0:
                self.zones[0x2C] = self.zones[0x3F] = 0
            case _:
                self.zones[zone] = value
        self._look(now_ms)

    def due_ms(self) -> int | None:
        return self._next_read_ms

    def tick(self, now_ms: int) -> list[Sent]:
        sent: list[Sent] = []
        while self._next_read_ms is not None and self._next_read_ms <= now_ms:
            at_ms = self._next_read_ms
            self._next_read_ms = None
            if at_ms > self._in_view_until or self.silent:
                continue
            if self._mode == COMMAND_MODE:
                if self._triggered_until is None or at_ms > self._triggered_until:
                    continue
                self._triggered_until = None
            else:
                self._next_read_ms = at_ms + self._repeat_ms
            sent.append((at_ms, self._in_view + self._tail))
        return sent

    @property
    def _mode(self) -> int:
        return self.zones[0x00] & 0b11

    @property
    def _repeat_ms(self) -> int:
        delay = self.zones[0x13]
        return max(100, (delay & 0x7F) * 100 if delay & 0x80 else self.zones[0x05] * 100)

    @property
    def _tail(self) -> bytes:
        return TAILS[self.zones[0x60] >> 5 & 0b11] if self.zones[0x60] & 1 else b""

    def _look(self, now_ms: int) -> None:
        """Begin to decode what is in view, if anything is and the mode reads now."""
        reads = self._mode in (CONTINUOUS_MODE, SENSING_MODE) or (
            self._mode == COMMAND_MODE and self._triggered_until is not None
        )
        if reads and self._in_view and now_ms <= self._in_view_until and self._next_read_ms is None:
            self._next_read_ms = now_ms + DECODE_MS

    # ------------------------------------------------------------ what people do

    def show(self, code: str | bytes, now_ms: int, *, for_ms: int = 1_000) -> None:
        """Hold a code before the lens. Text that is not ASCII leaves in the encoding of zone 000D (GBK or UTF-8)."""
        encoding = "gbk" if self.zones[0x0D] >> 2 & 0b11 == 0 else "utf-8"
        self._in_view = code.encode(encoding, "replace") if isinstance(code, str) else code
        self._in_view_until = now_ms + for_ms
        self._next_read_ms = None
        self._look(now_ms)

    def show_picture(self, picture: bytes | Sequence[Sequence[bool]], now_ms: int, *, for_ms: int = 1_000) -> bytes:
        """Hold a picture before the lens: a PNG, or the rows of a QR matrix (True is dark). Returns what it reads."""
        image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else _drawn(picture)
        found = [code for code in zxingcpp.read_barcodes(image.convert("L")) if self._reads(code)]
        if not found:
            return b""
        code = bytes(found[0].bytes)
        self.show(code, now_ms, for_ms=for_ms)
        return code

    def _reads(self, code: zxingcpp.Barcode) -> bool:
        """Whether this kind of code is switched on."""
        return bool(self.zones[0x3F] if code.format == zxingcpp.BarcodeFormat.QRCode else self.zones[0x2C])

    def take_away(self) -> None:
        """Nothing is before the lens any more."""
        self._in_view_until = 0
        self._next_read_ms = None

    def show_setting_code(self, zone: int, value: int, now_ms: int) -> bool:
        """Hold a printed setting code before the lens. True when the module obeyed and saved."""
        if self.zones[0x03] & 0b10 and self._obeys_setting_lock:
            return False
        self._write(zone, value, now_ms)
        self.flash[zone] = value
        return True

    def power_cycle(self, _now_ms: int = 0) -> None:
        """Back to what was saved."""
        self.zones = dict(self.flash)
        self._held = b""
        self._triggered_until = None
        self.take_away()


def twin(_spot: Spot) -> Gm65:
    return Gm65()


def _crc(body: bytes) -> bytes:
    """CRC-16/XMODEM, bit by bit."""
    crc = 0
    for byte in body:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc.to_bytes(2, "big")


def _reply(data: bytes) -> bytes:
    body = bytes((0x00, len(data))) + data
    return b"\x02\x00" + body + _crc(body)


def _drawn(matrix: Sequence[Sequence[bool]]) -> Image.Image:
    """A QR matrix as a person sees it on a screen: four pixels a module and a quiet zone of four modules."""
    scale, quiet = 4, 4
    rows = [bytes(0 if dark else 255 for dark in row) for row in matrix]
    small = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    side = (len(rows) + 2 * quiet) * scale
    picture = Image.new("L", (side, side), 255)
    large = small.resize((small.width * scale, small.height * scale), Image.Resampling.NEAREST)
    picture.paste(large, (quiet * scale, quiet * scale))
    return picture
