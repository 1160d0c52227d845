"""The text of a code that a scanner reads: a scheme of four characters, then base45."""

from __future__ import annotations

from station.trust import base45
from station.trust.cbor import MAX_CODE_BYTES
from station.trust.refusal import Reason, Refused

SCHEME_CHARACTERS = 4
"""`SG1:`, `SG2:`, `SO1:`: two letters for the kind, one digit for its version, a colon."""


def read_code(text: bytes, schemes: frozenset[str]) -> tuple[str, bytes]:
    """The scheme and the bytes of a code in one of `schemes`. Raises `Refused`, the cheapest reason first."""
    if len(text) > MAX_CODE_BYTES:
        raise Refused(Reason.TOO_LONG, f"a code of {len(text)} bytes, at most {MAX_CODE_BYTES} are taken")
    if not text.isascii():
        raise Refused(Reason.NOT_TEXT, "a byte that no code contains")
    scheme = text[:SCHEME_CHARACTERS].decode("ascii")
    if scheme not in schemes:
        raise Refused(Reason.UNKNOWN_SCHEME, "no code of ours, or not one that is taken here")
    return scheme, base45.decode(text[SCHEME_CHARACTERS:])


def write_code(scheme: str, data: bytes) -> str:
    """The text of a code. Raises `Refused` (too_long) when no scanner would take it."""
    text = scheme + base45.encode(data)
    if len(text) > MAX_CODE_BYTES:
        raise Refused(Reason.TOO_LONG, f"a code of {len(text)} characters, at most {MAX_CODE_BYTES} are taken")
    return text
