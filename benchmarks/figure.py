"""One measured figure beside its limit, and whether it keeps to what was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`limit` is what this machine gave in the same run without our program; `asked` is the bound, at most."""

    name: str
    value: float
    unit: str
    limit: float
    asked: float | None = None

    @property
    def missed(self) -> bool:
        """True when the bound is not kept."""
        return self.asked is not None and self.value > self.asked

    @property
    def ratio(self) -> float | None:
        """How many times the limit; None when the limit was too small to measure."""
        return self.value / self.limit if self.limit > 0 else None

    def as_json(self) -> str:
        """One object on one line."""
        ratio = None if self.ratio is None else round(self.ratio, 2)
        document = {"name": self.name, "value": round(self.value, 3), "unit": self.unit, "limit": round(self.limit, 3)}
        return json.dumps({**document, "ratio": ratio})

    def as_line(self) -> str:
        """For people."""
        asked = f", asked at most {self.asked:g}" if self.asked is not None else ""
        times = f" ({self.ratio:.1f} times)" if self.ratio is not None else ""
        return f"{self.name:20} {self.value:9.2f} {self.unit:9} limit {self.limit:.2f}{times}{asked}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share (0 to 1) of the values does not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * len(ordered) * 1_000_000) // 1_000_000) - 1))]
