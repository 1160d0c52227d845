"""Who holds a pass: an id that differs from station to station, and a role."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

HOLDER_BYTES = 16


class Role(StrEnum):
    """What somebody is to a station."""

    RESIDENT = "resident"
    COURIER = "courier"
    VOLUNTEER = "volunteer"
    KEEPER = "keeper"


ROLE_NUMBERS = {Role.RESIDENT: 0, Role.COURIER: 1, Role.VOLUNTEER: 2, Role.KEEPER: 3}
"""Roles as passes and orders write them; numbers are never used again for another role."""
ROLES = {number: role for role, number in ROLE_NUMBERS.items()}


def holder_id(office_key: bytes, person: str, station: str) -> bytes:
    """The holder id (16 bytes) of a person at a station: HMAC-SHA256 (RFC 2104) under the office's key, cut.

    Without the key nobody can tell which ids of two stations are the same person. `station` is the pass's audience:
    a pass for a group of stations has the group's id everywhere in that group.
    """
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (b"holder", person.encode(), station.encode()))
    return hmac.digest(office_key, message, hashlib.sha256)[:HOLDER_BYTES]
