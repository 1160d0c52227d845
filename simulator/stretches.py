"""From when to when something was so, out of the moments at which it began and ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Stretch: TypeAlias = tuple[int, int]
"""From when to when, in milliseconds."""


def stretches(moves: Iterable[tuple[int, bool]], until_ms: int) -> Iterator[Stretch]:
    """Every stretch in which it was so. `moves` are in order of time; what is so already does not begin again.

    What has not ended yet ends at `until_ms`.
    """
    since_ms: int | None = None
    for at_ms, is_so in moves:
        if is_so and since_ms is None:
            since_ms = at_ms
        elif not is_so and since_ms is not None:
            yield since_ms, at_ms
            since_ms = None
    if since_ms is not None:
        yield since_ms, until_ms
