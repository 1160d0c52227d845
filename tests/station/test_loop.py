"""The loop by plain calls: what makes safe does not wait for the card, everything else does, and no deadline spins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import (
    Append,
    ClockTrust,
    CodeScanned,
    Command,
    CommandDone,
    Committed,
    DeviceDown,
    DeviceUp,
    JournalExtent,
    LevelChanged,
    LinkDown,
    LinkUp,
    Now,
    Outcome,
    PageShown,
    Quantity,
    SendAlarm,
    Signal,
    SwitchOn,
    TimePassed,
    Unlock,
)
from station.loop import Loop
from station.recorder import LATE_MS
from station.rules.nonces import step_now
from station.state import Recorded, Recovered
from tests.station.rules.desk import BOOT, JOURNAL, RING_DOCUMENT, SECRET, WALL_MS, Desk, pod, revoked

DEVICES = ("scanner", "strike", "reed", "radar", "pir", "lamp", "siren", "button", "screen", "voice")


class Bench:
    """A loop whose journal answers only when it is told to."""

    def __init__(self, **changes: object) -> None:
        self.site = pod(**changes)
        self.sent: list[Command] = []
        names = {*DEVICES, "link", "journal", "vault", "clock", "control"}
        self.loop = Loop(self.site, dict.fromkeys(names, self._post))
        self.steady_ms = 60_000
        self.tail = 0

    def _post(self, command: Command) -> None:
        self.sent.append(command)

    @property
    def now(self) -> Now:
        return Now(BOOT, self.steady_ms, WALL_MS + self.steady_ms, ClockTrust.SYNCED)

    def turn(self, signal: Signal) -> list[Command]:
        """What was asked of devices in this turn."""
        self.sent.clear()
        self.loop.turn(signal, self.now)
        return list(self.sent)

    def commit(self, asked: Iterable[Command]) -> list[Command]:
        """The journal has put on the card whatever it was asked to; what was done then."""
        rows = [row for command in asked if isinstance(command, Append) for row in command.rows]
        if not rows:
            return []
        self.tail = rows[-1].seq
        done = self.turn(Committed((self.extent(),)))
        return done + self.commit(done)

    def extent(self) -> JournalExtent:
        return JournalExtent(JOURNAL, 1, self.tail, bytes(16), 0)

    def begin(self) -> None:
        documents = {"ring": RING_DOCUMENT, "revoked": revoked(1)}
        recorded = Recorded(journal=JOURNAL, confirmed_at_ms=self.now.wall_ms)
        self.feed(Recovered(recorded, (self.extent(),), SECRET, documents, {"ring": 1, "revoked": 1}))
        for device in DEVICES:
            self.feed(DeviceUp(device))
        self.feed(LevelChanged("reed", Quantity.CLOSED, True))
        self.feed(LevelChanged("button", Quantity.CLOSED, True))
        self.feed(PageShown("screen", step_now(self.steady_ms)))

    def feed(self, signal: Signal) -> list[Command]:
        """A turn, with a card that is quick."""
        asked = self.turn(signal)
        return asked + self.commit(asked)

    def pass_code(self, **changes: object) -> bytes:
        desk = Desk(self.site)
        desk.steady_ms = self.steady_ms
        return desk.static(**changes).encode()


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.begin()
    return bench


def of(kind: type[Command]) -> Callable[[Iterable[Command]], list[Command]]:
    return lambda asked: [command for command in asked if isinstance(command, kind)]


unlocks, appends, alarms, power = of(Unlock), of(Append), of(SendAlarm), of(SwitchOn)
PRESSED = LevelChanged("button", Quantity.CLOSED, False)


def test_the_lock_moves_only_when_the_grant_is_on_the_card(bench: Bench) -> None:
    asked = bench.turn(CodeScanned("scanner", bench.pass_code()))
    assert appends(asked)
    assert not unlocks(asked)
    assert len(unlocks(bench.commit(asked))) == 1


def test_while_one_commit_runs_the_next_gathers(bench: Bench) -> None:
    first = bench.turn(CodeScanned("scanner", bench.pass_code()))
    for _ in range(5):
        assert not appends(bench.turn(LevelChanged("reed", Quantity.CLOSED, False)))
        assert not appends(bench.turn(LevelChanged("reed", Quantity.CLOSED, True)))
    second = appends(bench.commit(appends(first)))
    assert len(second) == 1, "a burst costs one commit"


def test_a_command_to_a_channel_goes_to_its_board() -> None:
    bench = Bench(lamp="lamp/3")
    bench.begin()
    assert SwitchOn("lamp/3") in bench.turn(LevelChanged("radar", Quantity.PRESENT, True))


def test_an_alarm_sounds_though_the_journal_never_answers(bench: Bench) -> None:
    bench.turn(CodeScanned("scanner", bench.pass_code()))
    assert [command.device for command in power(bench.turn(PRESSED))] == ["siren"]


def test_an_alarm_sounds_before_there_is_a_journal() -> None:
    bench = Bench()
    for device in DEVICES:
        bench.turn(DeviceUp(device))
    bench.turn(LevelChanged("button", Quantity.CLOSED, True))
    assert [command.device for command in power(bench.turn(PRESSED))] == ["siren"]


def test_a_grant_that_comes_too_late_opens_nothing(bench: Bench) -> None:
    asked = bench.turn(CodeScanned("scanner", bench.pass_code()))
    bench.steady_ms += bench.site.doors["door"].unlock_ms + 1
    assert not unlocks(bench.commit(asked))


def test_a_late_card_is_known_at_its_deadline_and_recovers_by_itself(bench: Bench) -> None:
    asked = bench.turn(CodeScanned("scanner", bench.pass_code()))
    bench.steady_ms += LATE_MS
    due_ms = bench.loop.deadline_ms()
    assert due_ms is not None
    assert due_ms <= bench.steady_ms
    bench.turn(TimePassed())
    assert bench.loop.state.observed.unrecorded
    bench.commit(asked)
    assert not bench.loop.state.observed.unrecorded


def test_an_alarm_just_before_the_card_is_known_to_be_late_reaches_the_office_all_the_same(bench: Bench) -> None:
    bench.turn(CodeScanned("scanner", bench.pass_code()))
    assert not alarms(bench.turn(PRESSED)), "its own commit tells it"
    bench.steady_ms += LATE_MS
    (copy,) = alarms(bench.turn(TimePassed()))
    assert isinstance(copy, SendAlarm)
    assert copy.row.kind == "AlarmRaised"
    bench.steady_ms += 1
    assert not alarms(bench.turn(TimePassed())), "told once; the link repeats it"


def test_an_alarm_while_nothing_can_be_recorded_is_told_with_the_number_that_it_gets(bench: Bench) -> None:
    asked = bench.turn(CodeScanned("scanner", bench.pass_code()))
    bench.steady_ms += LATE_MS
    bench.turn(TimePassed())
    (copy,) = alarms(bench.turn(PRESSED))
    assert isinstance(copy, SendAlarm)
    rows = [row for command in appends(bench.commit(asked)) if isinstance(command, Append) for row in command.rows]
    assert copy.row.seq in [row.seq for row in rows if row.kind == "AlarmRaised"]


@pytest.mark.parametrize(("admits", "opened"), [(False, 0), (True, 1)])
def test_an_unrecorded_station_opens_only_where_its_file_says_so(*, admits: bool, opened: int) -> None:
    bench = Bench(admits_unrecorded=admits)
    bench.begin()
    bench.turn(LevelChanged("reed", Quantity.CLOSED, False))
    bench.turn(LevelChanged("reed", Quantity.CLOSED, True))
    bench.steady_ms += LATE_MS
    bench.turn(TimePassed())
    assert bench.loop.state.observed.unrecorded
    assert len(unlocks(bench.turn(CodeScanned("scanner", bench.pass_code())))) == opened


levels = st.builds(LevelChanged, st.sampled_from(["reed", "button"]), st.just(Quantity.CLOSED), st.booleans())
presence = st.builds(LevelChanged, st.sampled_from(["radar", "pir"]), st.just(Quantity.PRESENT), st.booleans())
ends = st.sampled_from(DEVICES)
signals = st.one_of(
    levels,
    presence,
    st.builds(DeviceUp, ends),
    st.builds(DeviceDown, ends, st.just("unplugged")),
    st.builds(CodeScanned, st.just("scanner"), st.sampled_from([b"junk", b"SG1:", b"PASS"])),
    st.builds(CommandDone, ends, st.just("Unlock"), st.sampled_from(Outcome)),
    st.sampled_from([LinkUp("link"), LinkDown("link", "cut"), TimePassed()]),
)


@given(st.lists(st.tuples(signals, st.integers(0, 30_000), st.booleans()), max_size=25))
def test_no_deadline_spins(story: list[tuple[Signal, int, bool]]) -> None:
    """After the turn at a deadline the next one lies ahead, whatever happened, with a card that answers or not."""
    bench = Bench()
    bench.begin()
    code = bench.pass_code()
    for signal, pause_ms, answers in story:
        given_signal = replace(signal, code=code) if signal == CodeScanned("scanner", b"PASS") else signal
        asked = bench.turn(given_signal)
        if answers:
            bench.commit(asked)
        until_ms = bench.steady_ms + pause_ms
        for _ in range(200):
            due_ms = bench.loop.deadline_ms()
            if due_ms is None or due_ms > until_ms:
                break
            bench.steady_ms = max(bench.steady_ms, due_ms)
            asked = bench.turn(TimePassed())
            if answers:
                bench.commit(asked)
        else:
            pytest.fail(f"the loop would spin at {bench.steady_ms}")
        bench.steady_ms = until_ms
