"""What goes wrong with the relay board, on virtual time: nothing is sent twice, nothing stays on."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import modbus_frames as frames
from drivers.contract import (
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    LevelChanged,
    Outcome,
    SwitchOff,
    SwitchOn,
    Unlock,
    WireLost,
)
from drivers.waveshare_relay import Driver
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.faults import Fault, Faults
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import VirtualRoom, maker, only
from tests.drivers.waveshare_stand import LAMP, LOCK, PORT, Stand, done, levels, make_stand, settled


@pytest.fixture
def stand() -> Iterator[Stand]:
    yield from settled()


def test_a_board_that_answers_too_late_is_asked_once_and_locked(stand: Stand) -> None:
    stand.board.think_ms = 1_000  # it acts at once
    changes, answer = stand.command(Unlock(LOCK, 3_000))
    assert not only(LevelChanged, changes)
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.detail.startswith("no answer; not read back: ")
    assert only(DeviceDown, stand.room.run(5_000))
    assert stand.writes() == [frames.pulse_coil(1, 2, 30).frame]
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 3_000


class LosesEchoes(WaveshareRelay):
    """Its answers to single writes get lost."""

    def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
        sent = super().receive(data, now_ms)
        return [] if data[1] == 5 else sent


def test_a_lost_reply_is_unknown_and_nothing_is_sent_twice() -> None:
    stand = make_stand()
    stand.port.line.device = stand.board = LosesEchoes()
    stand.room.run(1_000)
    assert stand.command(Unlock(LOCK, 3_000)) == (
        levels(LOCK, True),
        done("Unlock", Outcome.UNKNOWN, "no answer; the relay reads on"),
    )
    assert stand.room.run(5_000) == levels(LOCK, False)
    assert stand.writes() == [frames.pulse_coil(1, 2, 30).frame]
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 3_000


@pytest.mark.parametrize(
    ("command", "kind", "detail"),
    [
        (Unlock(LOCK, 1_000), "Unlock", "confirmed by the board, but the relay reads off"),
        (SwitchOn(LOCK), "SwitchOn", "confirmed by the board, but the relay reads off"),
    ],
)
def test_a_board_that_confirms_and_does_nothing_is_found_out(
    stand: Stand, command: Command, kind: str, detail: str
) -> None:
    stand.board.stuck = {3}
    assert stand.command(command) == ([], done(kind, Outcome.UNKNOWN, detail))
    assert len(stand.writes()) == 1


def test_a_relay_that_does_not_let_go_is_told(stand: Stand) -> None:
    stand.command(SwitchOn(LOCK))
    stand.board.stuck = {3}
    assert stand.command(SwitchOff(LOCK)) == (
        [],
        done("SwitchOff", Outcome.UNKNOWN, "confirmed by the board, but the relay reads on"),
    )


def test_a_refusal_is_told_and_nothing_is_sent_again(stand: Stand) -> None:
    stand.board.refuses = 2
    _, answer = stand.command(Unlock(LOCK, 1_000))
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.detail.startswith("refused with exception 2: it has no such coil or register; not read back: refused")
    assert len(stand.writes()) == 1


def test_a_board_that_refuses_to_be_read_is_lost(stand: Stand) -> None:
    stand.board.refuses = 4
    (down,) = only(DeviceDown, stand.room.run(1_100))
    assert "refused with exception 4: it has failed inside" in down.detail


def test_a_refused_pulse_leaves_the_one_that_runs(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 2_000))
    stand.board.refuses = 6
    stand.command(Unlock(LOCK, 4_000))
    stand.board.refuses = None
    assert stand.command(Unlock(LOCK, 100))[1].outcome is Outcome.ACKED
    assert levels(LOCK, False)[0] in stand.room.run(2_200)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 2_100


def test_a_pulse_that_the_board_does_not_end_is_ended_by_us(stand: Stand) -> None:
    stand.board.overdue = {3}
    stand.command(Unlock(LOCK, 1_000))
    stand.room.run(5_000)
    assert not stand.on()
    assert stand.writes()[1:] == [frames.write_coil(1, 2, on=False).frame]
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 2_300


@pytest.mark.parametrize("drift", [-0.05, 0.05])
def test_a_board_whose_clock_drifts_is_followed(stand: Stand, drift: float) -> None:
    stand.board.drift = drift
    stand.command(Unlock(LOCK, 5_000))
    assert stand.room.run(7_000) == levels(LOCK, False)
    assert len(stand.writes()) == 1
    assert stand.room.at(LevelChanged)[-1][0] - stand.board.edges[-1][0] < 400


def test_a_silent_board_is_lost_within_three_seconds_and_comes_back(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP))
    stand.board.silent = True
    silent_ms = stand.room.now_ms
    down = only(DeviceDown, stand.room.run(5_000))
    assert down[0].detail == "the relay board answers no more (no answer): check its power, and A and B"
    assert down[1].detail == "no relay board at address 1 (no answer): check its power, A and B, and its address"
    assert stand.room.at(DeviceDown)[0][0] - silent_ms <= 3_000
    refused = stand.room.command(Unlock(LOCK, 500))
    assert [signal.outcome for signal in only(CommandDone, refused)] == [Outcome.NOT_SENT]
    stand.board.silent = False
    signals = stand.room.run(30_000)
    assert only(DeviceUp, signals)
    assert not stand.on(LAMP)


def test_two_lost_readings_are_no_loss(stand: Stand) -> None:
    stand.board.silent = True
    stand.room.run(1_400)
    stand.board.silent = False
    assert stand.room.run(10_000) == []


def test_unplugged_and_plugged_in_again(stand: Stand) -> None:
    stand.room.bench.plug(PORT, plugged=False)
    assert only(DeviceDown, stand.room.run(1_500))
    stand.room.bench.plug(PORT, plugged=True)
    assert only(DeviceUp, stand.room.run(10_000))


def test_a_power_cycle_of_the_board_is_seen(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP))
    stand.board.power_cycle(stand.room.now_ms)
    assert stand.room.run(1_100) == levels(LAMP, False)


def test_another_boards_answer_is_refused(stand: Stand) -> None:
    stand.board.answers_as = 2
    words = "an answer from address 2 instead of 1"
    assert stand.command(Unlock(LOCK, 500)) == (
        [JunkReceived("relays", words, 4)],
        done("Unlock", Outcome.UNKNOWN, f"{words}; not read back: {words}"),
    )


def test_a_foreign_frame_before_the_answer_is_skipped_and_counted(stand: Stand) -> None:
    stand.board.says_before = bytes.fromhex("02 01 01 00 51 CC")
    assert stand.command(Unlock(LOCK, 500))[1].outcome is Outcome.ACKED
    assert only(JunkReceived, stand.room.run(2_000))


def test_an_adapter_that_echoes_cannot_fake_a_reading(stand: Stand) -> None:
    stand.board.echo = True
    stand.board.silent = True
    changes, answer = stand.command(Unlock(LOCK, 500))
    assert not only(LevelChanged, changes)
    assert answer == done("Unlock", Outcome.ACKED, "not read back: an answer to another question")
    assert only(DeviceDown, stand.room.run(3_000))


def test_a_board_without_inputs_is_told_at_the_start() -> None:
    stand = make_stand(inputs=2)
    stand.board.closed = []
    (down,) = only(DeviceDown, stand.room.run(900))
    assert down.detail == (
        "the relay board has refused with exception 1: it does not know this function; "
        "it may not have inputs: write inputs = 0"
    )


def test_a_smaller_board_than_its_settings_is_told_at_the_start() -> None:
    stand = make_stand(channels=16)
    stand.board.channels, stand.board._on = 8, [False] * 8
    (down,) = only(DeviceDown, stand.room.run(900))
    assert "it may not have 16 relays: correct channels" in down.detail


@pytest.mark.parametrize("fault", list(Fault))
def test_no_fault_of_the_line_moves_anything_twice_or_for_longer(fault: Fault) -> None:
    stand = make_stand(inputs=2)
    stand.room.run(500)
    stand.port.line.faults = Faults(seed=7, chances={fault: 0.3})
    asked = 0
    while asked < 12 and stand.room.now_ms < 5_000_000:
        if stand.timeline.driver is not None:
            asked += 1
            stand.command(Unlock(LOCK, 1_000))
        stand.room.run(4_000)
    stand.port.line.faults = Faults()
    stand.room.run(90_000)
    pulses = [request for request in stand.board.written if request[2:4] == b"\x02\x02"]
    assert asked == 12
    assert len(pulses) == asked
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 1_000
    outcomes = [signal for _, signal in stand.room.at(CommandDone)]
    assert len(outcomes) == asked
    assert stand.command(Unlock(LOCK, 500)) == (levels(LOCK, True), done("Unlock", Outcome.ACKED))
    stand.room.run(2_000)
    assert stand.room.at(LevelChanged)[-1][1] == levels(LOCK, False)[-1]


class Babbler(WaveshareRelay):
    """A board that answers with whatever it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.babble: list[bytes] = []

    def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
        if not self.babble:
            return super().receive(data, now_ms)
        return [(now_ms + 1, self.babble.pop(0))]


@given(st.lists(st.binary(max_size=600), max_size=10))
def test_any_bytes_end_in_signals_or_in_a_lost_wire(chunks: list[bytes]) -> None:
    board = Babbler()
    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(board)
    clock = DriverClock()
    driver = maker("relays", "waveshare-relay", port=PORT)(room.bench.wires("relays", clock), clock)
    assert isinstance(driver, Driver)
    board.babble = chunks
    try:
        for _ in range(6):
            clock.rest(1_000)
            for signal in [*driver.poll(), *driver.execute(Unlock(LOCK, 300))]:
                assert isinstance(signal, LevelChanged | JunkReceived | CommandDone)
    except WireLost:
        pass
    finally:
        driver.close()
