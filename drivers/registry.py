"""From the name of a driver in the station file to its module.

`gpio-lock` is `drivers/gpio_lock.py`; adding one of ours touches no list. Other people's drivers come from the
entry-point group `station.drivers`, whose entries name a module of the same shape.
"""

from __future__ import annotations

import difflib
import pkgutil
import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, Protocol, cast

import drivers
from drivers import contract
from drivers.settings import DeviceSettings

GROUP = "station.drivers"

_NAME = re.compile(r"[a-z][a-z0-9-]{1,31}")


class UnknownDriver(LookupError):
    """No driver has this name; the message lists those that exist."""


class DriverModule(Protocol):
    """What a driver module holds."""

    @property
    def Settings(self) -> type[DeviceSettings]: ...  # noqa: N802 - a class of the module

    @property
    def Driver(self) -> DriverClass: ...  # noqa: N802 - a class of the module


class DriverClass(Protocol):
    """`Driver(name, settings, wires, clock)`: opens the device or raises `WireLost`."""

    accepts: frozenset[type[contract.Command]]
    gives: frozenset[contract.Quantity]

    # Each driver takes its own settings class, the one that stands beside it.
    @property
    def __call__(self) -> Callable[[str, Any, contract.Wires, contract.Clock], contract.Driver]: ...


def find(name: str) -> DriverModule:
    """The driver module called `name` in a station file. Raises `UnknownDriver`."""
    if _NAME.fullmatch(name):
        path = f"drivers.{name.replace('-', '_')}"
        module = import_module(path) if find_spec(path) else _from_entry_point(name)
        if _is_driver(module):
            return cast("DriverModule", module)
    names = known()
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
    raise UnknownDriver(f"no driver is called {name!r}; {hint}")


def known() -> tuple[str, ...]:
    """The names of all drivers that can be found, sorted; other people's modules are not imported for this."""
    modules = [module.name for module in pkgutil.iter_modules(drivers.__path__) if not module.ispkg]
    ours = [name.replace("_", "-") for name in modules if _is_driver(import_module(f"drivers.{name}"))]
    return tuple(sorted({*ours, *(entry.name for entry in entry_points(group=GROUP))}))


def _from_entry_point(name: str) -> object:
    return next((entry.load() for entry in entry_points(group=GROUP) if entry.name == name), None)


def _is_driver(module: object) -> bool:
    settings = getattr(module, "Settings", None)
    driver = getattr(module, "Driver", None)
    return (
        isinstance(settings, type)
        and issubclass(settings, DeviceSettings)
        and isinstance(driver, type)
        and driver is not contract.Driver
    )
