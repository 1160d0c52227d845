"""The local socket with real clients: good questions, junk, too much, and somebody who says nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from drivers.contract import Answer, Asked, Hole, JournalExtent, Priority, Row, WireLost
from station.clock import SteadyClock
from station.control import (
    ANSWER_MS,
    MAX_REQUEST_BYTES,
    MAX_ROWS,
    MAX_WAITING,
    SOCKET_NAME,
    Control,
    ControlFault,
    ask,
    ask_extents,
    ask_rows,
)

T = TypeVar("T")
JOURNAL = "22" * 16
EXTENT = JournalExtent(JOURNAL, 1, 9, b"h" * 16, 4)
ROW = Row(2, 1_790_000_000_000, "b" * 16, 5_000, Priority.ACCESS, "DoorOpened", '{"service":"门"}', b"c" * 16)
HOLE = Hole(3, 9, {"LevelNoted": 7}, b"d" * 16)


class Hands(SteadyClock):
    """A clock that can be put forward."""

    ahead_ms = 0

    def steady_ms(self) -> int:
        return super().steady_ms() + self.ahead_ms


class Journal:
    """What the journal's thread would answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.fault: Exception | None = None

    def read_on(self, journal: str, after_seq: int, limit: int) -> list[Row | Hole]:
        self.asked.append((journal, after_seq, limit))
        if self.fault is not None:
            raise self.fault
        return [ROW, HOLE]

    def extents(self) -> list[JournalExtent]:
        return [EXTENT]


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def control(tmp_path: Path, journal: Journal, clock: Hands) -> Iterator[Control]:
    control = Control("control", tmp_path / SOCKET_NAME, clock, journal.read_on, journal.extents)
    yield control
    control.close()
    assert not (tmp_path / SOCKET_NAME).exists()


def served(control: Control, asking: Callable[[], T]) -> T:
    """Let `asking` ask in a thread of its own while the controller takes one request; what it got, or its fault."""
    told: list[Any] = []

    def run() -> None:
        try:
            told.append(asking())
        except ControlFault as fault:
            told.append(fault)

    client = threading.Thread(target=run)
    client.start()
    for signal in control.poll():
        assert isinstance(signal, Asked)
        control.execute(Answer("control", signal.question_id, json.dumps({"light": "ok"})))
    client.join()
    if isinstance(told[0], ControlFault):
        raise told[0]
    answer: T = told[0]
    return answer


def connect(folder: Path, data: bytes = b"") -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(folder / SOCKET_NAME))
    client.sendall(data)
    return client


def test_health_is_asked_of_the_loop_and_answered(control: Control, tmp_path: Path) -> None:
    assert served(control, lambda: ask(tmp_path, {"question": "health"})) == {"light": "ok"}


def test_extents_come_whole(control: Control, tmp_path: Path) -> None:
    assert served(control, lambda: ask_extents(tmp_path)) == (EXTENT,)


def test_rows_and_holes_come_byte_for_byte(control: Control, tmp_path: Path, journal: Journal) -> None:
    assert served(control, lambda: ask_rows(tmp_path, JOURNAL, 1, 10**9)) == [ROW, HOLE]
    assert journal.asked == [(JOURNAL, 1, MAX_ROWS)]


@pytest.mark.parametrize("fault", [WireLost("closed"), TimeoutError("slow card")])
def test_a_journal_that_cannot_be_asked_is_said(
    control: Control, tmp_path: Path, journal: Journal, fault: Exception
) -> None:
    journal.fault = fault
    with pytest.raises(ControlFault, match=str(fault)):
        served(control, lambda: ask_rows(tmp_path, JOURNAL, 0, 1))


@pytest.mark.parametrize(
    "junk",
    [
        b"\n",
        b"junk\n",
        b"\xff\xfe\n",
        b"[]\n",
        b"7\n",
        b"null\n",
        b"{}\n",
        b'{"question": "open"}\n',
        b'{"question": ["health"]}\n',
        b'{"question": "rows"}\n',
        b'{"question": "rows", "journal": "x", "after": "y", "limit": 1}\n',
        b"[" * 4_000 + b"\n",
        b"x" * (MAX_REQUEST_BYTES + 10) + b"\n",
    ],
)
def test_junk_gets_a_fault_and_the_next_one_is_served(control: Control, tmp_path: Path, junk: bytes) -> None:
    with connect(tmp_path, junk) as client:
        assert list(control.poll()) == []
        told = json.loads(client.recv(65_536))
    assert list(told) == ["fault"]
    assert served(control, lambda: ask(tmp_path, {"question": "health"})) == {"light": "ok"}


def test_somebody_who_says_nothing_holds_nobody_up_for_long(control: Control, tmp_path: Path) -> None:
    with connect(tmp_path) as silent:
        assert list(control.poll()) == []
        assert b"fault" in silent.recv(65_536)
    assert served(control, lambda: ask(tmp_path, {"question": "health"})) == {"light": "ok"}


def test_somebody_who_has_gone_is_no_fault(control: Control, tmp_path: Path) -> None:
    connect(tmp_path, b'{"question": "health"}\n').close()
    (asked,) = control.poll()
    assert isinstance(asked, Asked)
    control.execute(Answer("control", asked.question_id, "{}"))


def test_a_loop_that_does_not_answer_is_said(control: Control, tmp_path: Path, clock: Hands) -> None:
    with connect(tmp_path, b'{"question": "health"}\n') as client:
        (asked,) = control.poll()
        clock.ahead_ms += ANSWER_MS + 1_000
        assert list(control.poll()) == []
        assert "in time" in json.loads(client.recv(65_536))["fault"]
        assert isinstance(asked, Asked)
        control.execute(Answer("control", asked.question_id, '{"late": true}'))


def test_only_so_many_wait(control: Control, tmp_path: Path) -> None:
    waiting = [connect(tmp_path, b'{"question": "health"}\n') for _ in range(MAX_WAITING)]
    try:
        for _ in waiting:
            assert len(list(control.poll())) == 1
        with connect(tmp_path, b'{"question": "health"}\n') as one_more:
            assert list(control.poll()) == []
            assert "too many" in json.loads(one_more.recv(65_536))["fault"]
    finally:
        for client in waiting:
            client.close()


def test_an_old_socket_is_taken_over(tmp_path: Path, journal: Journal, clock: Hands) -> None:
    (tmp_path / SOCKET_NAME).write_text("left by a power cut")
    control = Control("control", tmp_path / SOCKET_NAME, clock, journal.read_on, journal.extents)
    try:
        assert served(control, lambda: ask(tmp_path, {"question": "health"})) == {"light": "ok"}
        assert (tmp_path / SOCKET_NAME).stat().st_mode & 0o777 == 0o660
    finally:
        control.close()


def test_a_folder_that_cannot_hold_a_socket_is_said(tmp_path: Path, journal: Journal, clock: Hands) -> None:
    with pytest.raises(WireLost, match="writable and the path short"):
        Control("control", tmp_path / ("x" * 120), clock, journal.read_on, journal.extents)


def test_nobody_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ControlFault, match="station run"):
        ask(tmp_path, {"question": "health"})
