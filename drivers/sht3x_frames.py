"""Bytes of Sensirion SHT3x humidity sensors (SHT30, 31, 35): commands, and words that each carry their own checksum.

Source: Datasheet SHT3x-DIS. Big-endian words, CRC-8 with polynomial 31 and start FF. Pure: bytes in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass

SOFT_RESET = b"\x30\xa2"
MEASURE = b"\x24\x00"
"""Single shot, high repeatability, no clock stretching: the sensor acknowledges no read until it has measured."""

REPLY_BYTES = 6
_WORD_BYTES = 2
_FULL_SCALE = 65_535


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the air is like."""

    temperature_c: float
    humidity_percent: float


def crc8(data: bytes) -> int:
    check = 0xFF
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = (check << 1 ^ 0x31 if check & 0x80 else check << 1) & 0xFF
    return check


def read(reply: bytes) -> Measurement | None:
    """None for what no sensor sends whole: another length, or a wrong checksum in one of the two words."""
    if len(reply) != REPLY_BYTES:
        return None
    temperature, humidity = reply[:3], reply[3:]
    if any(crc8(word[:_WORD_BYTES]) != word[_WORD_BYTES] for word in (temperature, humidity)):
        return None
    return Measurement(
        temperature_c=-45 + 175 * int.from_bytes(temperature[:_WORD_BYTES], "big") / _FULL_SCALE,
        humidity_percent=100 * int.from_bytes(humidity[:_WORD_BYTES], "big") / _FULL_SCALE,
    )
