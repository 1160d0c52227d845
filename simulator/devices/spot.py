"""A place on the wall of a simulated station, as the twin that hangs there sees it.

`twin(spot)` in `simulator/devices/NAME.py` makes the twin of the driver NAME: nothing else has to know of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Spot:
    """What a twin needs to know of its place. `settings` are those of the station file, without the defaults."""

    name: str
    settings: Mapping[str, Any]
    rests_closed: bool = True
    """A contact's circuit, while nothing happens."""
    seed: int = 0
    now_ms: int = 0
    folder: Path = Path()
    """For devices that are files."""

    def picked(self, *keys: str) -> dict[str, Any]:
        """Those of the settings that the file gives and the twin calls by the same name."""
        return {key: self.settings[key] for key in keys if key in self.settings}
