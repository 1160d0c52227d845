"""A driver that is lost while it obeys: worlds and timelines tell of the command just as the station's runner does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pytest

from drivers.contract import (
    Clock,
    Command,
    CommandDone,
    DeviceDown,
    Outcome,
    Quantity,
    Signal,
    Unlock,
    WireLost,
    Wires,
    point_of,
)
from simulator.wires.timeline import Timeline
from simulator.wires.virtual import Bench, DriverClock
from simulator.world_seat import Seat
from simulator.world_time import Agenda

CELL = point_of("cells", 7)
DONE = CommandDone(CELL, "Unlock", Outcome.UNKNOWN, "the device was lost while it obeyed")
DOWN = DeviceDown("cells", "the port is gone")


class Pulled:
    """A board whose plug is pulled whenever it is to do something."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Unlock})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def poll(self) -> Iterable[Signal]:
        return ()

    def execute(self, command: Command) -> Iterable[Signal]:  # noqa: ARG002 - it comes to nothing
        raise WireLost("the port is gone")

    def rest_ms(self) -> int | None:
        return None

    def close(self) -> None:
        pass


def opened(wires: Wires, clock: Clock) -> Pulled:  # noqa: ARG001 - it needs neither
    return Pulled()


def test_a_timeline_tells_that_nothing_is_known_of_the_command_and_names_its_point() -> None:
    timeline = Timeline("cells", opened, Bench())
    timeline.poll(0)
    assert [signal for _, signal in timeline.execute(Unlock(CELL, 500), 10)] == [DONE, DOWN]


def test_a_timeline_names_the_point_of_a_command_that_comes_too_late() -> None:
    (_, told), *others = Timeline("cells", opened, Bench()).execute(Unlock(CELL, 500), 10)
    assert told == CommandDone(CELL, "Unlock", Outcome.NOT_SENT, "it does not answer")
    assert others == []


@pytest.mark.parametrize("waiting", [0, 2])
def test_a_seat_tells_that_nothing_is_known_of_the_command_and_that_the_others_were_not_sent(waiting: int) -> None:
    agenda, told = Agenda(), list[Signal]()
    seat = Seat("cells", agenda, DriverClock(), Pulled, told.extend)
    seat.start()
    agenda.run_to(100)
    told.clear()
    for _ in range(1 + waiting):
        seat.post(Unlock(CELL, 500))
    agenda.run_to(200)
    unsent = CommandDone(CELL, "Unlock", Outcome.NOT_SENT, "the device was lost before")
    assert told == [DONE, *[unsent] * waiting, DOWN]
