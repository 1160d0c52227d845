"""Tables in the state are never changed: a change is a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def with_item(table: Mapping[Key, Value], key: Key, value: Value) -> dict[Key, Value]:
    """A copy of `table` in which `key` has `value`."""
    return {**table, key: value}


def without_item(table: Mapping[Key, Value], key: Key) -> dict[Key, Value]:
    """A copy of `table` without `key`."""
    return {other: value for other, value in table.items() if other != key}
