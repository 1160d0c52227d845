"""Bugs of the services that are planted one at a time, to see that their promises find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drivers.contract import Command, Unlock
from station import state
from station.rules import appliances, holdings, lockers, openings, supply
from station.rules.site import LockerService
from station.rules.turn import Turn

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def a_cell_has_two_holders(patch: Patch) -> None:
    patch.setattr(lockers, "is_free", lambda _turn, _service, number: number == "1")


def cells_open_for_anybody(patch: Patch) -> None:
    take = lockers._take

    def takes(turn: Turn, service: LockerService, request: state.Request) -> None:
        held = holdings.held(turn.state, service.name)
        if held:
            lockers._open_for(turn, service, held[0].thing, openings.OPENED, request)
        else:
            take(turn, service, request)

    patch.setattr(lockers, "_ACTIONS", {**lockers._ACTIONS, "take": takes})


def a_socket_is_left_on(patch: Patch) -> None:
    patch.setattr(supply, "_switch_off", lambda *_: None)
    patch.setattr(supply, "off_due", lambda *_: None)


def a_coil_is_driven_twice(patch: Patch) -> None:
    ask = Turn.ask

    def asks(turn: Turn, command: Command, *, until_ms: int | None = None) -> None:
        ask(turn, command, until_ms=until_ms)
        if isinstance(command, Unlock) and "/" in command.device:
            ask(turn, command, until_ms=until_ms)

    patch.setattr(Turn, "ask", asks)


def two_big_loads_run_at_once(patch: Patch) -> None:
    patch.setattr(appliances, "check_may_start", lambda *_: None)


def what_is_given_back_stays_at_the_office(patch: Patch) -> None:
    def folds(recorded: state.Recorded, event: Any, row: Any) -> state.Recorded:
        after = state.fold(recorded, event, row)
        return recorded if type(event).__name__ == "ThingGivenBack" else after

    patch.setattr("central.folding.fold", folds)


BUGS: tuple[tuple[Plant, str], ...] = (
    (a_cell_has_two_holders, "while"),
    (cells_open_for_anybody, "without a right"),
    (a_socket_is_left_on, "nobody had it"),
    (a_coil_is_driven_twice, "without a right"),
    (two_big_loads_run_at_once, "were both on"),
    (what_is_given_back_stays_at_the_office, "as lent"),
)
"""Each with words of the promise that it breaks."""
