"""Codes that somebody chose on a touch screen: hashed, compared, and nowhere kept.

Six digits are few: whoever has the journal can try them all. The hash keeps a code from being read, and the tries at
the screen are bounded (`station/rules/codes.py`).
"""

from __future__ import annotations

import hashlib
import hmac
from itertools import pairwise

CODE_DIGITS = 6
SALT_BYTES = 16
ITERATIONS = 10_000
"""Of PBKDF2-HMAC-SHA256 (RFC 8018): about 6 ms here. Codes that were chosen before a change could not be checked."""


def new_salt(secret: bytes, service: str, thing: str, steady_ms: int) -> bytes:
    """A salt (16 bytes) for a code that is chosen now. `secret` is the 32 random bytes of this recovery."""
    parts = (b"code", service.encode(), thing.encode(), steady_ms.to_bytes(8, "big"))
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(secret, message, hashlib.sha256)[:SALT_BYTES]


def code_hash(digits: str, salt: bytes) -> bytes:
    """What is kept of a code, 32 bytes."""
    return hashlib.pbkdf2_hmac("sha256", digits.encode(), salt, ITERATIONS)


def fits(digits: str, salt: bytes, expected: bytes) -> bool:
    """Whether these digits are the code, in constant time."""
    return hmac.compare_digest(code_hash(digits, salt), expected)


def is_guessable(digits: str) -> bool:
    """One digit six times, or digits in a row: what everybody tries first."""
    steps = {int(after) - int(before) for before, after in pairwise(digits)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
