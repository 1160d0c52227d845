"""The relay board's driver against its twin on virtual time: pulses, caps, what is read back, every fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers import modbus_frames as frames
from drivers.contract import (
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    JunkReceived,
    Level,
    LevelChanged,
    Outcome,
    Quantity,
    Relock,
    Show,
    Signal,
    SwitchOff,
    SwitchOn,
    Unlock,
    WireLost,
)
from drivers.waveshare_relay import Driver, Settings
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.faults import Fault, Faults
from simulator.wires.timeline import Timeline
from simulator.wires.virtual import DriverClock, VirtualPort
from tests.drivers.rig import VirtualRoom, maker, only

PORT = "sim://bus"
LOCK, LAMP = "relays/3", "relays/5"


@dataclass
class Stand:
    """A board on its wire, with its driver."""

    room: VirtualRoom
    board: WaveshareRelay
    port: VirtualPort
    timeline: Timeline

    def on(self, point: str = LOCK) -> bool:
        return self.board.is_on(int(point.split("/")[1]), self.room.now_ms)

    def writes(self) -> list[bytes]:
        """What was written to single relays."""
        return [request for request in self.board.written if request[1] == 5 and request[2:4] != b"\x00\xff"]

    def command(self, command: Command) -> tuple[list[Signal], CommandDone]:
        """Have it done, and let the time pass that this took."""
        *levels, done = self.room.command(command)
        assert isinstance(done, CommandDone)
        self.room.now_ms = max(self.room.now_ms, self.timeline.clock.steady_ms())
        return levels, done


def make_stand(faults: Faults | None = None, *, inputs: int = 0, channels: int = 8, **settings: Any) -> Stand:
    room = VirtualRoom()
    board = WaveshareRelay(inputs=inputs, channels=channels)
    port = room.bench.ports[PORT] = VirtualPort(board, faults)
    timeline = room.add("relays", "waveshare-relay", port=PORT, inputs=inputs, channels=channels, **settings)
    return Stand(room, board, port, timeline)


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = make_stand()
    stand.room.run(500)
    yield stand
    stand.room.close()


def levels(point: str, *values: Level) -> list[Signal]:
    return [LevelChanged(point, quantity, value) for value in values for quantity in (Quantity.ON, Quantity.RELEASED)]


def done(kind: str, outcome: Outcome, detail: str = "", point: str = LOCK) -> CommandDone:
    return CommandDone(point, kind, outcome, detail)


def test_everything_is_off_at_the_start_and_told(stand: Stand) -> None:
    assert stand.board.written[0] == frames.write_coil(1, 0xFF, on=False).frame
    told = [signal for _, signal in stand.room.stamped]
    assert told == [DeviceUp("relays"), *(level for relay in range(1, 9) for level in levels(f"relays/{relay}", False))]
    assert stand.room.run(60_000) == []


def test_relays_that_are_on_from_before_are_switched_off(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP))
    stand.timeline.driver = None  # killed: nobody switched anything off
    stand.room.bench.release(PORT)
    stand.room.run(5_000)
    assert not stand.on(LAMP)


def test_a_clone_that_does_not_know_all_relays_is_switched_off_one_by_one() -> None:
    stand = make_stand()
    stand.board.knows_all = False
    stand.board._on[2] = stand.board._on[4] = True
    signals = stand.room.run(500)
    assert not stand.on(LOCK)
    assert not stand.on(LAMP)
    assert not only(JunkReceived, signals)


def test_a_relay_that_stays_on_is_told() -> None:
    stand = make_stand()
    stand.board._on[2] = True
    stand.board.stuck = {3}
    signals = stand.room.run(500)
    assert levels(LOCK, True)[0] in signals
    assert only(JunkReceived, signals) == [JunkReceived("relays", "on after all were switched off: relay 3")]


def test_a_pulse_is_timed_by_the_board_and_its_end_is_seen_soon(stand: Stand) -> None:
    changes, answer = stand.command(Unlock(LOCK, 3_000))
    assert (changes, answer) == (levels(LOCK, True), done("Unlock", Outcome.ACKED))
    assert stand.writes() == [frames.pulse_coil(1, 2, 30).frame]
    assert stand.room.run(10_000) == levels(LOCK, False)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 3_000
    assert len(stand.writes()) == 1, "the board ended it by itself"
    ended_ms = stand.board.edges[-1][0]
    assert 0 <= stand.room.at(LevelChanged)[-1][0] - ended_ms < 100


def test_a_command_takes_less_than_a_tenth_of_a_second(stand: Stand) -> None:
    began_ms = stand.room.now_ms
    stand.command(Unlock(LOCK, 3_000))
    assert stand.board.edges[-1][0] - began_ms <= 15, "until the relay moves"
    assert stand.room.now_ms - began_ms < 70, "until it was read back"


def test_a_pulse_is_rounded_up_to_tenths_of_a_second(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 301))
    stand.room.run(1_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 400


def test_a_pulse_is_cut_to_the_cap_and_the_answer_says_so() -> None:
    stand = make_stand(pulse_max_ms=1_000)
    stand.room.run(500)
    _, answer = stand.command(Unlock(LOCK, 60_000))
    assert answer == done("Unlock", Outcome.ACKED, "cut to 1000 ms by pulse_max_ms")
    stand.room.run(60_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 1_000


@pytest.mark.parametrize("pulse_ms", [0, -5])
def test_no_pulse_sends_nothing(stand: Stand, pulse_ms: int) -> None:
    assert stand.command(Unlock(LOCK, pulse_ms)) == ([], done("Unlock", Outcome.NOT_SENT, f"a pulse of {pulse_ms} ms"))
    assert stand.writes() == []


def test_a_second_person_makes_the_pulse_longer_but_never_beyond_the_cap(stand: Stand) -> None:
    answers = []
    for _ in range(6):
        answers.append(stand.command(Unlock(LOCK, 3_000))[1])
        stand.room.run(900)
    stand.room.run(10_000)
    assert 4_800 <= stand.board.longest_on_ms(3, stand.room.now_ms) <= 5_000
    assert {answer.outcome for answer in answers[:5]} == {Outcome.ACKED}


def test_what_the_cap_leaves_no_room_for_is_not_sent(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 5_000))
    stand.room.run(4_900)
    _, answer = stand.command(Unlock(LOCK, 5_000))
    assert answer.outcome is Outcome.NOT_SENT
    assert "no more before it has locked (pulse_max_ms)" in answer.detail
    stand.room.run(1_000)
    assert stand.command(Unlock(LOCK, 500))[1].outcome is Outcome.ACKED


@pytest.mark.parametrize("drift", [-0.01, 0.0, 0.01])
@pytest.mark.parametrize("after_ms", range(4_940, 5_100, 15))
def test_an_unlock_at_the_very_end_of_a_pulse_never_joins_two_pulses(stand: Stand, drift: float, after_ms: int) -> None:
    stand.board.drift = drift
    began_ms = stand.room.now_ms
    stand.command(Unlock(LOCK, 5_000))
    stand.room.run(began_ms + after_ms - stand.room.now_ms)
    _, answer = stand.command(Unlock(LOCK, 3_000))
    stand.room.run(10_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 5_000 * (1 + max(0, drift))
    assert answer.outcome is (Outcome.ACKED if len(stand.board.edges) == 4 else Outcome.NOT_SENT)


def test_a_pulse_is_granted_in_full_as_soon_as_the_board_has_locked(stand: Stand) -> None:
    began_ms = stand.room.now_ms
    stand.command(Unlock(LOCK, 5_000))
    stand.room.run(began_ms + 5_020 - stand.room.now_ms)
    assert stand.command(Unlock(LOCK, 3_000))[1] == done("Unlock", Outcome.ACKED)


def test_a_shorter_pulse_takes_nothing_from_a_longer_one(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 4_000))
    stand.room.run(500)
    stand.command(Unlock(LOCK, 100))
    stand.room.run(3_000)
    assert stand.on()
    stand.room.run(1_000)
    assert not stand.on()


def test_relock_cuts_a_pulse(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 3_000))
    assert stand.command(Relock(LOCK)) == (levels(LOCK, False), done("Relock", Outcome.ACKED))
    assert not stand.on()
    assert stand.room.run(10_000) == []


def test_a_relay_that_is_on_without_a_limit_is_released_already(stand: Stand) -> None:
    stand.command(SwitchOn(LOCK))
    assert stand.command(Unlock(LOCK, 1_000)) == ([], done("Unlock", Outcome.ACKED, "held released already"))
    stand.room.run(5_000)
    assert stand.on()


def test_on_stays_on_until_off(stand: Stand) -> None:
    assert stand.command(SwitchOn(LAMP)) == (levels(LAMP, True), done("SwitchOn", Outcome.ACKED, point=LAMP))
    assert stand.room.run(1_000_000) == []
    assert stand.on(LAMP)
    assert stand.command(SwitchOff(LAMP)) == (levels(LAMP, False), done("SwitchOff", Outcome.ACKED, point=LAMP))
    assert not stand.on(LAMP)


def test_a_limit_that_the_board_can_time_is_a_pulse_of_the_board(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP, limit_ms=3_276_700))
    assert stand.writes() == [frames.pulse_coil(1, 4, 32_767).frame]
    assert stand.room.run(3_277_000) == levels(LAMP, False)
    assert stand.board.longest_on_ms(5, stand.room.now_ms) == 3_276_700


def test_a_longer_limit_is_ended_by_the_driver(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP, limit_ms=3_276_701))
    assert stand.room.run(3_278_000) == levels(LAMP, False)
    assert stand.writes() == [frames.write_coil(1, 4, on=True).frame, frames.write_coil(1, 4, on=False).frame]
    assert 3_276_701 <= stand.board.longest_on_ms(5, stand.room.now_ms) <= 3_276_901


def test_a_newer_word_replaces_a_limit(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP, limit_ms=5_000_000))
    stand.command(SwitchOn(LAMP))
    stand.room.run(6_000_000)
    assert stand.on(LAMP)
    assert stand.command(SwitchOn(LAMP, limit_ms=0))[1].outcome is Outcome.NOT_SENT
    stand.command(SwitchOn(LAMP, limit_ms=1_000))
    stand.room.run(1_500)
    assert not stand.on(LAMP)


def test_the_pulse_ends_although_the_driver_is_dead(stand: Stand) -> None:
    stand.command(Unlock(LOCK, 3_000))
    stand.room.bench.plug(PORT, plugged=False)
    stand.room.run(10_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) == 3_000


def test_everything_is_off_at_the_end(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP))
    driver = stand.timeline.driver
    assert driver is not None
    stand.room.close()
    driver.close()
    assert not stand.on(LAMP)
    assert stand.board.written[-1] == frames.write_coil(1, 0xFF, on=False).frame


@pytest.mark.parametrize("point", ["relays", "relays/0", "relays/9", "relays/101"])
def test_a_relay_that_the_board_does_not_have_is_not_moved(point: str) -> None:
    stand = make_stand(inputs=4)
    stand.room.run(500)
    assert stand.command(Unlock(point, 500)) == (
        [],
        done("Unlock", Outcome.NOT_SENT, "relays has the relays 1 to 8", point),
    )
    assert stand.writes() == []


def test_inputs_are_told_at_the_start_and_at_every_change() -> None:
    stand = make_stand(inputs=2)
    stand.board.closed[1] = True
    signals = stand.room.run(500)
    closed = [signal for signal in only(LevelChanged, signals) if signal.quantity is Quantity.CLOSED]
    assert closed == [
        LevelChanged("relays/101", Quantity.CLOSED, False),
        LevelChanged("relays/102", Quantity.CLOSED, True),
    ]
    stand.board.move_input(1, closed=True, now_ms=stand.room.now_ms)
    moved_ms = stand.room.now_ms
    assert stand.room.run(5_000) == [LevelChanged("relays/101", Quantity.CLOSED, True)]
    assert stand.room.at(LevelChanged)[-1][0] - moved_ms <= 250


def test_a_relay_that_the_board_moves_by_itself_is_told() -> None:
    stand = make_stand(inputs=8)
    stand.room.run(500)
    stand.board._modes[2] = 1
    stand.board.move_input(3, closed=True, now_ms=stand.room.now_ms)
    assert set(levels(LOCK, True)) <= set(stand.room.run(1_200))


def test_thirty_two_relays() -> None:
    stand = make_stand(channels=32)
    stand.room.run(500)
    assert stand.command(SwitchOn("relays/32"))[0] == levels("relays/32", True)
    assert stand.on("relays/32")


# ---------------------------------------------------------------- what goes wrong


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


@given(st.lists(st.tuples(st.integers(-100, 20_000), st.integers(0, 8_000), st.booleans()), max_size=12))
def test_no_sequence_of_unlocks_keeps_a_strike_on_for_longer_than_its_cap(
    steps: list[tuple[int, int, bool]],
) -> None:
    stand = make_stand(pulse_max_ms=2_000)
    stand.room.run(500)
    for pulse_ms, wait_ms, relock in steps:
        stand.command(Relock(LOCK) if relock else Unlock(LOCK, pulse_ms))
        stand.room.run(wait_ms)
    stand.room.run(5_000)
    assert stand.board.longest_on_ms(3, stand.room.now_ms) <= 2_000
    assert not stand.on()
    stand.room.close()


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


def test_what_a_relay_cannot_do_is_refused(stand: Stand) -> None:
    driver = stand.timeline.driver
    assert isinstance(driver, Driver)
    with pytest.raises(TypeError, match="a relay cannot do Show"):
        driver.execute(Show(LOCK, page=None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"address": 0}, {"channels": 33}, {"inputs": 9}, {"pulse_max_ms": 10_100}, {"pulse_max_ms": 150}, {"baud": 9600}],
)
def test_wrong_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "waveshare-relay", "port": PORT, **wrong})


def test_the_channels_that_a_service_may_name() -> None:
    settings = Settings.model_validate({"driver": "waveshare-relay", "port": PORT, "channels": 4, "inputs": 2})
    assert list(settings.channel_numbers()) == [1, 2, 3, 4, 101, 102]
