"""Nonces: short secrets on the station's own screen that show an order is meant for this screen and for now."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from station.trust.refusal import Reason, Refused

NONCE_BYTES = 10
NONCE_CHARACTERS = 16
"""Ten bytes are exactly 16 characters of base32, without padding."""
NONCE_STEP_SECONDS = 20
"""How often the screen's code changes."""
NONCE_VALID_SECONDS = 90
"""How long a nonce stands after it left the screen, by steady time: slow phones."""
ASKED_NONCE_VALID_SECONDS = 30
"""How long a nonce stands that the office asked for; it serves one order."""
MAX_ORDERS_PER_NONCE = 32
"""Residents who scan the same picture at opening time."""
SCREEN_BLANK_SECONDS = 25
"""A screen without an update for so long shows nothing: a frozen page must not keep a nonce in sight."""
MAX_HOLD_SECONDS = 1800
"""The longest time for which one order holds a state; the office sends it again before it lapses."""


def nonce(secret: bytes, screen: str, step: int) -> bytes:
    """The nonce (10 bytes) that `screen` shows in `step`. `secret` is the 32 random bytes of this recovery."""
    return _cut(secret, b"shown", screen.encode(), step.to_bytes(8, "big"))


def asked_nonce(secret: bytes, counter: int) -> bytes:
    """The nonce (10 bytes) that answers the `counter`-th question of the office since this recovery."""
    return _cut(secret, b"asked", counter.to_bytes(8, "big"))


def find_step(secret: bytes, screen: str, steps: Iterable[int], given: bytes) -> int | None:
    """The step among `steps` in which `screen` showed the nonce `given`; None when it showed it in none of them.

    Every candidate is compared, in constant time.
    """
    found = None
    for step in steps:
        if hmac.compare_digest(nonce(secret, screen, step), given):
            found = step
    return found


def nonce_text(value: bytes) -> str:
    """The nonce as 16 upper-case base32 characters (RFC 4648, 6), which keep the QR code small."""
    return base64.b32encode(value).decode("ascii")


def read_nonce_text(text: str) -> bytes:
    """The nonce in a text. Raises `Refused` (wrong_type) for anything that `nonce_text` does not write."""
    if len(text) != NONCE_CHARACTERS:
        raise Refused(Reason.WRONG_TYPE, f"a nonce is {NONCE_CHARACTERS} characters long")
    try:
        return base64.b32decode(text)
    except (binascii.Error, ValueError) as fault:
        raise Refused(Reason.WRONG_TYPE, "a nonce is written in upper-case base32") from fault


def _cut(secret: bytes, *parts: bytes) -> bytes:
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(secret, message, hashlib.sha256)[:NONCE_BYTES]
