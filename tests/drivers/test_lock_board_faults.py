"""Every fault of a wire and of a board against every lock board's driver: what is told, what moves, how long it lasts.

One scene for all: the board works, the fault begins, a cell is opened, the fault ends after `FAULT_MS`, another cell is
shut by hand at that moment. A row says what may become of the order, whether the device is lost, and within what time
after the end that other cell is told. In every row the coil has been fired once, or never where no order arrived.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.contract import DeviceDown, DeviceUp, JunkReceived, LevelChanged, Outcome, Quantity, Unlock
from simulator.devices.bus import Bus
from simulator.devices.lock_board import LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.devices.lockboard_dc02 import LockboardDc02
from simulator.devices.lockboard_wkly import LockboardWkly
from simulator.faults import Fault, Faults
from tests.drivers.bus_rig import BusRoom
from tests.drivers.lock_boards import KINDS, Stand, make_stand

FAULT_MS = 6_000
CELL, OTHER = 3, 5
SOON_MS = 1_000
"""One reading, and the wait for it."""
REOPENED_MS = 6_000
"""A board that was lost is looked for after 1, 2, 4 s."""

ALL = frozenset(KINDS)
A8, WKLY, CU16, DC02 = "lockboard-8a", "lockboard-wkly", "lockboard-cu16", "lockboard-dc02"
OBSERVED, ACKED, UNKNOWN = Outcome.OBSERVED, Outcome.ACKED, Outcome.UNKNOWN

Deed = Callable[[Stand], object]


def _nothing(_: Stand) -> None:
    return


def _tell_of_cell_9(stand: Stand) -> None:
    """In its own language; for those without such frames it is another board's status."""
    stand.board.says_before = {
        Lockboard8a: bytes.fromhex("82 01 09 00 8A"),
        LockboardWkly: bytes.fromhex("57 4B 4C 59 0A 00 85 09 00 8F"),
        LockboardCu16: bytes.fromhex("02 10 35 FF FF 00 00 03 48"),
        LockboardDc02: bytes.fromhex("DC FE 02 12 02 01 00 17"),
    }[type(stand.board)]


def _say_nothing_before(stand: Stand) -> None:
    stand.board.says_before = b""


@dataclass(frozen=True)
class Row:
    """One fault. `outcomes` by driver where they differ; `lost`: which drivers lose the device."""

    name: str
    begin: Deed
    end: Deed
    outcome: Outcome
    other_outcomes: dict[str, Outcome] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    told_within_ms: int = SOON_MS
    junk: bool | None = False
    fires: int = 1


def line(fault: Fault, outcome: Outcome, **more: Any) -> Row:
    """The same thing happens to every answer on the line."""

    def begin(stand: Stand) -> None:
        stand.port.line.faults = Faults(chances={fault: 1.0})

    def end(stand: Stand) -> None:
        stand.port.line.faults = Faults()

    return Row(fault.value, begin, end, outcome, **more)


def board(name: str, value: object, mended: object, outcome: Outcome, **more: Any) -> Row:
    """The board itself has the fault."""
    return Row(
        name,
        lambda stand: setattr(stand.board, name, value),
        lambda stand: setattr(stand.board, name, mended),
        outcome,
        **more,
    )


ROWS = [
    line(Fault.SILENT, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS),
    line(Fault.LATE, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS),
    line(Fault.SPLIT, OBSERVED),
    line(Fault.JOINED, OBSERVED),
    line(Fault.STRAY_BEFORE, OBSERVED, junk=True),
    line(Fault.STRAY_AFTER, OBSERVED, junk=True),
    line(Fault.WRONG_CHECKSUM, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS, junk=True),
    line(Fault.FLIPPED_BIT, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS, junk=True),
    line(Fault.TRUNCATED, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS, junk=True),
    board("silent", True, False, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS, fires=0),
    board("answers_as", 9, None, UNKNOWN, lost=ALL, told_within_ms=REOPENED_MS),
    Row("unsolicited frame before the answer", _tell_of_cell_9, _say_nothing_before, OBSERVED),
    board("drift", 0.2, 0.0, OBSERVED),
    board("drift", -0.2, 0.0, OBSERVED),
    # A board that is always slow answers the reading before: what is told is as old as that, and not wrong for longer.
    Row(
        "slow board",
        lambda stand: setattr(stand.board, "think_ms", 1_000),
        lambda stand: setattr(stand.board, "think_ms", 20),
        UNKNOWN,
        {A8: OBSERVED, WKLY: OBSERVED, DC02: OBSERVED},
        told_within_ms=1_500,
        junk=None,  # an answer may be cut in two by the next question
    ),
    Row(
        "stuck bolt",
        lambda stand: stand.board.stuck.add(CELL),
        lambda stand: stand.board.stuck.clear(),
        ACKED,
        {CU16: UNKNOWN},
    ),
    Row(
        "stuck contact",
        lambda stand: stand.board.stuck_contacts.add(CELL),
        lambda stand: stand.board.stuck_contacts.clear(),
        ACKED,
        {CU16: UNKNOWN},
    ),
    Row(
        "flapping contact",
        lambda stand: stand.board.flap(9, stand.room.now_ms, for_ms=FAULT_MS),
        _nothing,
        OBSERVED,
    ),
    Row(
        "babbling",
        lambda stand: stand.board.babble(stand.room.now_ms, on=True),
        lambda stand: stand.board.babble(stand.room.now_ms, on=False),
        UNKNOWN,
        lost=ALL,
        told_within_ms=REOPENED_MS,
        junk=True,
    ),
    Row(
        "unplugged",
        lambda stand: stand.room.bench.plug("sim://cells", plugged=False),
        lambda stand: stand.room.bench.plug("sim://cells", plugged=True),
        UNKNOWN,
        lost=ALL,
        told_within_ms=REOPENED_MS,
        fires=0,
    ),
    Row("power cycle", lambda stand: stand.board.power_cycle(stand.room.now_ms), _nothing, OBSERVED),
    Row(
        "power cut in the pulse",
        _nothing,
        lambda stand: stand.board.power_cycle(stand.room.now_ms),
        OBSERVED,
    ),
]


@pytest.mark.parametrize("echo", [False, True], ids=["", "echo"])
@pytest.mark.parametrize("driver", KINDS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_fault(row: Row, driver: str, echo: bool) -> None:
    stand = make_stand(driver, echo=echo)
    stand.room.run(1_000)
    stand.board.pull(OTHER, stand.room.now_ms)
    stand.room.run(1_000)
    begin_ms = stand.room.now_ms
    row.begin(stand)
    if row.name != "unplugged":
        _, done = stand.unlock(CELL)
        assert done.outcome is row.other_outcomes.get(driver, row.outcome), done.detail
    stand.room.run(max(0, begin_ms + FAULT_MS - stand.room.now_ms))
    row.end(stand)
    end_ms = stand.room.now_ms
    stand.board.push_shut(OTHER, end_ms)
    stand.room.run(20_000)

    assert stand.fired() == [CELL] * row.fires, "nothing moves twice"
    assert bool(stand.room.at(DeviceDown)) == (driver in row.lost)
    assert row.junk in (None, bool(stand.room.at(JunkReceived)))
    shut = LevelChanged(f"cells/{OTHER}", Quantity.CLOSED, True)
    (told_ms,) = [at_ms for at_ms, one in stand.room.at(LevelChanged) if one == shut and at_ms > begin_ms]
    assert told_ms - end_ms <= row.told_within_ms
    assert isinstance(stand.room.at(DeviceUp)[-1][1], DeviceUp)
    known = stand.shut()
    for cell in range(1, stand.board.channels + 1):
        assert known[cell] is not stand.board.shows_open(cell, stand.room.now_ms), cell
    stand.room.close()


def cells(name: str, channel: int, shut: bool) -> LevelChanged:
    return LevelChanged(f"{name}/{channel}", Quantity.CLOSED, shut)


RIGHT_OPENED_CELL_12 = {A8: bytes.fromhex("8A 02 0C 00 84"), DC02: bytes.fromhex("DC FE 02 10 02 0C 01 21")}
"""The neighbour's answer to an old order."""


@pytest.mark.parametrize("driver", RIGHT_OPENED_CELL_12)
@pytest.mark.parametrize("fault", [*Fault, "silent", "answers_as", "says_before", "stuck"])
def test_the_neighbour_of_a_faulty_board_goes_on(fault: Fault | str, driver: str) -> None:
    """Its cell opens within a second and a half of the order, and its door is noticed within a second and a half."""
    make = KINDS[driver].make
    boards: dict[str, LockBoard] = {"left": make(address=1), "right": make(address=2)}
    bus = Bus(boards)
    room = BusRoom(bus, {name: {"driver": driver, "address": number} for number, name in enumerate(boards, 1)})
    room.run(2_000)
    match fault:
        case Fault():
            bus.faults["left"] = Faults(chances={fault: 1.0})
        case "silent":
            boards["left"].silent = True
        case "answers_as":
            boards["left"].answers_as = 7
        case "says_before":
            boards["left"].says_before = RIGHT_OPENED_CELL_12[driver]
        case "stuck":
            boards["left"].stuck.update(range(1, 25))
    room.post(Unlock("left/3", 3_000), 50)
    room.run(3_000)
    for cell in range(1, 11):
        posted_ms = room.post(Unlock(f"right/{cell}", 3_000), 37 * cell)
        room.run(4_000)
        assert room.done(f"right/{cell}").outcome is OBSERVED
        assert boards["right"].fired[-1].channel == cell
        assert boards["right"].fired[-1].at_ms - posted_ms < 1_500
        shut_ms = room.do(lambda now_ms, cell=cell: boards["right"].push_shut(cell, now_ms), 41 * cell)  # type: ignore[misc]
        room.run(2_000)
        assert room.told_ms(cells("right", cell, True)) - shut_ms < 1_500
    assert [one.channel for one in boards["right"].fired] == list(range(1, 11))
    assert len(boards["left"].fired) <= 1
    assert not room.at(DeviceDown, "right")
