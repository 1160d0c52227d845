"""The simulated scanner and radar by themselves: what a person does, what leaves on the line."""

import io
from typing import Any

import pytest
import qrcode
import zxingcpp
from PIL import Image

from simulator.devices.gm65 import FACTORY, Gm65
from simulator.devices.hlk_radar import OVERRUN_MS
from simulator.devices.ld2410 import Ld2410

CONTINUOUS, COMMAND = 0xD6, 0xD5


def module(**zones: int) -> Gm65:
    made = Gm65()
    made.zones |= {0x0000: CONTINUOUS, 0x0060: 0x01, 0x0013: 0x85} | {int(zone[1:], 16): v for zone, v in zones.items()}
    return made


def png(code: str) -> bytes:
    made = qrcode.QRCode()
    made.add_data(code)
    buffer = io.BytesIO()
    made.make_image().save(buffer)
    return buffer.getvalue()


def test_out_of_the_box_it_reads_nothing_by_itself() -> None:
    fresh = Gm65()
    fresh.show("SG1:A", 0)
    assert fresh.due_ms() is None
    assert fresh.tick(10_000) == []


def test_continuous_mode_repeats_what_is_in_view_after_the_same_code_delay() -> None:
    scanner = module()
    scanner.show("SG1:A", 0, for_ms=1_200)
    assert scanner.tick(5_000) == [(60, b"SG1:A\r"), (560, b"SG1:A\r"), (1_060, b"SG1:A\r")]
    assert scanner.due_ms() is None


def test_taken_away_it_is_seen_no_more() -> None:
    scanner = module()
    scanner.show("SG1:A", 0, for_ms=10_000)
    scanner.take_away()
    assert scanner.tick(20_000) == []


def test_command_mode_reads_once_for_each_trigger_and_gives_up_after_its_time() -> None:
    scanner = module(z0000=COMMAND)
    scanner.show("SG1:A", 0, for_ms=100_000)
    assert scanner.tick(1_000) == []
    trigger = bytes.fromhex("7E000801000201ABCD")
    scanner.receive(trigger, 1_000)
    assert scanner.tick(50_000) == [(1_060, b"SG1:A\r")]
    scanner.take_away()
    scanner.receive(trigger, 50_000)
    scanner.show("SG1:B", 56_000)
    assert scanner.tick(60_000) == [], "the trigger was given up after 5 s"


@pytest.mark.parametrize(
    ("tail", "end"), [(0x00, b""), (0x01, b"\r"), (0x21, b"\r\n"), (0x41, b"\t"), (0x61, b""), (0x60, b"")]
)
def test_the_tail_follows_its_zone(tail: int, end: bytes) -> None:
    scanner = module(z0060=tail)
    scanner.show("A", 0)
    assert scanner.tick(100) == [(60, b"A" + end)]


@pytest.mark.parametrize(("encoding", "expected"), [(0x00, "富民".encode("gbk")), (0x04, "富民".encode())])
def test_text_leaves_in_the_encoding_of_its_zone(encoding: int, expected: bytes) -> None:
    scanner = module(z000D=encoding)
    scanner.show("富民", 0)
    assert scanner.tick(100) == [(60, expected + b"\r")]


def test_a_picture_is_really_decoded() -> None:
    scanner = module()
    assert scanner.show_picture(png("SG1:PICTURE"), 0) == b"SG1:PICTURE"
    assert scanner.tick(100) == [(60, b"SG1:PICTURE\r")]


def test_a_picture_with_nothing_on_it_gives_nothing() -> None:
    buffer = io.BytesIO()
    Image.new("L", (200, 200), 255).save(buffer, "png")
    scanner = module()
    assert scanner.show_picture(buffer.getvalue(), 0) == b""
    assert scanner.due_ms() is None


def test_other_kinds_of_codes_are_read_only_when_switched_on() -> None:
    bars: Any = zxingcpp.create_barcode("9787302423287", zxingcpp.BarcodeFormat.EAN13).to_image(scale=3)
    picture = Image.fromarray(bars)
    padded = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    padded.paste(picture, (40, 40))
    buffer = io.BytesIO()
    padded.save(buffer, "png")
    assert module().show_picture(buffer.getvalue(), 0) == b"9787302423287"
    assert module(z002C=0).show_picture(buffer.getvalue(), 0) == b""


def test_power_cycles_bring_back_what_was_saved() -> None:
    scanner = module()
    scanner.power_cycle()
    assert scanner.zones == FACTORY
    scanner.zones[0x60] = 0x01
    scanner.receive(bytes.fromhex("7E0009010000 00DEC8".replace(" ", "")), 0)
    scanner.zones[0x60] = 0x41
    scanner.power_cycle()
    assert scanner.zones[0x60] == 0x01


def test_factory_values_come_back_when_asked_for() -> None:
    scanner = module()
    scanner.receive(bytes.fromhex("7E00090100 00FFABCD".replace(" ", "")), 0)
    assert scanner.zones == scanner.flash == FACTORY


def test_a_setting_code_works_while_setting_codes_are_open_and_survives_a_power_cycle() -> None:
    scanner = module()
    assert scanner.show_setting_code(0x0060, 0x61, 0)
    scanner.power_cycle()
    assert scanner.zones[0x0060] == 0x61
    scanner.zones[0x0003] = 0x02
    assert not scanner.show_setting_code(0x0060, 0x00, 0)


def test_sleep_eats_the_first_command() -> None:
    scanner = module()
    scanner.asleep = True
    ask = bytes.fromhex("7E00070100E2017791")
    assert scanner.receive(ask, 0) == []
    assert scanner.receive(ask, 200) != []


def test_a_command_with_a_wrong_checksum_or_in_pieces() -> None:
    scanner = module()
    ask = bytes.fromhex("7E00070100E2017791")
    assert scanner.receive(ask[:-1] + b"\x00", 0) == []
    assert scanner.receive(b"\x00\xff" + ask[:5], 0) == []
    assert scanner.receive(ask[5:], 0) == [(8, bytes.fromhex("0200000187D25E"))]


def test_the_radar_reports_ten_times_a_second_and_not_while_it_is_configured() -> None:
    radar = Ld2410()
    assert [at_ms for at_ms, _ in radar.tick(500)] == [100, 200, 300, 400, 500]
    radar.receive(bytes.fromhex("FDFCFBFA0400FF00010004030201"), 500)
    assert radar.due_ms() is None
    assert radar.tick(5_000) == []
    radar.receive(bytes.fromhex("FDFCFBFA0200FE0004030201"), 5_000)
    assert [at_ms for at_ms, _ in radar.tick(5_200)] == [5_100, 5_200]


def test_the_radar_refuses_settings_outside_of_configuration() -> None:
    ((_, answer),) = Ld2410().receive(bytes.fromhex("FDFCFBFA0400A400000004030201"), 0)
    assert answer == bytes.fromhex("FDFCFBFA0400A401010004030201")


def test_bluetooth_goes_off_with_the_restart_only() -> None:
    radar = Ld2410()
    for command in ("FDFCFBFA0400FF00010004030201", "FDFCFBFA0400A400000004030201"):
        radar.receive(bytes.fromhex(command), 0)
    before = radar.bluetooth
    radar.receive(bytes.fromhex("FDFCFBFA0200A30004030201"), 0)
    assert (before, radar.bluetooth) == (True, False)
    assert radar.due_ms() == 600


def test_a_still_person_is_reported_only_after_a_movement() -> None:
    radar = Ld2410()
    radar.person(90, moving=False)
    states = [radar.tick(100)[0][1][8]]
    radar.person(90, moving=True)
    states.append(radar.tick(200)[0][1][8])
    radar.person(90, moving=False)
    states.append(radar.tick(300)[0][1][8])
    radar.leave()
    states.append(radar.tick(400)[0][1][8])
    assert states == [0, 3, 2, 0]


def test_reports_that_nobody_heard_for_long_are_not_made_up_later() -> None:
    assert len(Ld2410().tick(3_600_000)) <= OVERRUN_MS // 100 + 1
