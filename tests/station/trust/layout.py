"""A second, tiny reading of CBOR and base45 for the tests, so that no mistake of `station.trust` hides in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cbor2

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

Path = tuple[str | int, ...]

LONGER_HEADS = (1, 2, 4, 8)
INDEFINITE = 0


def base45_decode(text: str) -> bytes:
    """RFC 9285 by its own words. Raises ValueError for what it forbids."""
    data = b""
    for start in range(0, len(text), 3):
        digits = [ALPHABET.index(letter) for letter in text[start : start + 3]]
        if len(digits) == 1:
            raise ValueError("a single character")
        value = sum(digit * 45**place for place, digit in enumerate(digits))
        data += value.to_bytes(len(digits) - 1, "big") if value < 256 ** (len(digits) - 1) else _too_much()
    return data


def _too_much() -> bytes:
    raise ValueError("a group too large")


def base45_encode(data: bytes) -> str:
    """RFC 9285 by its own words."""
    text = ""
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        value = int.from_bytes(pair, "big")
        text += "".join(ALPHABET[value // 45**place % 45] for place in range(len(pair) + 1))
    return text


def strict_loads(data: bytes) -> Any:
    """One deterministic CBOR item. Raises ValueError for anything else.

    Its sorted keys are cbor2's (length first), the same as bytewise for the one- and five-byte keys used here.
    """
    try:
        value = cbor2.loads(data, max_depth=8, allow_indefinite=False, allow_duplicate_keys=False)
    except Exception as fault:  # a tag's content may fail in any way, and all of it is CBOR that nobody takes
        raise ValueError("no CBOR") from fault
    if not _plain(value) or cbor2.dumps(value, canonical=True) != data:
        raise ValueError("not deterministic, or of a kind that no format holds")
    return value


def _plain(value: object) -> bool:
    if isinstance(value, list):
        return all(_plain(item) for item in value)
    if isinstance(value, dict):
        return all(type(key) is int and _plain(key) and _plain(item) for key, item in value.items())
    if type(value) is int:
        return -(2**64) <= value < 2**64  # larger ones are tagged
    return type(value) in (bool, str, bytes)


def head(major: int, argument: int, size: int | None = None) -> bytes:
    """An item's head, in its shortest form or with its argument in `size` bytes."""
    if size is None:
        size = next((width for width in (0, *LONGER_HEADS) if argument < (24 if width == 0 else 256**width)), 8)
    if size == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + argument.to_bytes(size, "big")


class OddEncoder:
    """Encodes like everybody, but item number `odd` (keys count too) in a longer or an indefinite form."""

    def __init__(self, odd: int, form: int) -> None:
        self._left = odd
        self._form = form
        self.changed = False

    def encode(self, value: object) -> bytes:
        """The bytes of `value`."""
        odd = self._left == 0
        self._left -= 1
        match value:
            case bool():
                return b"\xf5" if value else b"\xf4"
            case int():
                return self._head(1, -1 - value, odd) if value < 0 else self._head(0, value, odd)
            case bytes():
                return self._string(2, value, odd)
            case str():
                return self._string(3, value.encode(), odd)
            case list():
                return self._many(4, [self.encode(item) for item in value], len(value), odd)
            case dict():
                items = [self.encode(part) for pair in sorted(value.items(), key=_bytewise) for part in pair]
                return self._many(5, items, len(value), odd)
        raise TypeError(type(value))

    def _head(self, major: int, argument: int, odd: bool) -> bytes:
        shortest = head(major, argument)
        if not odd or self._form == INDEFINITE or self._form < len(shortest):
            return shortest
        self.changed = True
        return head(major, argument, self._form)

    def _string(self, major: int, value: bytes, odd: bool) -> bytes:
        if odd and self._form == INDEFINITE:
            self.changed = True
            return bytes([major << 5 | 31]) + head(major, len(value)) + value + b"\xff"
        return self._head(major, len(value), odd) + value

    def _many(self, major: int, items: list[bytes], count: int, odd: bool) -> bytes:
        if odd and self._form == INDEFINITE:
            self.changed = True
            return bytes([major << 5 | 31]) + b"".join(items) + b"\xff"
        return self._head(major, count, odd) + b"".join(items)


def _bytewise(pair: tuple[int, object]) -> bytes:
    return cbor2.dumps(pair[0])


def count_items(value: object) -> int:
    """How many items, keys and containers included, `value` is made of."""
    if isinstance(value, list):
        return 1 + sum(count_items(item) for item in value)
    if isinstance(value, dict):
        return 1 + sum(count_items(key) + count_items(item) for key, item in value.items())
    return 1


def odd_forms(value: object) -> Iterator[bytes]:
    """Every encoding of `value` in which one item is longer than need be, or of indefinite length."""
    for odd in range(count_items(value)):
        for form in (INDEFINITE, *LONGER_HEADS):
            encoder = OddEncoder(odd, form)
            data = encoder.encode(value)
            if encoder.changed:
                yield data


def map_of(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """A map of encoded keys and values, in the order given, whatever it is."""
    return head(5, len(pairs)) + b"".join(key + value for key, value in pairs)


def leaves(value: object, path: Path = ()) -> dict[Path, object]:
    """Every leaf of a decoded value by its path; containers stand in it with their size, so that shapes compare."""
    if isinstance(value, list):
        found: dict[Path, object] = {(*path, "array"): len(value)}
        for place, item in enumerate(value):
            found |= leaves(item, (*path, place))
        return found
    if isinstance(value, dict):
        found = {(*path, "map"): len(value)}
        for key, item in value.items():
            found |= leaves(item, (*path, key))
        return found
    return {path: value}
