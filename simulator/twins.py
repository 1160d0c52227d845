"""From the name of a driver to its simulated device.

The twin of `gpio-lock` is made by `twin(spot)` in `simulator/devices/gpio_lock.py`; adding one touches no list.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

from simulator.devices.spot import Spot

Maker: TypeAlias = Callable[[Spot], Any]


def maker_of(driver: str) -> Maker:
    """What makes the twin of this driver. Raises ValueError when nothing simulates it."""
    path = f"simulator.devices.{driver.replace('-', '_')}"
    found: Maker | None = getattr(import_module(path), "twin", None) if find_spec(path) else None
    if found is None:
        raise ValueError(f"no simulated device for the driver {driver}: {path} has no twin")
    return found
