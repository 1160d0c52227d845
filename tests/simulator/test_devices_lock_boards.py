"""The simulated lock boards and the bus by themselves: literal bytes in and out, coils, doors, and who hears what."""

import pytest

from simulator.devices.bus import Bus
from simulator.devices.lock_board import PULSE_MS, TELL_MS, Fired, LockBoard
from simulator.devices.lockboard_8a import Lockboard8a
from simulator.devices.lockboard_cu16 import LockboardCu16
from simulator.devices.lockboard_dc02 import LockboardDc02
from simulator.devices.lockboard_wkly import LockboardWkly
from simulator.devices.modbus import framed
from simulator.devices.xy_md02 import XyMd02
from simulator.faults import Fault, Faults
from simulator.wires.line import Line, SerialDevice


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def said(device: SerialDevice, request: str, at_ms: int, *, for_ms: int = 1_000) -> list[tuple[int, str]]:
    """What it answers, and how much later."""
    sent = device.receive(raw(request), at_ms) + device.tick(at_ms + for_ms)
    return [(when - at_ms, data.hex(" ").upper()) for when, data in sent]


def fired(board: LockBoard) -> list[tuple[int, int]]:
    return [(one.channel, one.until_ms - one.at_ms) for one in board.fired]


# ---------------------------------------------------------------- 8A


def test_8a_unlocks_for_300_ms_and_answers_after_500_with_what_its_contact_shows() -> None:
    board = Lockboard8a()
    assert said(board, "8A 01 01 11 9B", 100) == [(500, "8A 01 01 00 8A")]
    assert board.fired == [Fired(1, 100, 400)]
    assert board.is_open(1)
    board.stuck.add(2)
    assert said(board, "8A 01 02 11 98", 2_000) == [(500, "8A 01 02 11 98")]
    assert fired(board) == [(1, 300), (2, 300)]
    assert not board.is_open(2)


def test_8a_status_bytes_come_highest_channels_first() -> None:
    board = Lockboard8a(feedback="open_shorts")
    board.pull(2, 0)
    assert said(board, "80 01 00 33 B2", 0) == [(20, "80 01 00 00 02 33 B0")]
    shut = Lockboard8a()
    assert said(shut, "80 01 00 33 B2", 0) == [(20, "80 01 FF FF FF 33 4D")]
    small = Lockboard8a(channels=8, high_first=False)
    assert said(small, "80 01 00 33 B2", 0) == [(20, "80 01 FF 00 00 33 4D")]
    assert said(Lockboard8a(channels=8, groups=1), "80 01 00 33 B2", 0) == [(20, "80 01 FF 33 4D")]


def test_8a_single_readings_and_the_other_words() -> None:
    board = Lockboard8a()
    assert said(board, "80 01 01 33 B3", 0) == [(20, "80 01 01 11 91")]
    board.pull(1, 0)
    assert said(board, "80 01 01 33 B3", 0) == [(20, "80 01 01 00 80")]
    assert said(board, "90 01 02 02 02 93", 0) == []
    assert fired(board) == [(2, 300), (10, 300), (18, 300)]
    assert said(board, "9A 01 01 11 8B", 1_000) == []
    assert board.is_energised(1, 90_000)
    assert said(board, "9B 01 01 11 8A", 2_000) == []
    assert board.longest_on_ms(1) == 1_000
    everything = Lockboard8a()
    said(everything, "8A 01 00 11 9A", 0)
    assert [one.channel for one in everything.fired] == list(range(1, 25))


@pytest.mark.parametrize("request_text", ["8A 02 0C 11 95", "8A 01 01 11 9A", "8A 01 1F 11 85", "80 01 1F 33 AD"])
def test_8a_other_boards_wrong_sums_and_channels_that_are_not_there_do_nothing(request_text: str) -> None:
    board = Lockboard8a()
    assert said(board, request_text, 0) == []
    assert board.fired == []


@pytest.mark.parametrize(
    ("head", "opened", "shut"), [(0x82, "82 01 01 00 82", "82 01 01 11 93"), (0x81, "81 01 01 00 81", "81 01 01 11 90")]
)
def test_8a_tells_by_itself_what_moves_when_it_is_one_of_those(head: int, opened: str, shut: str) -> None:
    board = Lockboard8a(change_head=head)
    board.pull(1, 100)
    assert board.due_ms() == 100 + TELL_MS
    assert board.tick(200) == [(100 + TELL_MS, raw(opened))]
    assert board.push_shut(1, 300)
    assert board.tick(400) == [(300 + TELL_MS, raw(shut))]


# ---------------------------------------------------------------- WKLY


def test_wkly_answers_as_in_the_notes() -> None:
    board = LockboardWkly()
    assert said(board, "57 4B 4C 59 09 00 82 01 83", 0) == [(500, "57 4B 4C 59 0B 00 82 00 01 00 81")]
    assert fired(board) == [(1, PULSE_MS)]
    other = LockboardWkly(address=1, channels=4)
    other.think_ms = 0
    assert said(other, "57 4B 4C 59 09 01 83 04 86", 0) == [(0, "57 4B 4C 59 0B 01 83 00 04 01 85")]
    other.pull(3, 0)
    assert said(other, "57 4B 4C 59 08 01 84 84", 0) == [(0, "57 4B 4C 59 0E 01 84 00 04 01 01 00 01 87")]
    said(other, "57 4B 4C 59 08 01 86 86", 0)
    assert [one.channel for one in other.fired] == [1, 2, 3, 4]


def test_wkly_options() -> None:
    silent = LockboardWkly(answers_unlock=False)
    assert said(silent, "57 4B 4C 59 09 00 82 01 83", 0) == []
    assert silent.is_open(1)
    from_0 = LockboardWkly(first_channel=0)
    said(from_0, "57 4B 4C 59 09 00 82 00 82", 0)
    assert from_0.is_open(1)
    telling = LockboardWkly(address=1, tells_changes=True)
    telling.pull(4, 0)
    assert telling.tick(100) == [(TELL_MS, raw("57 4B 4C 59 0A 01 85 04 00 83"))]
    unable = LockboardWkly(channels=2)
    unable.fails.add(2)
    assert said(unable, "57 4B 4C 59 08 00 84 85", 0)[0][1].endswith("00 02 01 FF 7D")
    assert said(unable, "57 4B 4C 59 09 00 83 09 8A", 0)[0][1].endswith("FF 09 FF 88")


# ---------------------------------------------------------------- CU16


def test_cu16_says_nothing_to_an_unlock_and_its_hooks_when_asked() -> None:
    board = LockboardCu16()
    assert said(board, "02 00 31 03 36", 0) == []
    assert fired(board) == [(1, PULSE_MS)]
    assert said(board, "02 00 30 03 35", 100) == [(20, "02 00 35 FE FF 00 00 03 37")]
    other = LockboardCu16()
    other.pull(16, 0)
    assert said(other, "02 00 30 03 35", 0) == [(20, "02 00 35 FF 7F 00 00 03 B8")]
    assert said(other, "02 F0 32 03 27", 0)[0][1].startswith("02 00 36 FF 7F")
    said(other, "02 00 33 03 38", 0)
    assert [one.channel for one in other.fired] == list(range(1, 17))


def test_cu16_the_board_is_in_the_high_half_of_its_address() -> None:
    board = LockboardCu16(address=1)
    said(board, "02 13 31 03 49", 0)
    assert board.is_open(4)
    said(board, "02 00 31 03 36", 0)
    assert len(board.fired) == 1


def test_cu16_stays_busy_after_an_unlock_until_it_is_asked_for_its_time() -> None:
    board = LockboardCu16(busy_after_unlock=True)
    said(board, "02 04 31 03 3A", 0)
    assert said(board, "02 00 30 03 35", 100) == []
    said(board, "02 00 31 03 36", 200)
    assert fired(board) == [(5, PULSE_MS)]
    said(board, "02 00 38 03 3D", 300)
    assert len(said(board, "02 00 30 03 35", 400)) == 1
    said(board, "02 04 31 03 3A", 500)
    board.power_cycle(600)
    assert len(said(board, "02 00 30 03 35", 700)) == 1


# ---------------------------------------------------------------- DC02


def test_dc02_unlocks_and_answers_by_its_table_or_as_the_manual_prints_it() -> None:
    board = LockboardDc02()
    assert said(board, "DC 02 01 10 01 01 13", 0) == [(500, "DC FE 01 10 02 01 01 15")]
    assert fired(board) == [(1, PULSE_MS)]
    short = LockboardDc02(short_answers=True)
    assert said(short, "DC 02 01 10 01 01 13", 0) == [(500, "DC FE 01 10 01 01 13")]
    silent = LockboardDc02(answers_unlock=False)
    assert said(silent, "DC 02 01 10 01 01 13", 0) == []
    assert silent.is_open(1)


def test_dc02_readings() -> None:
    board = LockboardDc02()
    assert said(board, "DC 02 01 12 00 13", 0) == [(20, "DC FE 01 12 02 00 00 15")]
    board.pull(9, 0)
    board.pull(1, 0)
    assert said(board, "DC 02 01 12 00 13", 0) == [(20, "DC FE 01 12 02 01 01 17")]
    assert said(board, "DC 02 01 11 01 09 1C", 0) == [(20, "DC FE 01 11 02 09 01 1E")]
    assert said(board, "DC 02 01 11 01 0D 20", 0) == []
    assert said(board, "DC 02 01 01 00 02", 0) == [(20, "DC FE 01 01 02 10 00 14")]


def test_dc02_several_one_after_the_other_or_together_and_all() -> None:
    board = LockboardDc02()
    assert said(board, "DC 02 01 15 02 00 07 1F", 0, for_ms=2_000) == [(1_100, "DC FE 01 15 02 00 07 1F")]
    assert board.fired == [Fired(1, 0, 300), Fired(2, 300, 600), Fired(3, 600, 900)]
    together = LockboardDc02()
    assert said(together, "DC 02 01 18 02 09 00 24", 0) == [(500, "DC FE 01 18 02 09 00 24")]
    assert together.fired == [Fired(9, 0, 300), Fired(12, 0, 300)]
    everything = LockboardDc02()
    assert said(everything, "DC 02 01 14 00 15", 0, for_ms=5_000) == [(3_800, "DC FE 01 14 02 0F FF 25")]
    assert [one.channel for one in everything.fired] == list(range(1, 13))


def test_dc02_steady_outputs() -> None:
    board = LockboardDc02()
    assert said(board, "DC 02 01 16 02 01 01 1B", 0) == [(20, "DC FE 01 16 01 01 19")]
    assert board.is_energised(1, 90_000)
    said(board, "DC 02 01 16 02 01 00 1A", 1_000)
    assert board.longest_on_ms(1) == 1_000
    assert said(board, "DC 02 01 16 02 0D 01 27", 2_000) == [(20, "DC FE 01 16 01 00 18")]
    assert said(board, "DC 02 01 1A 02 00 06 23", 3_000) == [(20, "DC FE 01 1A 01 01 1D")]
    assert [channel for channel in range(1, 13) if board.is_energised(channel, 90_000)] == [2, 3]


@pytest.mark.parametrize(
    "request_text", ["DC 02 02 10 01 01 14", "DC 02 01 10 01 01 12", "DC 02 01 10 01 0D 1F", "DC FE 01 10 01 01 13"]
)
def test_dc02_other_boards_wrong_sums_and_channels_that_are_not_there_do_nothing(request_text: str) -> None:
    board = LockboardDc02()
    assert said(board, request_text, 0) == []
    assert board.fired == []


# ---------------------------------------------------------------- all of them


BOARDS = [Lockboard8a, LockboardWkly, LockboardCu16, LockboardDc02]


@pytest.fixture(params=BOARDS, ids=lambda one: one.__name__)
def board(request: pytest.FixtureRequest) -> LockBoard:
    board: LockBoard = request.param()
    return board


def test_a_door_does_not_catch_while_its_coil_is_on(board: LockBoard) -> None:
    board.fire(3, 100)
    assert not board.push_shut(3, 399)
    assert board.push_shut(3, 400)
    assert not board.is_open(3)


def test_bolts_and_contacts_that_are_stuck_or_loose(board: LockBoard) -> None:
    board.stuck_contacts.add(3)
    board.pull(3, 0)
    assert board.is_open(3)
    assert not board.shows_open(3, 0)
    board.flap(4, 0, for_ms=100)
    assert {board.shows_open(4, at_ms) for at_ms in range(100)} == {False, True}
    assert not board.shows_open(4, 100)
    board.stuck.add(5)
    board.pull(5, 0)
    assert not board.push_shut(5, 1_000)


def test_a_power_cut_ends_the_pulse_and_what_was_to_be_said(board: LockBoard) -> None:
    board.fire(3, 100)
    board.say(b"something", 500)
    board.power_cycle(200)
    assert board.longest_on_ms(3) == 100
    assert board.due_ms() is None


def test_pulses_that_touch_are_one_stretch_under_current(board: LockBoard) -> None:
    for at_ms in (0, 200, 500, 900):
        board.fire(3, at_ms)
    assert board.longest_on_ms(3) == 800
    board.drift = 0.1
    board.fire(4, 5_000)
    assert board.longest_on_ms(4) == 330


def test_a_silent_board_does_nothing_and_a_babbling_one_never_stops(board: LockBoard) -> None:
    board.silent = True
    for request in ("8A 01 01 11 9B", "57 4B 4C 59 09 00 82 01 83", "02 00 31 03 36", "DC 02 01 10 01 01 13"):
        assert said(board, request, 0) == []
    assert board.fired == []
    board.silent = False
    board.babble(100, on=True)
    assert [at_ms for at_ms, _ in board.tick(200)] == [100, 150, 200]
    assert board.due_ms() == 250
    board.babble(220, on=False)
    assert board.due_ms() is None


def test_requests_in_pieces_are_put_together_and_half_ones_forgotten() -> None:
    board = Lockboard8a()
    request = raw("8A 01 01 11 9B")
    for place, byte in enumerate(request):
        board.receive(bytes((byte,)), place)
    assert len(board.fired) == 1
    board.receive(request[:3], 1_000)
    board.receive(request[3:], 1_100)
    assert len(board.fired) == 1


# ---------------------------------------------------------------- the bus


def test_each_member_hears_all_and_answers_only_its_own() -> None:
    bus = Bus({"left": Lockboard8a(address=1), "right": Lockboard8a(address=2)})
    assert said(bus, "8A 02 0C 11 95", 0) == [(500, "8A 02 0C 00 84")]
    assert bus.members["left"].fired == []
    assert bus.members["right"].is_open(12)
    assert said(bus, "80 01 00 33 B2", 1_000) == [(20, "80 01 FF FF FF 33 4D")]
    assert bus.due_ms() is None


def test_a_member_takes_what_another_says_for_an_order_when_it_is_one() -> None:
    """Why two boards of one address, or of two languages, do not belong on one line."""
    bus = Bus({"left": Lockboard8a(), "right": LockboardWkly()})
    bus.members["right"].says_before = raw("8A 01 07 11 9D")
    said(bus, "57 4B 4C 59 08 00 84 85", 0)
    bus.tick(2_000)
    assert bus.members["left"].is_open(7)


def test_a_cut_line_reaches_nobody_and_faults_may_be_one_member_s_alone() -> None:
    silent = Faults(chances={Fault.SILENT: 1.0})
    bus = Bus({"left": Lockboard8a(address=1), "right": Lockboard8a(address=2)}, {"left": silent})
    assert said(bus, "80 01 00 33 B2", 0) == []
    assert len(said(bus, "80 02 00 33 B1", 1_000)) == 1
    bus.silent = True
    assert said(bus, "80 02 00 33 B1", 2_000) == []
    assert said(bus, "8A 02 0C 11 95", 3_000) == []
    assert bus.members["right"].fired == []


def test_modbus_devices_stay_in_step_after_a_neighbour_s_short_answer() -> None:
    bus = Bus({"one": XyMd02(address=1), "two": XyMd02(address=2)})
    first = bus.receive(framed(1, raw("03 01 01 00 01")), 8) + bus.tick(8 + 5)
    assert [data for _, data in first] == [framed(1, raw("03 02 00 01"))]
    asked_ms = 8 + 5 + 7 + 5 + 8
    second = bus.receive(framed(2, raw("03 01 01 00 01")), asked_ms) + bus.tick(asked_ms + 5)
    assert [data for _, data in second] == [framed(2, raw("03 02 00 02"))]


def test_one_bus_has_one_speed() -> None:
    with pytest.raises(ValueError, match="one speed"):
        Bus({"left": Lockboard8a(), "right": LockboardCu16()})


def test_an_adapter_that_echoes_gives_back_what_it_sends_first() -> None:
    line = Line(Lockboard8a())
    line.echo = True
    request = raw("80 01 00 33 B2")
    arrived = line.from_host(request, 0, 9_600) + line.tick(1_000, 9_600)
    assert b"".join(data for _, data in arrived) == request + raw("80 01 FF FF FF 33 4D")
    assert [at_ms for at_ms, _ in arrived] == sorted(at_ms for at_ms, _ in arrived)
    assert arrived[0][0] >= 1
