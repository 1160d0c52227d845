"""Things of a demo's station before somebody's hands: lids that jump open, and boards that lose their mains."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from central.about import read_station_file
from simulator.devices.gpio_lock import GpioLock
from simulator.fittings import fittings
from simulator.hands import Hands
from simulator.pod import Pod

LID = "box/medicine"
SHIPPED = files("config").joinpath("stations/micro-station.toml").read_text()
OWN_LOCK = '[devices.medicine_lock]\ndriver = "gpio-lock"\npin = 10\n'
Change = Callable[[str], str]


def in_a_pod(folder: Path, change: Change, play: Callable[[Pod, Hands], Awaitable[None]]) -> None:
    """Everything is on its wires, and no controller runs."""
    station_file = folder / "station.toml"
    station_file.write_text(change(SHIPPED))

    async def run() -> None:
        pod = Pod(station_file, folder / "pod", None)
        await pod.open()
        try:
            groups = fittings(pod.file, read_station_file(station_file)[1])
            await play(pod, Hands(pod, groups, lambda _who, _what: None))
        finally:
            await pod.close()

    asyncio.run(run())


def lock_with(setting: str) -> Change:
    assert OWN_LOCK in SHIPPED
    return lambda text: text.replace(OWN_LOCK, f"{OWN_LOCK}{setting}\n")


def jumps_open_once(hands: Hands, rest: Callable[[], object], pulse: Callable[[], object]) -> list[str]:
    """How the lid stands: at rest, at rest again, after a pulse that nobody saw, and after it was shut by hand."""
    stood = []
    for deed in (rest, rest, pulse, lambda: hands.do(LID, "shut", "")):
        deed()
        stood.append(hands.looks()[LID].state)
    return [*stood, hands.looks()[LID].state]


def _drive(level: bool, lock: GpioLock, now_ms: int) -> None:
    lock.drive(level, now_ms)


@pytest.mark.parametrize(
    ("setting", "locked"),
    [
        ("", False),
        ("active_high = false", True),
        ('fail = "safe"', True),
        ('fail = "safe"\nactive_high = false', False),
    ],
)
def test_a_lid_jumps_open_when_its_lock_lets_go(setting: str, locked: bool, tmp_path: Path) -> None:
    async def play(pod: Pod, hands: Hands) -> None:
        def drive(*levels: bool) -> None:
            for level in levels:
                pod.act("medicine_lock", partial(_drive, level))

        stood = jumps_open_once(hands, lambda: drive(locked), lambda: drive(not locked, locked))
        assert stood == ["shut", "shut", "open", "shut", "shut"]

    in_a_pod(tmp_path, lock_with(setting), play)


def test_a_lid_behind_a_relay_jumps_open_at_its_own_relay_only(tmp_path: Path) -> None:
    async def play(pod: Pod, hands: Hands) -> None:
        def flash(relay: int) -> None:
            """100 ms by the board's own timer, which is over before anybody looks."""
            board = pod.devices["loads"]
            pod.act("loads", lambda _board, now_ms: board.answer(0x05, bytes((2, relay - 1, 0, 1)), now_ms - 200))

        assert jumps_open_once(hands, lambda: flash(7), lambda: flash(8)) == ["shut", "shut", "open", "shut", "shut"]

    in_a_pod(tmp_path, lambda text: text.replace('"medicine_lock"', '"loads/8"'), play)


def test_what_boards_drive_drops_when_the_mains_are_cut(tmp_path: Path) -> None:
    async def play(pod: Pod, hands: Hands) -> None:
        pod.act("relays", lambda board, now_ms: board.answer(0x05, b"\x00\x02\xff\x00", now_ms))
        pod.act("cells_a", lambda board, now_ms: board.fire(4, now_ms, 60_000))
        assert hands.looks()["socket/charging/3"].state == "on"
        assert pod.released("cells_a/4")
        await pod.cut_mains()
        assert hands.looks()["socket/charging/3"].state == "off"
        assert not pod.released("cells_a/4")

    in_a_pod(tmp_path, lambda text: text, play)
