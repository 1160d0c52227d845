"""The OSDP driver against libosdp's own reader on a real pseudo-terminal, in real time: the library keeps its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from drivers import registry
from drivers.contract import (
    CodeScanned,
    DeviceDown,
    DeviceTampered,
    DeviceUp,
    JunkReceived,
    Signal,
    Unlock,
    WireLost,
)
from drivers.osdp import SILENT_MS, Driver, Settings
from drivers.osdp_cards import INSTALL_KEY
from drivers.wire import RealWires
from simulator.devices.osdp import OsdpReader
from station.clock import SteadyClock
from tests.drivers.rig import Threaded, maker, threaded

KEY = bytes.fromhex("a3b1c59e0f7742d68812903bfe64107c")
OTHER_KEY = bytes.fromhex("11c7d3a0915e4f28b6603cda77e2f419")
CARD = 26, b"\xbd\xdb\x26\xc0"
CODE = b"CARD:26:2F76C9B"
PATIENCE_SECONDS = 5.0


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[OsdpReader]:
    reader = OsdpReader(tmp_path / "reader", KEY, address=101)
    reader.plug()
    yield reader
    reader.close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "reader.key"
    file.write_text(f"{KEY.hex()}\n")
    return file


def running(reader: OsdpReader, key_file: Path, **settings: Any) -> Any:
    told = {"port": str(reader.line.link), "address": reader.address, "key_file": str(key_file), **settings}
    return threaded("reader", maker("reader", "osdp", **told))


def bare(reader: OsdpReader, key_file: Path) -> Driver:
    """The driver without its runner."""
    settings = Settings(driver="osdp", port=str(reader.line.link), address=101, key_file=str(key_file))
    return Driver("reader", settings, RealWires(), SteadyClock())


def gather(driver: Driver, enough: Callable[[list[Signal]], bool]) -> list[Signal]:
    signals: list[Signal] = []
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not enough(signals) and time.monotonic() < give_up:
        signals += driver.poll()
    return signals


def down_then_up(station: Threaded, words: str) -> float:
    """The seconds from the one to the other."""
    station.wait_for(DeviceDown, lambda lost: words in lost.detail)
    began = time.monotonic()
    station.wait_for(DeviceUp)
    return time.monotonic() - began


def test_a_card_comes_through_the_secure_channel_and_nothing_else_does(reader: OsdpReader, key_file: Path) -> None:
    with running(reader, key_file) as station:
        station.wait_for(DeviceUp)
        assert reader.press_keys(b"12")
        assert reader.show_text(b"SG1:TEXT")
        assert reader.show_card(*CARD)
        assert station.wait_for(CodeScanned) == CodeScanned("reader", CODE)
        assert reader.show_card(34, b"\x01\x02\x03\x04\x80", wiegand=False)
        assert station.wait_for(CodeScanned) == CodeScanned("reader", b"CARD:34:004080C12")
        assert reader.show_card(*CARD)  # the same card again is another presentation
        assert station.wait_for(CodeScanned) == CodeScanned("reader", CODE)
    assert [type(signal) for signal in station.seen] == [DeviceUp, CodeScanned, CodeScanned, CodeScanned]


def test_a_card_longer_than_any_is_junk(reader: OsdpReader, key_file: Path) -> None:
    with running(reader, key_file) as station:
        station.wait_for(DeviceUp)
        assert reader.show_card(257, bytes(33))
        assert station.wait_for(JunkReceived).count == 1
    assert not [signal for signal in station.seen if isinstance(signal, CodeScanned | DeviceDown)]


def test_an_open_case_is_told_once_each_time(reader: OsdpReader, key_file: Path) -> None:
    reader.move_case(open_=True)  # before anybody looked
    driver = bare(reader, key_file)
    try:
        opened = DeviceTampered("reader", "the reader's case is open")
        assert gather(driver, bool) == [opened]
        reader.move_case(open_=True)
        reader.move_case(open_=False)
        reader.move_case(open_=True)
        assert gather(driver, bool) == [opened]
        driver.close()
        driver = bare(reader, key_file)  # the station was started again, the reader was not
        assert gather(driver, bool) == [opened]
        reader.show_card(*CARD)
        assert gather(driver, bool) == [CodeScanned("reader", CODE)]
    finally:
        driver.close()
        driver.close()


def test_a_reader_with_another_key_is_told_and_its_cards_are_not_taken(reader: OsdpReader, key_file: Path) -> None:
    key_file.write_text(OTHER_KEY.hex())
    with pytest.raises(WireLost, match="was it given another key"):
        bare(reader, key_file)


def test_a_reader_that_was_exchanged_is_told_and_its_cards_are_not_taken(reader: OsdpReader, key_file: Path) -> None:
    with running(reader, key_file) as station:
        station.wait_for(DeviceUp)
        reader.power_off()
        reader.key = OTHER_KEY
        reader.power_on()
        station.wait_for(DeviceDown, lambda lost: "was it given another key" in lost.detail)
        reader.show_card(*CARD)
        reader.power_off()
        reader.key = KEY
        reader.power_on()
        station.wait_for(DeviceUp)
        reader.show_card(32, b"\xde\xad\xbe\xef")
        assert station.wait_for(CodeScanned).code == b"CARD:32:DEADBEEF"
    assert CodeScanned("reader", CODE) not in station.seen


def test_a_reader_that_was_started_again_is_back_within_about_a_second(reader: OsdpReader, key_file: Path) -> None:
    with running(reader, key_file) as station:
        station.wait_for(DeviceUp)
        began = time.monotonic()
        reader.power_off()
        reader.power_on()
        down_then_up(station, "secure channel broke off")
        assert time.monotonic() - began < 2.0
        reader.show_card(*CARD)
        assert station.wait_for(CodeScanned).code == CODE


def test_a_reader_that_falls_silent_is_told_and_found_again(reader: OsdpReader, key_file: Path) -> None:
    with running(reader, key_file) as station:
        station.wait_for(DeviceUp)
        began = time.monotonic()
        reader.line.frames_left = 3
        station.wait_for(DeviceDown, lambda lost: "no reader answers at address 101" in lost.detail)
        assert time.monotonic() - began < SILENT_MS / 1000 + 1
        reader.line.frames_left = None
        station.wait_for(DeviceUp)
        reader.show_card(*CARD)
        station.wait_for(CodeScanned)
    assert [type(signal) for signal in station.seen] == [DeviceUp, DeviceDown, DeviceUp, CodeScanned]


def test_noise_on_the_line_ends_and_no_card_is_made_up(reader: OsdpReader, key_file: Path) -> None:
    random = Random(5)
    driver = bare(reader, key_file)
    try:
        signals: list[Signal] = []
        for _ in range(4):
            reader.line.disturb(random.randbytes(80))
            signals += driver.poll()
        reader.show_card(*CARD)
        signals += gather(driver, lambda found: CodeScanned("reader", CODE) in found)
        assert [signal for signal in signals if isinstance(signal, CodeScanned)] == [CodeScanned("reader", CODE)]
    finally:
        driver.close()


def test_a_cable_that_is_pulled_is_told_and_the_port_opened_again(reader: OsdpReader, key_file: Path) -> None:
    with running(reader, key_file) as station:
        station.wait_for(DeviceUp)
        reader.unplug()
        assert "gone" in station.wait_for(DeviceDown).detail
        reader.plug()
        station.wait_for(DeviceUp)
        reader.show_card(*CARD)
        station.wait_for(CodeScanned)


def test_a_line_without_a_reader_is_told_with_what_to_check(reader: OsdpReader, key_file: Path) -> None:
    reader.power_off()
    with pytest.raises(WireLost, match=r"address 101: check its power, the wires A and B .*9600 baud"):
        bare(reader, key_file)


def test_a_key_file_that_cannot_be_used_is_told_without_the_key(reader: OsdpReader, key_file: Path) -> None:
    for content, words in ((KEY.hex()[:-1], "32 hexadecimal"), (INSTALL_KEY.hex(), "every new reader"), ("\xff", "no")):
        key_file.write_bytes(content.encode("latin-1"))
        with pytest.raises(WireLost, match=words) as told:
            bare(reader, key_file)
        assert content not in str(told.value)
    key_file.unlink()
    with pytest.raises(WireLost, match=r"cannot be read .*put the reader's key there"):
        bare(reader, key_file)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"key_file": "/etc/reader.key", "scbk": KEY.hex()},
        {"key_file": "reader.key"},
        {"scbk": KEY.hex()[:-2]},
        {"scbk": INSTALL_KEY.hex()},
        {"scbk": KEY.hex(), "address": 127},
        {"scbk": KEY.hex(), "baud": 14400},
    ],
)
def test_settings_want_one_key_of_the_reader_s_own_and_never_repeat_it(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as told:
        Settings.model_validate({"driver": "osdp", "port": "/dev/serial0", **keys})
    assert KEY.hex()[:20] not in str(told.value)


def test_a_key_in_the_station_file_is_in_no_text() -> None:
    settings = Settings.model_validate({"driver": "osdp", "port": "/dev/serial0", "scbk": KEY.hex()})
    assert settings.key() == KEY
    assert KEY.hex() not in f"{settings!r} {settings.model_dump_json()}"


def test_it_is_found_by_its_name_and_opens_nothing() -> None:
    assert registry.find("osdp").Driver is Driver
    assert Unlock not in Driver.accepts
