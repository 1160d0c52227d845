"""Services that name other services: each must be there and of the right kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.faults import Fault, Path, nearest

if TYPE_CHECKING:
    from config.load import Loaded


def must_be(
    loaded: Loaded, path: Path, given: tuple[str, ...], tables: type | tuple[type, ...], kind: str
) -> Iterator[Fault]:
    """A fault for every name that is no service of these tables; `kind` is what one is called."""
    fitting = [name for name, service in loaded.services.items() if isinstance(service, tables)]
    for name in given:
        if name in loaded.services and name not in fitting:
            words = f"{name} is no {kind}"
        elif name not in loaded.named_services:
            words = f"there is no {kind} called {name}"
        else:
            continue
        yield loaded.places.error(path, words, nearest(name, fitting))
