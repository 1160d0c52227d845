"""Lock boards on a hostile line: babble, strangers, any bytes at all."""

import tracemalloc
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import CommandDone, DeviceDown, DeviceUp, JunkReceived, LevelChanged, Unlock, WireLost
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.faults import Fault, Faults, Sent
from simulator.wires.virtual import Bench, DriverClock, VirtualPort
from tests.drivers.lock_boards import KINDS, PORT, make_stand
from tests.drivers.rig import maker

HOUR_MS = 3_600_000


def test_a_line_that_babbles_for_an_hour_costs_no_memory() -> None:
    stand = make_stand("lockboard-8a")
    stand.room.run(1_000)
    stand.board.babble(stand.room.now_ms, on=True)
    stand.room.run(60_000)
    stand.room.stamped.clear()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    stand.room.run(HOUR_MS)
    signals = len(stand.room.stamped)
    stand.room.stamped.clear()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000
    assert signals < 3_600
    stand.board.babble(stand.room.now_ms, on=False)
    stand.room.run(70_000)
    assert [type(signal) for _, signal in stand.room.stamped][-25:-24] == [DeviceUp]


def test_strangers_bytes_are_told_once_a_second_at_most() -> None:
    stand = make_stand("lockboard-8a", faults=Faults(chances={Fault.STRAY_BEFORE: 1.0}))
    stand.room.run(60_000)
    junk = stand.room.at(JunkReceived)
    assert 30 < len(junk) <= 60
    assert all(one.device == "cells" for _, one in junk)
    assert not stand.room.at(DeviceDown)


class _Scripted(Lockboard8a):
    """Answers every question with the next bytes of a script, whatever they are."""

    script: list[bytes]

    def receive(self, data: bytes, now_ms: int) -> list[Sent]:  # noqa: ARG002 - it does not listen
        return [(now_ms + 10, self.script.pop(0))] if self.script else []


ANSWERS = [
    bytes.fromhex(text)
    for text in (
        "80 01 00 33 B2",
        "80 01 01 11 91",
        "80 01 FF FF FF 33 4D",
        "8A 01 03 00 88",
        "8A 01 03 11 99",
        "82 01 03 00 80",
        "57 4B 4C 59 08 00 84 85",
        "57 4B 4C 59 0C 00 84 00 02 01 00 82",
        "57 4B 4C 59 0B 00 82 00 03 00 83",
        "02 00 35 FF 7F 00 00 03 B8",
        "DC FE 01 12 02 00 00 15",
        "DC FE 01 10 02 03 01 17",
        "DC FE 01 10 01 01 13",
    )
]


@given(
    st.sampled_from(sorted(KINDS)), st.lists(st.one_of(st.binary(max_size=300), st.sampled_from(ANSWERS)), max_size=12)
)
def test_any_answers_end_in_signals_or_in_a_lost_wire_within_some_seconds(driver: str, script: list[bytes]) -> None:
    board = _Scripted()
    board.script = script
    bench, clock = Bench(), DriverClock()
    bench.ports[PORT] = VirtualPort(board)
    speed = {"baud": board.baud} if driver == "lockboard-cu16" else {}
    with suppress(WireLost):
        cells = maker("cells", driver, port=PORT, **speed)(bench.wires("cells", clock), clock)
        for _ in range(4):
            began_ms = clock.steady_ms()
            signals = [*cells.poll(), *cells.execute(Unlock("cells/3", 3_000))]
            assert all(isinstance(one, LevelChanged | JunkReceived | CommandDone) for one in signals)
            assert clock.steady_ms() - began_ms < 5_000
            clock.rest(1_000)
    assert not board.fired
