"""The parts of the demo one by one: a wrong bit, a cable, the eyes before a screen, and a pod that loses its mains."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from drivers.contract import ButtonTouched, DigitsEntered, Mood, PageShown, Show
from drivers.screen_board import TOUCH_EVERY_MS
from simulator.kiosk import NOTHING, Kiosk, read_code
from simulator.phone import picture_of
from simulator.pod import Pod
from simulator.pod_doors import PodFault
from simulator.tamper import FlipInOrders, flip_in_code, flip_in_picture
from simulator.wires.cable import Cable
from station.trust import base45
from tests.drivers.screen_rig import BUTTONS, CODE, KEYPAD_PAGE, SCREEN_PAGE, TOUCH_PAGE, Screen

CODE_BYTES = bytes(range(150))
ORDER = "SO1:" + base45.encode(CODE_BYTES)
START_SECONDS = 30.0


def packet(payload: bytes) -> bytes:
    """An MQTT publication with a topic of one letter and no properties."""
    body = b"\x00\x01t\x00" + payload
    return bytes((0x30, 0x80 | len(body) & 0x7F, len(body) >> 7)) + body


async def until(ask: Callable[[], bool]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not ask():  # noqa: ASYNC110 - what is awaited here tells nobody
            await asyncio.sleep(0.02)


# ---------------------------------------------------------------- a wrong bit


def test_exactly_one_bit_is_flipped_and_the_length_stays() -> None:
    flipped = flip_in_code(ORDER)
    assert len(flipped) == len(ORDER)
    changed = int.from_bytes(base45.decode(flipped[4:].encode())) ^ int.from_bytes(CODE_BYTES)
    assert changed.bit_count() == 1
    assert read_code(flip_in_picture(picture_of(ORDER))) == flipped


@pytest.mark.parametrize("cut", [1, 3, 50, 1000])
def test_orders_are_found_in_a_stream_however_it_is_cut(cut: int) -> None:
    stream = packet(b"x" * 200) + packet(ORDER.encode()) + b"\xd0\x00" + packet(b"y" * 130)
    expected = stream.replace(ORDER.encode(), flip_in_code(ORDER).encode())
    flip = FlipInOrders()
    assert b"".join(flip(stream[at : at + cut]) for at in range(0, len(stream), cut)) == expected


# ---------------------------------------------------------------- the cable


def test_a_pulled_cable_swallows_and_a_plugged_one_begins_anew() -> None:
    async def play() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(100):
                writer.write(data)
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        cable = Cable(server.sockets[0].getsockname()[1])
        await cable.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
        writer.write(b"waits for the plug")
        cable.plug()
        assert await reader.readexactly(18) == b"waits for the plug"
        cable.pull()
        writer.write(b"lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(100), 0.2)
        cable.plug()
        assert await reader.read(100) == b""
        writer.close()
        again, writing = await asyncio.open_connection("127.0.0.1", cable.port)
        writing.write(b"anew")
        assert await again.readexactly(4) == b"anew"
        writing.close()
        await cable.close()
        server.close()
        await server.wait_closed()

    asyncio.run(play())


# ---------------------------------------------------------------- eyes before a screen


def test_the_kiosk_paints_reports_and_goes_dark() -> None:
    async def play() -> None:
        screen = Screen()
        kiosk = Kiosk(screen.port)
        kiosk.open()
        try:
            signals = list(await asyncio.to_thread(screen.driver.execute, Show("display", SCREEN_PAGE)))
            while not signals:
                await asyncio.sleep(0.02)
                signals += screen.driver.poll()
            assert signals == [PageShown("display", 7)]
            assert kiosk.seen.headline == SCREEN_PAGE.headline
            assert read_code(kiosk.seen.picture or b"") == CODE
            screen.driver.execute(Show("display", replace(SCREEN_PAGE, mood=Mood.ALARM, code=None, step=None)))
            await until(lambda: kiosk.seen.mood == "alarm")
            assert kiosk.seen.picture is None
            await asyncio.to_thread(screen.driver.close)
            await until(lambda: kiosk.seen is NOTHING)
        finally:
            await kiosk.close()
            screen.driver.close()

    asyncio.run(play())


def test_the_kiosk_touches_what_is_on_the_glass_and_nothing_else() -> None:
    async def play() -> None:
        screen = Screen()
        kiosk = Kiosk(screen.port)
        kiosk.open()
        try:
            screen.driver.execute(Show("display", TOUCH_PAGE))
            await until(lambda: kiosk.seen.buttons == BUTTONS)
            with pytest.raises(ValueError, match="no button open"):
                await kiosk.press("open")
            assert await kiosk.press("charge")
            assert not await kiosk.press("charge")  # too soon
            screen.driver.execute(Show("display", KEYPAD_PAGE))
            await until(lambda: kiosk.seen.keypad_digits == 6)
            with pytest.raises(ValueError, match="6 digits"):
                await kiosk.type("123")
            screen.clock.rest(TOUCH_EVERY_MS)
            assert await kiosk.type("031415")
            touched = [signal for signal in screen.driver.poll() if not isinstance(signal, PageShown)]
            assert touched == [ButtonTouched("display", "charge"), DigitsEntered("display", "031415")]
        finally:
            await kiosk.close()
            screen.driver.close()

    asyncio.run(play())


# ---------------------------------------------------------------- a pod


def in_a_pod(folder: Path, play: Callable[[Pod], Awaitable[None]]) -> None:
    async def run(station_file: Path) -> None:
        pod = Pod(station_file, folder, None)
        await pod.open()
        try:
            await pod.start()
            await play(pod)
        finally:
            await pod.close()

    with as_file(files("config").joinpath("stations/reading-pod.toml")) as station_file:
        asyncio.run(run(station_file))


def test_a_pod_without_mains_is_dark_and_shut_and_comes_back(tmp_path: Path) -> None:
    async def play(pod: Pod) -> None:
        kiosk = pod.screen("door")
        assert kiosk is not None
        await until(lambda: kiosk.seen is not NOTHING)
        assert not pod.push("door"), "a locked door does not move"
        pod.press("sos_button", pressed=True)
        await until(lambda: pod.devices["siren"].on and pod.devices["strike"].released)
        await pod.cut_mains()
        assert not pod.running
        assert not pod.devices["siren"].on
        assert not pod.devices["strike"].released
        assert pod.show_to_scanner("door", picture_of(ORDER)) == b""
        await until(lambda: kiosk.seen is NOTHING)
        pod.press("sos_button", pressed=False)
        await pod.start()
        await until(lambda: kiosk.seen is not NOTHING)
        assert pod.show_to_scanner("door", picture_of(ORDER)) == ORDER.encode()

    in_a_pod(tmp_path, play)


def test_a_folder_with_a_long_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PodFault, match="too long a path"):
        in_a_pod(tmp_path / ("long" * 25), lambda _pod: asyncio.sleep(0))
