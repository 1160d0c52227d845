"""Runners with real threads, and the inbox between them and the loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import ClassVar

import pytest

from drivers.contract import (
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    LinkUp,
    Outcome,
    Quantity,
    Relock,
    Signal,
    SwitchOff,
    TimePassed,
    WireLost,
    back_off,
)
from station.clock import SteadyClock
from station.threads import MAX_LINK_SIGNALS, Inbox, Runner


class Toy:
    """A driver that fails as its script says when it is told to switch off."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Relock, SwitchOff})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, script: SimpleQueue[BaseException]) -> None:
        self.script = script
        self.done: SimpleQueue[Command] = SimpleQueue()
        self.closed = False

    def execute(self, command: Command) -> Iterable[Signal]:
        if isinstance(command, SwitchOff):
            raise self.script.get()
        self.done.put(command)
        return (CommandDone("toy", type(command).__name__, Outcome.ACKED),)

    def poll(self) -> Iterable[Signal]:
        return ()

    def rest_ms(self) -> int | None:
        return None

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_off, "FIRST_PAUSE_MS", 10)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def made() -> list[Toy]:
    return []


@pytest.fixture
def runner(inbox: Inbox, made: list[Toy]) -> Iterator[Runner[Toy]]:
    def make() -> Toy:
        made.append(Toy(SimpleQueue()))
        return made[-1]

    runner: Runner[Toy] = Runner("toy", make, inbox, SteadyClock())
    runner.start()
    assert inbox.take(5_000) == DeviceUp("toy")
    yield runner
    runner.stop()
    assert runner.join()
    assert made[-1].closed


def test_a_command_is_done_on_the_drivers_thread(runner: Runner[Toy], inbox: Inbox) -> None:
    runner.post(Relock("toy"))
    assert inbox.take(5_000) == CommandDone("toy", "Relock", Outcome.ACKED)


@pytest.mark.parametrize("fault", [WireLost("unplugged"), ZeroDivisionError("a bug")])
def test_a_driver_that_fails_is_closed_and_started_again(
    runner: Runner[Toy], inbox: Inbox, made: list[Toy], fault: Exception
) -> None:
    made[0].script.put(fault)
    runner.post(SwitchOff("toy"))
    assert inbox.take(5_000) == CommandDone("toy", "SwitchOff", Outcome.UNKNOWN, "the device was lost while it obeyed")
    down = inbox.take(5_000)
    assert isinstance(down, DeviceDown)
    assert str(fault) in down.detail
    assert inbox.take(5_000) == DeviceUp("toy")
    assert made[0].closed
    assert len(made) == 2
    runner.post(Relock("toy"))
    assert inbox.take(5_000) == CommandDone("toy", "Relock", Outcome.ACKED)


def test_nothing_moves_late_commands_to_a_lost_device_are_not_sent(inbox: Inbox) -> None:
    runner: Runner[Toy] = Runner("toy", lambda: Toy(SimpleQueue()), inbox, SteadyClock())
    runner.post(Relock("toy"))
    assert inbox.take(5_000) == CommandDone("toy", "Relock", Outcome.NOT_SENT, "it does not answer")
    runner.post(Relock("toy/7"))
    assert inbox.take(5_000) == CommandDone("toy/7", "Relock", Outcome.NOT_SENT, "it does not answer")


def test_a_driver_that_cannot_be_opened_is_tried_again(inbox: Inbox) -> None:
    tries = iter([WireLost("no such port"), WireLost("no such port"), None])

    def make() -> Toy:
        fault = next(tries)
        if fault is not None:
            raise fault
        return Toy(SimpleQueue())

    runner: Runner[Toy] = Runner("toy", make, inbox, SteadyClock())
    runner.start()
    assert [inbox.take(5_000) for _ in range(3)] == [
        DeviceDown("toy", "no such port"),
        DeviceDown("toy", "no such port"),
        DeviceUp("toy"),
    ]
    runner.stop()
    assert runner.join()


def test_a_call_is_answered_on_the_drivers_thread(runner: Runner[Toy], made: list[Toy]) -> None:
    assert runner.call(lambda toy: toy is made[0], 5.0)


def test_a_call_to_a_closed_driver_says_so(inbox: Inbox) -> None:
    runner: Runner[Toy] = Runner("toy", lambda: Toy(SimpleQueue()), inbox, SteadyClock())
    with pytest.raises(WireLost, match="closed or busy"):
        runner.call(lambda toy: toy, 1.0)


def test_a_caller_does_not_wait_for_ever(runner: Runner[Toy], inbox: Inbox, made: list[Toy]) -> None:
    runner.post(SwitchOff("toy"))  # hangs until its script says something
    with pytest.raises(TimeoutError):
        runner.call(lambda toy: toy, 0.05)
    made[0].script.put(WireLost("over"))
    assert isinstance(inbox.take(5_000), CommandDone)
    assert isinstance(inbox.take(5_000), DeviceDown)
    assert inbox.take(5_000) == DeviceUp("toy")


def test_a_full_queue_refuses(inbox: Inbox) -> None:
    toy = Toy(SimpleQueue())
    runner: Runner[Toy] = Runner("toy", lambda: toy, inbox, SteadyClock(), backlog=2)
    runner.start()
    assert inbox.take(5_000) == DeviceUp("toy")
    runner.post(SwitchOff("toy"))
    answers = []
    for _ in range(4):
        runner.post(Relock("toy"))
    toy.script.put(WireLost("over"))
    runner.stop()
    assert runner.join()
    while (signal := inbox.take(0)) is not None:
        answers.append(signal)
    refused = [one for one in answers if isinstance(one, CommandDone) and one.outcome is Outcome.NOT_SENT]
    assert len(refused) == 4


# ---------------------------------------------------------------- the inbox


def test_what_comes_from_the_doors_stands_before_what_comes_from_the_office(inbox: Inbox) -> None:
    inbox.put(LinkUp("link"), far=True)
    inbox.put(TimePassed())
    assert [inbox.take(0), inbox.take(0), inbox.take(0)] == [TimePassed(), LinkUp("link"), None]


def test_the_office_cannot_fill_the_inbox(inbox: Inbox) -> None:
    for _ in range(MAX_LINK_SIGNALS + 10):
        inbox.put(LinkUp("link"), far=True)
    assert inbox.dropped == 10
    inbox.put(TimePassed())
    assert inbox.take(0) == TimePassed()


def test_closing_wakes_whoever_waits(inbox: Inbox) -> None:
    inbox.close()
    assert inbox.take(60_000) is None
