"""Deterministic CBOR (RFC 8949, 4.2.1): bytes are taken only in the one form that `encode` would give them.

The formats here hold integers, byte strings, text, booleans, arrays and maps. Tags, floats, null, undefined and other
simple values are refused before `cbor2` sees them, so that none of its decoders for dates, decimals or references runs.
"""

from __future__ import annotations

from typing import TypeAlias

import cbor2

from station.trust.refusal import Reason, Refused

MAX_CODE_BYTES = 512
"""The longest token, as scanned and as decoded."""
MAX_DEPTH = 8
"""Arrays and maps inside one another."""

Cbor: TypeAlias = int | bytes | str | bool | list["Cbor"] | dict[int, "Cbor"]

_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7
_FALSE, _TRUE = 20, 21
_INDEFINITE = 31
_MAX_INTEGER = 2**64 - 1


def encode(value: Cbor) -> bytes:
    """The deterministic bytes of `value`. Raises ValueError for a value that the formats do not know."""
    return cbor2.dumps(_ordered(value))


def decode(data: bytes, max_bytes: int = MAX_CODE_BYTES) -> object:
    """The value in `data`: int, bytes, str, bool, list or dict. Raises `Refused`."""
    if len(data) > max_bytes:
        raise Refused(Reason.TOO_LONG, f"{len(data)} bytes of CBOR, at most {max_bytes} are taken")
    _refuse_foreign_items(data)
    try:
        value: object = cbor2.loads(data, max_depth=MAX_DEPTH)
    except cbor2.CBORDecodeError as fault:
        raise Refused(
            Reason.BAD_CBOR, "the CBOR ends too early, is nested too deep or holds text that is not UTF-8"
        ) from fault
    try:
        again = cbor2.dumps(_ordered(value))
    except ValueError as fault:
        raise Refused(Reason.WRONG_TYPE, str(fault)) from fault
    if again != data:
        raise Refused(
            Reason.NOT_CANONICAL, "not the shortest form, keys out of order or twice, or bytes behind the end"
        )
    return value


def _ordered(value: object) -> object:
    """`value` with every map's keys in bytewise order of their encodings."""
    if type(value) is list:
        return [_ordered(item) for item in value]
    if type(value) is dict:
        if any(type(key) is not int for key in value):
            raise ValueError("a map has a key that is not an integer")
        return {key: _ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
    if type(value) is int and -1 - _MAX_INTEGER <= value <= _MAX_INTEGER:
        return value
    if type(value) in (bytes, str, bool):
        return value
    raise ValueError(f"{type(value).__name__} is not a kind of value that the formats know")


def _refuse_foreign_items(data: bytes) -> None:
    """Walk over the heads of all items, without recursion: nested items simply follow their head."""
    place = 0
    while place < len(data):
        major, info = data[place] >> 5, data[place] & 0x1F
        size = 0 if info < 24 else 1 << (info - 24)  # noqa: PLR2004 (RFC 8949, 3: 24 to 27 announce 1 to 8 bytes)
        _refuse_foreign_head(major, info, place)
        argument = info if size == 0 else int.from_bytes(data[place + 1 : place + 1 + size], "big")
        place += 1 + size
        # Each item of an array takes at least one byte: a head may not announce more than is there.
        announced = {_BYTES: argument, _TEXT: argument, _ARRAY: argument, _MAP: 2 * argument}.get(major, 0)
        if place + announced > len(data):
            raise Refused(Reason.BAD_CBOR, f"the item before {place} announces more than there is")
        if major in (_BYTES, _TEXT):
            place += argument


def _refuse_foreign_head(major: int, info: int, place: int) -> None:
    if info == _INDEFINITE:
        raise Refused(Reason.NOT_CANONICAL, f"indefinite length or a break at {place}")
    if info > 27:  # noqa: PLR2004 (reserved, RFC 8949, 3)
        raise Refused(Reason.BAD_CBOR, f"a reserved head at {place}")
    if major == _TAG or (major == _SIMPLE and info not in (_FALSE, _TRUE)):
        raise Refused(Reason.WRONG_TYPE, f"a tag, float, null or simple value at {place}")
