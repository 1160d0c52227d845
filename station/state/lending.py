"""Loans as the state knows them: what names one between stations, and what is going on at a stand or a shelf."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from station.state.request import Request

LOAN_ID_BYTES = 16


def loan_id(station: str, service: str, thing: str) -> str:
    """The name of a loan everywhere, 32 hex digits: of the station, service and thing of its `ThingTaken`.

    SHA-256 over the length-prefixed fields (4 bytes, big-endian), cut, so that it fits where an order names a thing.
    """
    parts = (one.encode() for one in (station, service, thing))
    fields = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(fields).digest()[:LOAN_ID_BYTES].hex()


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody is about to put something into a slot. `asked`: they said so, and another free slot will do as well."""

    request: Request
    until_ms: int
    asked: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something was put into a slot and the slot has caught it when it is still shut at `until_ms`."""

    until_ms: int
    request: Request | None = None  # of whom it is, when they said so


@dataclass(frozen=True, slots=True)
class ShelfVisit:
    """Somebody at a shelf has said who they are: what is scanned until `until_ms` is theirs.

    `returns`: they only bring books back.
    """

    request: Request
    until_ms: int
    returns: bool = False


@dataclass(frozen=True, slots=True)
class BookSeen:
    """The latest ISBN at a shelf's reader; while the book stays in view it is one scan."""

    isbn: str
    at_ms: int
