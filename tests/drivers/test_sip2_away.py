"""A shelf, its rules, the driver and a library that comes and goes: in the end it knows every loan, once, in order."""

from collections.abc import Iterator
from random import Random

import pytest

from drivers.contract import CommandDone, DeviceDown, DeviceUp, LoanReported, ReportLoan, Signal
from simulator.devices.sip2 import Sip2
from simulator.faults import Fault, Faults
from simulator.wires.stream import Channel
from station.events import LibraryNotTold, ThingGivenBack, ThingTaken
from tests.drivers.rig import VirtualRoom
from tests.station.rules.test_books import ANNA, BERT, LOGIC, POEMS
from tests.station.rules.test_library import LibraryDesk

MINUTE_MS = 60_000
LONG_MS = 30 * MINUTE_MS


class Shelf:
    """The rules on a desk, the driver and its library on virtual time, and nothing between them but their words."""

    def __init__(self) -> None:
        self.desk = LibraryDesk(per_person=9)
        self.room = VirtualRoom()
        self.library = Sip2()
        self.channel = self.room.bench.services["127.0.0.1:6001"] = Channel(self.library)
        self.room.add("library", "sip2", institution="LIB")
        self._posted = 0
        self.pass_time(0)

    def pass_time(self, milliseconds: int) -> None:
        for _ in range(max(1, milliseconds // MINUTE_MS)):
            self.desk.steady_ms += min(milliseconds, MINUTE_MS)
            heard = [*self.room.run(min(milliseconds, MINUTE_MS)), *self._post()]
            while heard:
                signal, *heard = heard
                if isinstance(signal, DeviceUp | DeviceDown | LoanReported | CommandDone):
                    self.desk.feed(signal)
                heard += self._post()

    def _post(self) -> list[Signal]:
        given: list[ReportLoan] = self.desk.given[self._posted :]
        self._posted += len(given)
        return [signal for report in given for signal in self.room.command(report)]

    def scan(self, holder: bytes, *books: str) -> None:
        self.desk.ask("begin", holder)
        for book in books:
            self.desk.book(book)

    def recorded(self) -> list[tuple[bool, str]]:
        return [
            (isinstance(event, ThingTaken), event.thing)
            for event in self.desk.events
            if isinstance(event, ThingTaken | ThingGivenBack)
        ]

    def entered(self) -> list[tuple[bool, str]]:
        return [(entry.out, entry.item) for entry in self.library.entries]

    def holders(self) -> dict[str, str]:
        return {one.thing: one.holder for one in self.desk.state.recorded.holdings.values()}


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.room.close()


def test_a_library_that_was_away_for_an_hour_knows_everything_a_minute_later(shelf: Shelf) -> None:
    shelf.library.stop()
    for _ in range(6):
        shelf.scan(ANNA, LOGIC, POEMS)
        shelf.scan(BERT, LOGIC)
        shelf.pass_time(10 * MINUTE_MS)
    assert shelf.entered() == []
    shelf.library.start()
    shelf.pass_time(2 * MINUTE_MS)
    assert shelf.entered() == shelf.recorded()
    assert shelf.library.loans == shelf.holders()


@pytest.mark.parametrize("fault", [None, *Fault])
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_every_loan_is_there_once_and_in_order(shelf: Shelf, fault: Fault | None, seed: int) -> None:
    random = Random(seed)
    shelf.channel.faults = Faults(seed=seed, chances={fault: 0.3} if fault is not None else {})
    for _ in range(60):
        match random.randrange(6):
            case 0:
                shelf.library.stop()
            case 1:
                shelf.library.hang_up()
            case 2:
                shelf.library.swallows = random.randrange(1, 7)
            case 3:
                shelf.library.speaks_damaged = random.randrange(1, 4)
            case 4:
                shelf.library.hears_damaged = random.randrange(1, 4)
            case _:
                shelf.library.start()
        shelf.scan(random.choice((ANNA, BERT)), random.choice((LOGIC, POEMS)))
        shelf.pass_time(random.choice((0, MINUTE_MS, 3 * MINUTE_MS)))
    shelf.library.start()
    shelf.channel.faults = Faults()
    shelf.pass_time(LONG_MS)
    assert shelf.desk.told(LibraryNotTold) == []
    assert shelf.entered() == shelf.recorded()
    assert shelf.library.loans == shelf.holders()
