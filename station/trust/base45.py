"""Base45 (RFC 9285), strict: every byte string has exactly one text, and every other text is refused."""

from __future__ import annotations

from station.trust.refusal import Reason, Refused

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""What a QR code stores in its alphanumeric mode, 5.5 bits a character."""

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_BASE = len(ALPHABET)


def encode(data: bytes) -> str:
    """The text of `data`: three characters for two bytes, two for a last single one."""
    text = bytearray()
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, _BASE)
            text.append(ALPHABET[digit])
    return text.decode("ascii")


def decode(text: bytes) -> bytes:
    """The bytes of `text`. Raises `Refused` (bad_base45) for anything that `encode` does not write."""
    data = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        size = len(group) - 1
        if size == 0:
            raise Refused(Reason.BAD_BASE45, f"one character is left over at {start}")
        number = 0
        for letter in reversed(group):
            value = _VALUES.get(letter)
            if value is None:
                raise Refused(Reason.BAD_BASE45, f"a character outside the alphabet in the group at {start}")
            number = number * _BASE + value
        if number >> (8 * size):
            raise Refused(Reason.BAD_BASE45, f"the group at {start} stands for more than {size} bytes")
        data += number.to_bytes(size, "big")
    return bytes(data)
