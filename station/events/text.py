"""Events as rows and back, and the chain that binds the rows of a journal."""

from __future__ import annotations

import hashlib
import struct
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from drivers.contract import Row
from station.events import alarms, doors, health, holdings, loans, lockers, people, power, records, stock
from station.events.base import Event

CHAIN_BYTES = 16


def _kinds_in(module: ModuleType) -> dict[str, type[Event]]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__
    }


MODULES = (alarms, doors, health, holdings, loans, lockers, people, power, records, stock)
KINDS: dict[str, type[Event]] = {name: kind for module in MODULES for name, kind in _kinds_in(module).items()}
"""Every kind by its name."""

_adapters: dict[str, TypeAdapter[Any]] = {}


def _adapter(kind: str) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(KINDS[kind])
    return _adapters[kind]


def body_of(event: Event) -> str:
    """The event's fields as compact JSON text."""
    kind = type(event).__name__
    return _adapter(kind).dump_json(event).decode()


def read_event(kind: str, body: str) -> Event | None:
    """The event of a row. None for a kind that this version does not know: store and show it, do not fold it.

    Raises ValueError when a known kind's body does not fit.
    """
    if kind not in KINDS:
        return None
    try:
        event: Event = _adapter(kind).validate_json(body)
    except ValidationError as fault:
        raise ValueError(f"a row of kind {kind} cannot be read: {fault.errors()[0]['msg']}") from fault
    return event


def first_chain(journal: str) -> bytes:
    """The chain before a journal's first row (16 bytes); `journal` is its id, 32 hex digits."""
    return hashlib.sha256(b"micro-station journal 1" + bytes.fromhex(journal)).digest()[:CHAIN_BYTES]


def next_chain(before: bytes, row: Row) -> bytes:
    """The chain after `row` (16 bytes): SHA-256 over the chain before it and its length-prefixed fields, cut."""
    boot, kind, body = row.boot.encode(), row.kind.encode(), row.body.encode()
    numbers = struct.pack(">QqqB", row.seq, row.at_ms, row.steady_ms, row.priority)
    fields = b"".join(len(part).to_bytes(4, "big") + part for part in (numbers, boot, kind, body))
    return hashlib.sha256(before + fields).digest()[:CHAIN_BYTES]
